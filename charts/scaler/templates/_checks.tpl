{{/* What the schema of the values cannot say. */}}
{{- define "scaler.checks" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.highAvailability.enabled) -}}
{{- fail "replicas: more than one needs highAvailability.enabled, or each would poll and decide for itself; set replicas to 1 or highAvailability.enabled to true" -}}
{{- end -}}
{{- $ports := dict -}}
{{- range $name, $port := dict "externalMetrics.port" .Values.externalMetrics.port "highAvailability.port" .Values.highAvailability.port "ops.port" .Values.ops.port -}}
{{- $taken := get $ports (toString (int $port)) -}}
{{- if $taken -}}
{{- fail (printf "%s: %d is the port of %s already; choose another" $name (int $port) $taken) -}}
{{- end -}}
{{- $_ := set $ports (toString (int $port)) $name -}}
{{- end -}}
{{- if and (eq .Values.tls.mode "existingSecret") (not .Values.tls.existingSecret.name) -}}
{{- fail "tls.existingSecret.name: is required with tls.mode existingSecret: the name of a Secret of type kubernetes.io/tls" -}}
{{- end -}}
{{- if and .Values.apiService.force (ne .Values.tls.mode "self") -}}
{{- fail (printf "apiService.force: needs tls.mode self: Scaler takes the APIService over together with its caBundle, which with %s is not its own; set tls.mode to self, or delete the other adapter's APIService first and leave force out" .Values.tls.mode) -}}
{{- end -}}
{{- with .Values.externalMetrics.forward -}}
{{- if and .service (not .caBundle) (not .insecureSkipTLSVerify) -}}
{{- fail (printf "externalMetrics.forward.caBundle: is required: the PEM of the authority of %s; its APIService's caBundle holds it, in base64" .service) -}}
{{- end -}}
{{- if and .caBundle .insecureSkipTLSVerify -}}
{{- fail "externalMetrics.forward.insecureSkipTLSVerify: is not allowed with caBundle; remove one of them" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- fail "metrics.podMonitor.enabled: every metric would be there twice; enable a ServiceMonitor or a PodMonitor" -}}
{{- end -}}
{{- end }}
