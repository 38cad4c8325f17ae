{{/* What a schema cannot say: rules between values. */}}
{{- define "service.validate" -}}
{{- $scaling := .Values.autoscaling -}}
{{- if gt (int64 $scaling.minReplicas) (int64 $scaling.maxReplicas) -}}
{{- fail (printf "%s: autoscaling.minReplicas (%v) is more than autoscaling.maxReplicas (%v)" .Chart.Name $scaling.minReplicas $scaling.maxReplicas) -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.secretEnv -}}
{{- if has .name $names -}}
{{- fail (printf "%s: secretEnv has %s twice" $.Chart.Name .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end }}
