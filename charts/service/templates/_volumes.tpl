{{/* Whole folders, never subPath: kubelet replaces what rotates, and a pod that needs a missing key waits for it. */}}
{{- define "service.volumes" -}}
{{ include "service.sharedVolumes" . }}
- name: jwks
  configMap:
    name: {{ .Values.global.jwt.jwksConfigMap | quote }}
    items: [{key: jwks.json, path: jwks.json}]
{{- with .Values.signingKeysSecret }}
- name: jwt-keys
  secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}
{{- if include "service.isEnvoy" . }}
{{ include "service.sidecarVolumes" . }}
{{- end }}
{{- end }}

{{- define "service.volumeMounts" -}}
{{ include "service.sharedVolumeMounts" . }}
- {name: jwks, mountPath: /etc/bunmart/jwks, readOnly: true}
{{- if .Values.signingKeysSecret }}
- {name: jwt-keys, mountPath: /etc/bunmart/jwt-keys, readOnly: true}
{{- end }}
{{- end }}

{{/* Volumes of the app's pods and the migration's. */}}
{{- define "service.sharedVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ .Values.tmp.sizeLimit | quote }}}
{{- if include "service.databaseCa" . }}
- name: database-ca
  secret:
    secretName: {{ .Values.database.caSecret | quote }}
    items: [{key: {{ .Values.database.caKey | quote }}, path: ca.crt}]
{{- end }}
{{- end }}

{{- define "service.sharedVolumeMounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if include "service.databaseCa" . }}
- {name: database-ca, mountPath: /etc/bunmart/database-ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "service.databaseCa" -}}
{{- if and .Values.database.enabled .Values.database.caSecret -}}true{{- end -}}
{{- end }}
