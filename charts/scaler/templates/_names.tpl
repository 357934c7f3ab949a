{{/* Names and labels. */}}

{{/* 50 characters leave room for what is appended: names of Services and Leases are DNS labels. */}}
{{- define "scaler.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "scaler.fullname" -}}
{{- $name := include "scaler.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "scaler.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end }}

{{/* The name of what has no namespace of its own: two releases may have the same name in two namespaces. */}}
{{- define "scaler.clusterName" -}}
{{- printf "%s:%s" (include "scaler.namespace" .) (include "scaler.fullname" .) -}}
{{- end }}

{{- define "scaler.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "scaler.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "scaler.servingSecret" -}}
{{- if eq .Values.tls.mode "existingSecret" -}}
{{- .Values.tls.existingSecret.name -}}
{{- else -}}
{{- printf "%s-serving" (include "scaler.fullname" .) -}}
{{- end -}}
{{- end }}

{{- define "scaler.image" -}}
{{- with .Values.image -}}
{{- .repository -}}{{- if .digest -}}@{{ .digest }}{{- else -}}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end }}

{{- define "scaler.selectorLabels" -}}
app.kubernetes.io/name: {{ include "scaler.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "scaler.labels" -}}
{{- $own := merge (include "scaler.selectorLabels" . | fromYaml) (dict
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "scaler"
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_")) -}}
{{- toYaml (merge $own .Values.commonLabels) -}}
{{- end }}

{{/*
The metadata of an object: a list of the root, the name, and a dict that may hold
cluster (the object has no namespace), namespace, labels and annotations.
*/}}
{{- define "scaler.metadata" -}}
{{- $root := index . 0 -}}
{{- $own := index . 2 -}}
{{- $annotations := merge dict (dig "annotations" dict $own | default dict) $root.Values.commonAnnotations -}}
metadata:
  name: {{ index . 1 | quote }}
  {{- if not (dig "cluster" false $own) }}
  namespace: {{ dig "namespace" "" $own | default (include "scaler.namespace" $root) }}
  {{- end }}
  labels:
    {{- toYaml (merge dict (dig "labels" dict $own | default dict) (include "scaler.labels" $root | fromYaml)) | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
