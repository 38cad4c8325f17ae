{{- define "bunmart.edge.deployment" -}}
{{- include "service.validate" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: edge
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "service.labels" . | nindent 4 }}
spec:
  {{- if not (include "service.scales" .) }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels: {{- include "service.selectorLabels" . | nindent 6 }}
  template: {{- include "bunmart.edge.pod" . | nindent 4 }}
{{- end }}
