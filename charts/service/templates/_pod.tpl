{{/* The pod template of the Deployment. */}}
{{- define "service.pod" -}}
metadata:
  labels: {{- include "service.podLabels" . | nindent 4 }}
    {{- if not (include "service.isEnvoy" .) }}
    {{- include "service.istioLabels" . | nindent 4 }}
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations: {{- include "service.podAnnotations" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "service.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "service.terminationGracePeriodSeconds" . }}
  dnsConfig: {{- include "service.dnsConfig" . | nindent 4 }}
  {{- with include "service.scheduling" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "service.podSecurityContext" . | nindent 4 }}
  {{- if include "service.isEnvoy" . }}
  initContainers:
    - {{ include "service.sidecar" . | nindent 6 | trim }}
  {{- end }}
  containers:
    - {{ include "service.app" . | nindent 6 | trim }}
  volumes: {{- include "service.volumes" . | nindent 4 }}
{{- end }}

{{/* The service's own annotations win, as over what Istio is told. */}}
{{- define "service.podAnnotations" -}}
{{- $annotations := include "service.chartAnnotations" . | fromYaml -}}
{{ toYaml (mergeOverwrite $annotations (deepCopy .Values.podAnnotations)) }}
{{- end }}

{{- define "service.chartAnnotations" -}}
kubectl.kubernetes.io/default-container: app
{{ include "service.settingsChecksums" . }}
{{- if include "service.isEnvoy" . }}
checksum/envoy: {{ include "service.envoyFiles" . | sha256sum }}
{{- else }}
{{ include "service.istioAnnotations" . }}
{{- end }}
{{- end }}
