{{/* A pod of `helm test`: (dict "root" $ "name" "mesh-test"). Its main container never is in a Service or a policy of a part. */}}
{{- define "bunmart.test.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace | quote }}
labels: {{- include "bunmart.labels" (dict "root" .root "name" "mesh-test" "component" "test") | nindent 2 }}
{{- end }}

{{- define "bunmart.test.annotations" -}}
helm.sh/hook: test
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
# helm test prints it before the pod is deleted; with --logs it would look for the pod afterwards.
helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
{{- end }}

{{/* Arguments of `bunmart_mesh.smoke mesh`: as the BFF, whose policy knows every service. Root context. */}}
{{- define "bunmart.test.meshArguments" -}}
{{- $envoy := eq .Values.global.mesh.provider "envoy" -}}
- --target={{ ternary "127.0.0.1:15001" "{service}:9090" $envoy }}
- --url={{ ternary "http://127.0.0.1:15001" "http://{service}:8000" $envoy }}
{{- if .Values.cart.enabled }}
# The BFF may read the cart's API document, and nothing else of it.
- --denied=cart/api/carts
{{- end }}
{{- range splitList "," (include "bunmart.services" .) }}
{{- if (index $.Values .).enabled }}
- {{ . }}
{{- end }}
{{- end }}
{{- end }}
