{{/* The Service and port that are the ingress inside this namespace; empty where it belongs to a controller elsewhere. Root context. */}}
{{- define "bunmart.ingress.service" -}}
{{- if include "bunmart.part.enabled" (dict "root" . "part" "edge") -}}
edge:{{ .Values.edge.service.port }}
{{- else if and (eq .Values.global.mesh.provider "istio") (eq .Values.ingress.kind "gateway") -}}
bunmart-{{ .Values.global.mesh.istio.gatewayClass }}:{{ ternary 80 443 (empty .Values.ingress.tls.secretName) }}
{{- end -}}
{{- end -}}

{{/* The ingress as pods of this namespace may use it without a name of its own; empty where there is no such. Root context. */}}
{{- define "bunmart.ingress.internalUrl" -}}
{{- $anyHost := not (or .Values.ingress.hosts .Values.ingress.tls.secretName) -}}
{{- if or $anyHost (eq .Values.global.mesh.provider "envoy") -}}
{{- with include "bunmart.ingress.service" . -}}http://{{ . }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels of Istio's Gateway. Without that of its revision another control plane would run it. Root context. */}}
{{- define "bunmart.ingress.gatewayLabels" -}}
{{ include "bunmart.labels" (dict "root" . "name" "bunmart" "component" "mesh") }}
{{- with .Values.global.mesh.istio.revision }}
istio.io/rev: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Annotations of the Gateway or Ingress, with those by which cert-manager issues its certificate. Root context. */}}
{{- define "bunmart.ingress.annotations" -}}
{{- $tls := .Values.ingress.tls -}}
{{- $own := dict -}}
{{- with $tls.issuer -}}{{- $_ := set $own "cert-manager.io/issuer" . -}}{{- end -}}
{{- with $tls.clusterIssuer -}}{{- $_ := set $own "cert-manager.io/cluster-issuer" . -}}{{- end -}}
{{- $defaults := dict -}}
{{- if and (eq .Values.global.mesh.provider "istio") (eq .Values.ingress.kind "gateway") -}}
{{- /* Istio copies it to the gateway's pods. Its own 5 s would cut requests, which may take 15; the pods have 30 to end. */ -}}
{{- $_ := set $defaults "proxy.istio.io/config" (toJson (dict "terminationDrainDuration" "25s")) -}}
{{- end -}}
{{- with merge $own .Values.ingress.annotations $defaults -}}{{- toYaml . -}}{{- end -}}
{{- end -}}
