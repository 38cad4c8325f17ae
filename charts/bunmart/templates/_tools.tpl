{{/* What the pods of the tools share: certificates, seed and `helm test`. Root context. */}}
{{- define "bunmart.tools.pod" -}}
enableServiceLinks: false
securityContext: {{- include "service.podSecurityContext" (dict "Values" .Values.tools) | nindent 2 }}
{{- with include "service.placement" (dict "Values" (merge (dict "global" .Values.global) .Values.tools)) | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{/* What the containers of bunmart/mesh-tools share. Root context. */}}
{{- define "bunmart.tools.container" -}}
image: {{ include "service.image" (dict "root" . "image" .Values.tools.image "repository" "bunmart/mesh-tools") | quote }}
{{ include "bunmart.tools.limits" . }}
{{- end -}}

{{/* What every container of them has, whatever its image. Root context. */}}
{{- define "bunmart.tools.limits" -}}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
securityContext: {{- include "service.containerSecurityContext" true | nindent 2 }}
resources: {{- toYaml .Values.tools.resources | nindent 2 }}
{{- end -}}
