{{/* The documents that Scaler runs. */}}

{{/* The ScalerConfig's spec, as JSON. */}}
{{- define "scaler.spec" -}}
{{- $full := include "scaler.fullname" . -}}
{{- $certificate := dict "secret" (dict "name" (include "scaler.servingSecret" .)) -}}
{{- if eq .Values.tls.mode "self" -}}
{{- $certificate = dict "selfManaged" (dict "secret" (include "scaler.servingSecret" .) "validFor" .Values.tls.self.validFor) -}}
{{- end -}}
{{- $api := dict
  "listen" (printf ":%d" (int .Values.externalMetrics.port))
  "authentication" "Cluster"
  "service" $full
  "servicePort" (int .Values.service.port)
  "certificate" $certificate
  "drainFor" .Values.externalMetrics.drainFor -}}
{{- if .Values.apiService.force -}}
{{- $_ := set $api "apiService" (dict "force" true) -}}
{{- end -}}
{{- with .Values.externalMetrics.forward -}}
{{- if .service -}}
{{- $forward := dict "service" .service "port" (int .port) -}}
{{- if .caBundle -}}{{- $_ := set $forward "caBundle" .caBundle -}}{{- end -}}
{{- if .insecureSkipTLSVerify -}}{{- $_ := set $forward "insecureSkipTLSVerify" true -}}{{- end -}}
{{- $_ := set $api "forward" $forward -}}
{{- end -}}
{{- end -}}
{{- $spec := dict
  "ops" (dict "listen" (printf ":%d" (int .Values.ops.port)))
  "externalMetrics" $api
  "kubernetes" (dict "namespace" (include "scaler.namespace" .)) -}}
{{- if .Values.highAvailability.enabled -}}
{{- $_ := set $spec "highAvailability" (dict
  "lease" $full
  "shards" (int .Values.highAvailability.shards)
  "listen" (printf ":%d" (int .Values.highAvailability.port))
  "advertise" "${env:POD_IP}"
  "secret" (printf "%s-peers" $full)
  "savedState" (printf "%s-state" $full)) -}}
{{- end -}}
{{- merge $spec .Values.config.spec | toJson -}}
{{- end }}

{{/* The files of the ConfigMap. A file without a document is a fault, so there is none. */}}
{{- define "scaler.files" -}}
scaler.yaml: |
  apiVersion: scaler.dev/v1alpha1
  kind: ScalerConfig
  metadata:
    name: scaler
  spec:
    {{- include "scaler.spec" . | fromJson | toYaml | nindent 4 }}
{{- with .Values.config.providers }}
providers.yaml: |
  {{- include "scaler.documents" (list "SignalProvider" .) | nindent 2 }}
{{- end }}
{{- with .Values.config.policies }}
policies.yaml: |
  {{- include "scaler.documents" (list "ScalingPolicy" .) | nindent 2 }}
{{- end }}
{{- end }}

{{- define "scaler.documents" -}}
{{- $kind := index . 0 -}}
{{- range $i, $document := index . 1 }}
{{- if $i }}
---
{{ end -}}
{{ merge dict $document (dict "apiVersion" "scaler.dev/v1alpha1" "kind" $kind) | toYaml }}
{{- end }}
{{- end }}

{{/* Of what the process reads only when it starts. The rest is taken up without a restart. */}}
{{- define "scaler.checksum" -}}
{{- omit (include "scaler.spec" . | fromJson) "tick" "stdout" | toJson | sha256sum -}}
{{- end }}
