{{- define "service.appImage" -}}
{{ include "service.image" (dict "root" . "image" .Values.image "repository" (printf "bunmart/%s" (include "service.name" .))) | quote }}
{{- end }}

{{/* The app's container. */}}
{{- define "service.app" -}}
name: app
image: {{ include "service.appImage" . }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
envFrom: [{configMapRef: {name: {{ include "service.name" . }}-settings}}]
{{- with include "service.secretEnv" . | trim }}
env: {{- . | nindent 2 }}
{{- end }}
ports:
  - {name: http, containerPort: 8000}
  - {name: grpc, containerPort: 9090}
{{ include "service.probes" . }}
{{- with include "service.preStopSeconds" . | int64 }}
lifecycle:
  preStop:
    sleep: {seconds: {{ . }}}
{{- end }}
securityContext:
  {{- include "service.containerSecurityContext" .Values.containerSecurityContext.readOnlyRootFilesystem | nindent 2 }}
resources: {{- toYaml .Values.resources | nindent 2 }}
volumeMounts: {{- include "service.volumeMounts" . | nindent 2 }}
{{- end }}
