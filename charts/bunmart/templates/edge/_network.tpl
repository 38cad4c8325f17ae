{{- define "bunmart.edge.service" -}}
{{- $service := .Values.service -}}
{{- $outside := ne $service.type "ClusterIP" -}}
apiVersion: v1
kind: Service
metadata:
  name: edge
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "service.labels" . | nindent 4 }}
  {{- with $service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ $service.type }}
  {{- if $outside }}
  externalTrafficPolicy: {{ $service.externalTrafficPolicy }}
  {{- end }}
  {{- if eq $service.type "LoadBalancer" }}
  {{- with $service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  selector: {{- include "service.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: {{ $service.port }}
      targetPort: http
      appProtocol: http
      {{- if and $outside $service.nodePort }}
      nodePort: {{ $service.nodePort }}
      {{- end }}
{{- end }}

{{- define "bunmart.edge.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: edge-envoy
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "service.labels" . | nindent 4 }}
data: {{- include "service.envoyFiles" . | nindent 2 }}
{{- end }}
