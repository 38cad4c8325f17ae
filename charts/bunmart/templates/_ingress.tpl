{{/* Where pods of this namespace reach the ingress over plain HTTP; empty where the chart cannot know. Root context. */}}
{{- define "bunmart.ingress.internalUrl" -}}
{{- $mesh := .Values.global.mesh -}}
{{- if include "bunmart.part.enabled" (dict "root" . "part" "edge") -}}
http://edge:{{ .Values.edge.service.port }}
{{- else if and (eq $mesh.provider "istio") (eq .Values.ingress.kind "gateway") (not .Values.ingress.tls.secretName) -}}
http://bunmart-{{ $mesh.istio.gatewayClass }}
{{- end -}}
{{- end -}}

{{/* Annotations of the Gateway or Ingress, with those by which cert-manager issues its certificate. Root context. */}}
{{- define "bunmart.ingress.annotations" -}}
{{- $tls := .Values.ingress.tls -}}
{{- $own := dict -}}
{{- with $tls.issuer -}}{{- $_ := set $own "cert-manager.io/issuer" . -}}{{- end -}}
{{- with $tls.clusterIssuer -}}{{- $_ := set $own "cert-manager.io/cluster-issuer" . -}}{{- end -}}
{{- with merge $own .Values.ingress.annotations -}}{{- toYaml . -}}{{- end -}}
{{- end -}}
