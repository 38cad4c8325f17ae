{{/* Overrides the refusal of charts/service: the bootstrap of a part's Envoy is generated from the call policy. */}}
{{- define "service.envoy" -}}
{{- include (printf "bunmart.envoy.%s" .Chart.Name) . -}}
{{- end -}}

{{/* The trust domain of all SPIFFE ids: the value, or what the provider uses by itself. */}}
{{- define "bunmart.trustDomain" -}}
{{- $mesh := .Values.global.mesh -}}
{{- $mesh.trustDomain | default (ternary "cluster.local" "bunmart" (eq $mesh.provider "istio")) -}}
{{- end -}}

{{- define "bunmart.namespace" -}}
{{- .Release.Namespace -}}
{{- end -}}

{{/* What follows the bare name of a part in its full DNS name. */}}
{{- define "bunmart.peerSuffix" -}}
{{- printf "%s.svc.%s" .Release.Namespace .Values.global.clusterDomain -}}
{{- end -}}

{{/* The JWKS document on one line: the value, or the ConfigMap's as it is in the cluster now. */}}
{{- define "bunmart.jwks" -}}
{{- $jwt := .Values.global.jwt -}}
{{- $document := $jwt.jwks -}}
{{- if not $document -}}
{{- $found := lookup "v1" "ConfigMap" .Release.Namespace $jwt.jwksConfigMap | default dict -}}
{{- $document = dig "data" "jwks.json" "" $found -}}
{{- end -}}
{{- if not $document -}}
{{- fail (printf "Istio needs the public keys of access tokens: set global.jwt.jwks, or install into a cluster whose namespace %s has the ConfigMap %s with the key jwks.json." .Release.Namespace $jwt.jwksConfigMap) -}}
{{- end -}}
{{- $keys := fromJson $document -}}
{{- if not (hasKey $keys "keys") -}}
{{- fail "global.jwt.jwks (or jwks.json of the ConfigMap) is no JWKS: it must be a JSON object with the member keys." -}}
{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{/* Labels of an object: (dict "root" $ "name" "edge" "component" "edge"). */}}
{{- define "bunmart.labels" -}}
{{ include "bunmart.selectorLabels" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: bunmart
app.kubernetes.io/version: {{ .root.Values.global.image.tag | default .root.Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* Labels that select the pods of one part of this release; the same dict. */}}
{{- define "bunmart.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end -}}

{{/* Labels of a pod that is no part and stays outside the mesh; the same dict. */}}
{{- define "bunmart.podLabels" -}}
{{ include "bunmart.labels" . }}
sidecar.istio.io/inject: "false"
{{- end -}}

{{/*
"true" when the release has that part: (dict "root" $ "part" "order"). The edge is one of provider envoy, where anybody
shall come in at all.
*/}}
{{- define "bunmart.part.enabled" -}}
{{- $values := .root.Values -}}
{{- $edge := and (eq $values.global.mesh.provider "envoy") (ne $values.ingress.kind "none") -}}
{{- if and (index $values .part).enabled (or $edge (ne .part "edge")) -}}true{{- end -}}
{{- end -}}

{{/* The parts that this release has, separated by commas. Root context. */}}
{{- define "bunmart.parts" -}}
{{- $parts := list -}}
{{- range splitList "," (printf "%s,bff,edge" (include "bunmart.services" .)) -}}
{{- if include "bunmart.part.enabled" (dict "root" $ "part" .) -}}{{- $parts = append $parts . -}}{{- end -}}
{{- end -}}
{{- join "," $parts -}}
{{- end -}}

{{/* The eight hexadecimal digits that name a Job by what it runs: a changed Job is another one. Takes the template's text. */}}
{{- define "bunmart.digest" -}}
{{- . | sha256sum | trunc 8 -}}
{{- end -}}
