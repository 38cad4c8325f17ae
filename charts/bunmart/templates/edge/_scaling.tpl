{{- define "bunmart.edge.autoscaler" -}}
{{- if include "service.scales" . -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: edge
  namespace: {{ .Release.Namespace }}
  labels: {{- include "service.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: edge}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .Values.autoscaling.cpu }}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: {{ .Values.autoscaling.scaleDownStabilizationSeconds }}}
{{- end -}}
{{- end }}

{{- define "bunmart.edge.disruptionBudget" -}}
{{- if include "service.switch" (list .Values.podDisruptionBudget.enabled .Values.global.podDisruptionBudget.enabled) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: edge
  namespace: {{ .Release.Namespace }}
  labels: {{- include "service.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
  # A pod that serves nobody must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "service.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end }}

{{- define "bunmart.edge.podMonitor" -}}
{{- if include "service.switch" (list .Values.podMonitor.enabled .Values.global.podMonitor.enabled) -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: edge
  namespace: {{ .Release.Namespace }}
  labels: {{- include "service.labels" . | nindent 4 }}
    {{- with .Values.global.podMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  jobLabel: app.kubernetes.io/name
  selector:
    matchLabels: {{- include "service.selectorLabels" . | nindent 6 }}
  podMetricsEndpoints:
    - {port: metrics, path: /stats/prometheus, interval: {{ .Values.global.podMonitor.interval }}}
{{- end -}}
{{- end }}
