{{/* Parts of pods. */}}

{{/* 90 % of the memory limit in bytes, for Go's garbage collector; empty without a limit. */}}
{{- define "scaler.memoryLimit" -}}
{{- with dig "limits" "memory" "" (.Values.resources | default dict) -}}
{{- $units := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $text := toString . -}}
{{- $number := regexFind "^[0-9]+(\\.[0-9]+)?([eE][+]?[0-9]+)?" $text -}}
{{- $unit := trimPrefix $number $text -}}
{{- if or (not $number) (not (hasKey $units $unit)) -}}
{{- fail (printf "resources.limits.memory: %s is not understood; write it as 512Mi or 1Gi" $text) -}}
{{- end -}}
{{- mulf 0.9 (float64 $number) (get $units $unit) | int64 -}}
{{- end -}}
{{- end }}

{{- define "scaler.env" -}}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- with include "scaler.memoryLimit" . }}
- name: GOMEMLIMIT
  value: {{ . | quote }}
{{- end }}
{{- with .Values.aws.region }}
- name: AWS_REGION
  value: {{ . | quote }}
- name: AWS_STS_REGIONAL_ENDPOINTS
  value: {{ $.Values.aws.stsRegionalEndpoints | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The files to run, and where they are mounted. A directory each, so that keys of ConfigMaps do not meet. */}}
{{- define "scaler.fileArgs" -}}
- -f
- /etc/scaler/release
{{- range .Values.config.existingConfigMaps }}
- -f
- /etc/scaler/configmaps/{{ . }}
{{- end }}
{{- end }}

{{- define "scaler.fileMounts" -}}
- name: release
  mountPath: /etc/scaler/release
  readOnly: true
{{- range $i, $name := .Values.config.existingConfigMaps }}
- name: documents-{{ $i }}
  mountPath: /etc/scaler/configmaps/{{ $name }}
  readOnly: true
{{- end }}
{{- end }}

{{/* A list of the root and the name of the ConfigMap of the release's documents. */}}
{{- define "scaler.fileVolumes" -}}
- name: release
  configMap:
    name: {{ index . 1 }}
{{- range $i, $name := (index . 0).Values.config.existingConfigMaps }}
- name: documents-{{ $i }}
  configMap:
    name: {{ $name }}
{{- end }}
{{- end }}

{{/* The user's affinity; our preference of different nodes where it says nothing of pods apart. */}}
{{- define "scaler.affinity" -}}
{{- $affinity := .Values.affinity -}}
{{- if and .Values.spread.nodes (not (hasKey $affinity "podAntiAffinity")) -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "scaler.selectorLabels" . | fromYaml)) -}}
{{- $ours := dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term)) -}}
{{- $affinity = merge dict $affinity (dict "podAntiAffinity" $ours) -}}
{{- end -}}
{{- with $affinity }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- define "scaler.spread" -}}
{{- $selector := dict "matchLabels" (include "scaler.selectorLabels" . | fromYaml) -}}
{{- $all := list -}}
{{- if .Values.spread.zones -}}
{{- $all = append $all (dict "maxSkew" 1 "topologyKey" "topology.kubernetes.io/zone" "whenUnsatisfiable" "ScheduleAnyway" "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $all = append $all (merge dict . (dict "labelSelector" $selector)) -}}
{{- end -}}
{{- with $all }}{{ toYaml . }}{{ end -}}
{{- end }}
