{{/*
Envoy as a native sidecar: it starts before the app, which waits for its startup probe, and ends after it.
Its liveness probe gives up before the app's, which passes through it: of the two a hanging Envoy is restarted.
*/}}
{{- define "service.sidecar" -}}
{{- $envoy := .Values.global.mesh.envoy -}}
name: sidecar
image: {{ include "service.image" (dict "root" . "image" $envoy.image "repository" "bunmart/envoy") | quote }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
restartPolicy: Always
command: [envoy]
args: [-c, /etc/envoy/envoy.yaml, --concurrency, "1", --disable-hot-restart, --log-level, {{ $envoy.logLevel | quote }}]
ports:
  - {name: mesh, containerPort: 15006}
  - {name: health, containerPort: 15021}
  - {name: metrics, containerPort: 15020}
startupProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 120
livenessProbe:
  httpGet: {path: /ready, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 5
securityContext: {{- include "service.containerSecurityContext" true | nindent 2 }}
resources: {{- include "service.sidecarResources" . | nindent 2 }}
volumeMounts:
  - {name: envoy-config, mountPath: /etc/envoy, readOnly: true}
  - {name: envoy-tls, mountPath: /etc/envoy-tls, readOnly: true}
{{- end }}

{{- define "service.sidecarVolumes" -}}
- name: envoy-config
  configMap: {name: {{ include "service.name" . }}-envoy}
- name: envoy-tls
  secret:
    secretName: {{ include "service.name" . }}-mesh-tls
    defaultMode: 0440
    items:
      - {key: tls.crt, path: tls.crt}
      - {key: tls.key, path: tls.key}
      - {key: ca.crt, path: ca.crt}
{{- end }}

{{/* The provider's resources of a sidecar, with what the service says otherwise. */}}
{{- define "service.sidecarResources" -}}
{{- $provider := index .Values.global.mesh .Values.global.mesh.provider -}}
{{ toYaml (mergeOverwrite (deepCopy $provider.resources) (deepCopy .Values.sidecar.resources)) }}
{{- end }}

{{- define "service.istioLabels" -}}
sidecar.istio.io/inject: "true"
{{- with .Values.global.mesh.istio.revision }}
istio.io/rev: {{ . | quote }}
{{- end }}
{{- end }}

{{/*
What Istio's injection reads. nativeSidecar is its default since 1.27 on clusters that can; said here, an older control
plane does the same. Its agent merges the app's metrics, found by prometheus.io, into its own.
*/}}
{{- define "service.istioAnnotations" -}}
{{- $resources := include "service.sidecarResources" . | fromYaml -}}
sidecar.istio.io/nativeSidecar: "true"
sidecar.istio.io/rewriteAppHTTPProbers: "true"
proxy.istio.io/config: '{"holdApplicationUntilProxyStarts": true, "concurrency": 1}'
prometheus.io/scrape: "true"
prometheus.io/port: "8000"
prometheus.io/path: /metrics
{{- range $annotation, $path := dict "proxyCPU" "requests.cpu" "proxyMemory" "requests.memory" "proxyCPULimit" "limits.cpu" "proxyMemoryLimit" "limits.memory" }}
{{- $keys := splitList "." $path }}
{{- with dig (first $keys) (last $keys) "" $resources }}
sidecar.istio.io/{{ $annotation }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
