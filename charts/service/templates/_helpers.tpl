{{/* Names, labels, images and switches. Everything below takes the chart's context unless it says otherwise. */}}

{{/* The part's bare name: the umbrella's alias, and the name by which peers know it. */}}
{{- define "service.name" -}}
{{ .Chart.Name }}
{{- end }}

{{/* What identifies the pods of this release for ever; selectors are immutable. */}}
{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels of the pods. No chart version: a new one alone is no reason to restart. */}}
{{- define "service.podLabels" -}}
{{ include "service.selectorLabels" . }}
{{ include "service.sharedLabels" . }}
app.kubernetes.io/component: {{ .Values.component }}
{{- end }}

{{/* Labels of the app's pods and the migration's. */}}
{{- define "service.sharedLabels" -}}
app.kubernetes.io/part-of: bunmart
app.kubernetes.io/version: {{ include "service.version" . }}
{{- end }}

{{/* Labels of objects that Helm made. */}}
{{- define "service.releaseLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Labels of every object but the pods and the migration's. */}}
{{- define "service.labels" -}}
{{ include "service.podLabels" . }}
{{ include "service.releaseLabels" . }}
{{- end }}

{{- define "service.tag" -}}
{{ .Values.image.tag | default .Values.global.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The image's tag as a label's value. */}}
{{- define "service.version" -}}
{{ include "service.tag" . | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{/*
A full image reference. Takes (dict "root" $ "image" .Values.image "repository" "bunmart/order"), the repository being the
one when the image names none. The registry comes first unless the repository begins with a host.
*/}}
{{- define "service.image" -}}
{{- $global := .root.Values.global.image -}}
{{- $repository := .image.repository | default .repository -}}
{{- if and $global.registry (not (regexMatch "^(localhost|[^/]*[.:][^/]*)/" $repository)) -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" $global.registry) $repository -}}
{{- end -}}
{{- $repository }}:{{ .image.tag | default $global.tag | default .root.Chart.AppVersion }}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* "true" or nothing: a service's own switch when it has an opinion, else the switch of all. Takes (list own all). */}}
{{- define "service.switch" -}}
{{- $own := index . 0 -}}
{{- if ternary $own (index . 1) (kindIs "bool" $own) -}}true{{- end -}}
{{- end }}

{{- define "service.isEnvoy" -}}
{{- if eq .Values.global.mesh.provider "envoy" -}}true{{- end -}}
{{- end }}

{{/* The container that does the work: of the edge it is Envoy itself. */}}
{{- define "service.mainContainer" -}}
{{ ternary "envoy" "app" (eq .Values.component "edge") }}
{{- end }}

{{- define "service.migrates" -}}
{{- if .Values.database.enabled -}}
{{ include "service.switch" (list .Values.migration.enabled .Values.global.migration.enabled) }}
{{- end -}}
{{- end }}

{{- define "service.scales" -}}
{{ include "service.switch" (list .Values.autoscaling.enabled .Values.global.autoscaling.enabled) }}
{{- end }}

{{/* Seconds that a pod goes on serving after it left the Service, until every caller has noticed. */}}
{{- define "service.preStopSeconds" -}}
{{- $seconds := .Values.global.drain.preStopSeconds -}}
{{- if kindIs "invalid" $seconds -}}
{{ ternary 35 5 (eq .Values.global.mesh.provider "envoy") }}
{{- else -}}
{{ int64 $seconds }}
{{- end -}}
{{- end }}

{{/* preStop, then the app's drain and grace, then ten seconds for the sidecar to end after it. */}}
{{- define "service.terminationGracePeriodSeconds" -}}
{{- $drain := .Values.global.drain -}}
{{ add (include "service.preStopSeconds" . | int64) (int64 $drain.drainSeconds) (int64 $drain.graceSeconds) 10 }}
{{- end }}
