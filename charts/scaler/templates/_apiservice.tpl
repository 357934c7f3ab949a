{{/* The cluster has one APIService for external metrics, so it may be somebody else's. */}}

{{- define "scaler.apiServiceName" -}}v1beta1.external.metrics.k8s.io{{- end }}

{{/*
Who has it: release (this release's), scaler (it leads here, but Helm does not own
it), empty (there is none, or the cluster cannot be asked), or namespace/name of
another's Service.
*/}}
{{- define "scaler.apiServiceOwner" -}}
{{- $found := lookup "apiregistration.k8s.io/v1" "APIService" "" (include "scaler.apiServiceName" .) | default dict -}}
{{- $notes := dig "metadata" "annotations" dict $found | default dict -}}
{{- $service := dig "spec" "service" dict $found | default dict -}}
{{- $at := printf "%s/%s" (dig "namespace" "" $service) (dig "name" "" $service) -}}
{{- if not $found -}}
{{- else if and (eq (dig "meta.helm.sh/release-name" "" $notes) .Release.Name) (eq (dig "meta.helm.sh/release-namespace" "" $notes) .Release.Namespace) -}}
release
{{- else if eq $at (printf "%s/%s" (include "scaler.namespace" .) (include "scaler.fullname" .)) -}}
scaler
{{- else if eq $at "/" -}}
the API server itself
{{- else -}}
{{- $at -}}
{{- end -}}
{{- end }}

{{/* Not empty if Helm renders the APIService. Fails if it is another's. */}}
{{- define "scaler.rendersAPIService" -}}
{{- if .Values.apiService.create -}}
{{- $owner := include "scaler.apiServiceOwner" . -}}
{{- if has $owner (list "" "release") -}}
yes
{{- else if and (ne $owner "scaler") (not .Values.apiService.force) -}}
{{- fail (printf "APIService %s belongs to %s, and a cluster has only one: autoscalers would lose that adapter's metrics. Either set apiService.create to false and leave it as it is; or make Scaler answer for both: set externalMetrics.forward.service to %s with its caBundle, stop the other from writing the APIService (its chart's value, or 'kubectl annotate'), and set apiService.force to true: Scaler then takes the APIService over once a pod is ready" (include "scaler.apiServiceName" .) $owner $owner) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The caBundle of an existing Secret, in base64. */}}
{{- define "scaler.caBundle" -}}
{{- $of := .Values.tls.existingSecret -}}
{{- if $of.caBundle -}}
{{- $of.caBundle | b64enc -}}
{{- else -}}
{{- $secret := lookup "v1" "Secret" (include "scaler.namespace" .) $of.name | default dict -}}
{{- required (printf "tls.existingSecret.caBundle: is required: the Secret %s/%s has no ca.crt, or cannot be read from here; set it to the PEM of the authority" (include "scaler.namespace" .) $of.name) (dig "data" "ca.crt" "" $secret) -}}
{{- end -}}
{{- end }}
