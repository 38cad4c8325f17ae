{{/* The plain environment of the app: what the chart knows, then global.env, then env. */}}
{{- define "service.settings" -}}
{{- $global := .Values.global -}}
{{- $envoy := eq (include "service.isEnvoy" .) "true" -}}
{{- $host := ternary "127.0.0.1" "0.0.0.0" $envoy -}}
{{- $settings := dict
  "BUNMART_HTTP_HOST" $host
  "BUNMART_HTTP_PORT" "8000"
  "BUNMART_GRPC_HOST" $host
  "BUNMART_GRPC_PORT" "9090"
  "BUNMART_PEER_TARGET" (ternary "127.0.0.1:15001" "{service}:9090" $envoy)
  "BUNMART_PEER_URL" (ternary "http://127.0.0.1:15001" "http://{service}:8000" $envoy)
  "BUNMART_JWKS_FILE" "/etc/bunmart/jwks/jwks.json"
  "BUNMART_JWT_ISSUER" $global.jwt.issuer
  "BUNMART_JWT_AUDIENCE" $global.jwt.audience
  "BUNMART_PUBLIC_URL" $global.publicUrl
  "BUNMART_DRAIN_SECONDS" ($global.drain.drainSeconds | toString)
  "BUNMART_GRACE_SECONDS" ($global.drain.graceSeconds | toString)
  "BUNMART_LOG_LEVEL" $global.logLevel
  "BUNMART_TRACE_RATIO" ($global.traceRatio | toString)
-}}
{{- if .Values.signingKeysSecret -}}
{{- $_ := set $settings "BUNMART_JWT_SIGNING_KEYS" "/etc/bunmart/jwt-keys" -}}
{{- end -}}
{{- if .Values.database.enabled -}}
{{- $settings = merge $settings (include "service.databaseSettings" . | fromYaml) -}}
{{- end -}}
{{ toYaml (mergeOverwrite $settings (deepCopy $global.env) (deepCopy .Values.env)) }}
{{- end }}

{{/* asyncpg reads the PG… variables as libpq does, where the DSN says nothing. */}}
{{- define "service.databaseSettings" -}}
BUNMART_MIGRATE_ON_START: {{ ternary "false" "true" (eq (include "service.migrates" .) "true") | quote }}
{{- with .Values.database.sslMode }}
PGSSLMODE: {{ . }}
{{- end }}
{{- if .Values.database.caSecret }}
PGSSLROOTCERT: /etc/bunmart/database-ca/ca.crt
{{- end }}
{{- end }}

{{- define "service.databaseSecretName" -}}
{{- if .Values.database.url -}}
{{ include "service.name" . }}-database-url
{{- else -}}
{{ .Values.database.secretName | default (printf "%s-database" (include "service.name" .)) }}
{{- end -}}
{{- end }}

{{/* Environment out of Secrets that the app and its migration share. */}}
{{- define "service.databaseEnv" -}}
- name: BUNMART_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "service.databaseSecretName" . | quote }}
      key: {{ ternary "url" .Values.database.secretKey (ne .Values.database.url "") | quote }}
{{- end }}

{{/* Environment out of Secrets. */}}
{{- define "service.secretEnv" -}}
{{- if .Values.database.enabled }}
{{ include "service.databaseEnv" . }}
{{- end }}
{{- range .Values.secretEnv }}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
      optional: {{ .optional | default false }}
{{- end }}
{{- end }}

{{/* Annotations that change when the environment does; a pod does not read it again. */}}
{{- define "service.settingsChecksums" -}}
checksum/settings: {{ include "service.settings" . | sha256sum }}
{{- if and .Values.database.enabled .Values.database.url }}
checksum/database-url: {{ .Values.database.url | sha256sum }}
{{- end }}
{{- end }}
