{{/*
The chart around this one knows the mesh and overrides these definitions (a parent's definition wins). Alone, the chart
serves with mesh.provider istio.
*/}}
{{- define "service.envoy" -}}
{{- fail (printf "%s: no Envoy configuration. Install this chart through charts/bunmart, which brings one for each part, or set global.mesh.provider=istio." .Chart.Name) -}}
{{- end }}

{{- define "bunmart.envoy.sds.workload" -}}
{{- fail (printf "%s: no secret discovery file of the workload's certificate. Install this chart through charts/bunmart." .Chart.Name) -}}
{{- end }}

{{- define "bunmart.envoy.sds.roots" -}}
{{- fail (printf "%s: no secret discovery file of the trusted roots. Install this chart through charts/bunmart." .Chart.Name) -}}
{{- end }}

{{/* The files in /etc/envoy. */}}
{{- define "service.envoyFiles" -}}
envoy.yaml: |
{{ include "service.envoy" . | trim | indent 2 }}
workload.sds.yaml: |
{{ include "bunmart.envoy.sds.workload" . | trim | indent 2 }}
roots.sds.yaml: |
{{ include "bunmart.envoy.sds.roots" . | trim | indent 2 }}
{{- end }}
