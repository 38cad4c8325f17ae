{{- define "bunmart.edge.pod" -}}
metadata:
  labels: {{- include "service.podLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/envoy: {{ include "service.envoyFiles" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: edge
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add .Values.preStopSeconds 10 }}
  dnsConfig: {{- include "service.dnsConfig" . | nindent 4 }}
  {{- with include "service.scheduling" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "service.podSecurityContext" . | nindent 4 }}
  containers:
    - {{ include "bunmart.edge.container" . | nindent 6 | trim }}
  volumes: {{- include "service.sidecarVolumes" . | nindent 4 }}
{{- end }}

{{- define "bunmart.edge.container" -}}
{{- $envoy := .Values.global.mesh.envoy -}}
name: envoy
image: {{ include "service.image" (dict "root" . "image" $envoy.image "repository" "bunmart/envoy") | quote }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
command: [envoy]
args: [-c, /etc/envoy/envoy.yaml, --concurrency, {{ .Values.concurrency | quote }}, --disable-hot-restart, --log-level, {{ $envoy.logLevel | quote }}]
ports:
  - {name: http, containerPort: 8080}
  - {name: health, containerPort: 15021}
  - {name: metrics, containerPort: 15020}
startupProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 120
readinessProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 5
  timeoutSeconds: 2
livenessProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
{{- with .Values.preStopSeconds | int64 }}
lifecycle:
  preStop:
    sleep: {seconds: {{ . }}}
{{- end }}
securityContext: {{- include "service.containerSecurityContext" true | nindent 2 }}
resources: {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: envoy-config, mountPath: /etc/envoy, readOnly: true}
  - {name: envoy-tls, mountPath: /etc/envoy-tls, readOnly: true}
{{- end }}
