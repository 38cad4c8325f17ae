{{/*
Includes a definition with the context that charts/service expects, as if the edge were one more alias of it.
Takes (list $ "bunmart.edge.deployment").
*/}}
{{- define "bunmart.edge" -}}
{{- $root := index . 0 -}}
{{- if include "bunmart.part.enabled" (dict "root" $root "part" "edge") -}}
{{- $values := merge (dict "global" $root.Values.global "ingress" $root.Values.ingress "component" "edge" "image" $root.Values.global.mesh.envoy.image) $root.Values.edge -}}
{{- $chart := dict "Name" "edge" "Version" $root.Chart.Version "AppVersion" $root.Chart.AppVersion -}}
{{- include (index . 1) (dict "Chart" $chart "Values" $values "Release" $root.Release "Capabilities" $root.Capabilities "Template" $root.Template) -}}
{{- end -}}
{{- end -}}

