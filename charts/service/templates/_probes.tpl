{{/*
The app's probes. With Envoy the app listens on loopback, so kubelet asks the sidecar's health listener, the only port
without mutual TLS. With Istio the probes name the app's own port, and Istio sends them through its agent.
*/}}
{{- define "service.probes" -}}
startupProbe:
  {{- include "service.probe" (list . "startup" "live") | nindent 2 }}
livenessProbe:
  {{- include "service.probe" (list . "liveness" "live") | nindent 2 }}
readinessProbe:
  {{- include "service.probe" (list . "readiness" "ready") | nindent 2 }}
{{- end }}

{{/* One probe: (list context "liveness" "live"). */}}
{{- define "service.probe" -}}
{{- $root := index . 0 -}}
httpGet:
  path: /health/{{ index . 2 }}
  port: {{ ternary "15021" "http" (eq (include "service.isEnvoy" $root) "true") }}
{{ toYaml (index $root.Values.probes (index . 1)) }}
{{- end }}
