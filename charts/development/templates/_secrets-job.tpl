{{/* The pod that fills the Secrets and makes the databases. */}}
{{- define "development.secrets.pod" -}}
metadata:
  labels: {{- include "development.podLabels" (dict "root" . "name" "development-secrets" "component" "secrets") | nindent 4 }}
spec:
  {{- include "development.pod" . | nindent 2 }}
  serviceAccountName: development-secrets
  automountServiceAccountToken: true
  restartPolicy: Never
  containers:
    - name: issuer
      {{- include "development.container" (list . .Values.secrets) | nindent 6 }}
      command: [python, -m, bunmart_dev.cluster_secrets]
      args:
        - --namespace={{ .Release.Namespace }}
        - --app-namespace={{ .Values.appNamespace }}
        - --postgres={{ include "development.postgres" . }}
        - --timeout={{ int64 .Values.secrets.postgresTimeoutSeconds }}
        {{- range .Values.services }}
        - --service={{ . }}
        {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 16Mi}}
{{- end }}
