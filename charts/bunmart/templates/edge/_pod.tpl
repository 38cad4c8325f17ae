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
  terminationGracePeriodSeconds: {{ add (include "bunmart.edge.preStopSeconds" . | int64) 10 }}
  dnsConfig:
    options: [{name: ndots, value: "2"}]
  {{- with include "service.placement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpread.enabled }}
  {{- include "service.topologySpread" . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "service.podSecurityContext" . | nindent 4 }}
  containers:
    - {{- include "bunmart.edge.container" . | nindent 6 }}
  volumes:
    - name: envoy-config
      configMap: {name: edge-envoy}
    - name: envoy-tls
      secret:
        secretName: edge-mesh-tls
        defaultMode: 0440
        # Named one by one, so that the pod waits for a Secret that is not filled yet.
        items:
          - {key: tls.crt, path: tls.crt}
          - {key: tls.key, path: tls.key}
          - {key: ca.crt, path: ca.crt}
{{- end }}

{{- define "bunmart.edge.container" -}}
{{- $envoy := .Values.global.mesh.envoy -}}
name: envoy
image: {{ include "service.image" (dict "root" . "image" $envoy.image "repository" "bunmart/envoy") | quote }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
command: [envoy]
args: [-c, /etc/envoy/envoy.yaml, --concurrency, {{ .Values.concurrency | quote }}, --disable-hot-restart, --log-level, {{ $envoy.logLevel }}]
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
{{- with include "bunmart.edge.preStopSeconds" . | int64 }}
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
