{{/* Names, labels, images and what all pods share. Those with a dict take the chart's context as "root". */}}

{{/* Labels of an object: (dict "root" $ "name" "postgres" "component" "database"). */}}
{{- define "development.labels" -}}
{{ include "development.sharedLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels of pods, which stay outside the mesh; the same dict. */}}
{{- define "development.podLabels" -}}
{{ include "development.sharedLabels" . }}
sidecar.istio.io/inject: "false"
{{- end }}

{{/* Labels of objects and pods; the same dict. */}}
{{- define "development.sharedLabels" -}}
{{ include "development.selectorLabels" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: bunmart
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{/* What identifies the pods of a part for ever; selectors are immutable. The same dict. */}}
{{- define "development.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/* A full image reference; takes (list $ .Values.postgres.image). The registry comes first unless the repository has a host. */}}
{{- define "development.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- $repository := $image.repository -}}
{{- $registry := $root.Values.image.registry -}}
{{- if and $registry (not (regexMatch "^(localhost|[^/]*[.:][^/]*)/" $repository)) -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" $registry) $repository -}}
{{- end -}}
{{- $repository }}:{{ $image.tag | default $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Image, rights and resources of a container; takes (list $ .Values.postgres). */}}
{{- define "development.container" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}
image: {{ include "development.image" (list $root $part.image) | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
resources: {{- toYaml $part.resources | nindent 2 }}
{{- end }}

{{/* What the pods share: rights, placement, DNS. */}}
{{- define "development.pod" -}}
enableServiceLinks: false
dnsConfig:
  options: [{name: ndots, value: "2"}]
securityContext:
  runAsNonRoot: true
  {{- range $key, $value := .Values.podSecurityContext }}
  {{- if not (kindIs "invalid" $value) }}
  {{ $key }}: {{ int64 $value }}
  {{- end }}
  {{- end }}
  # A walk through the files at each mount would open PGDATA to its group, and Postgres refuses that.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The Secrets of the app's namespace, separated by commas. */}}
{{- define "development.appSecrets" -}}
{{- range .Values.services }}{{ . }}-database,{{ end -}}
bunmart-jwt-keys,payment-stripe,user-admin
{{- end }}

{{/* Host and port of Postgres as the services reach it. */}}
{{- define "development.postgres" -}}
postgres.{{ .Release.Namespace }}.svc:5432
{{- end }}

{{/* Rules of a NetworkPolicy that allow DNS; none when no resolver is named. Takes the chart's context. */}}
{{- define "development.dns" -}}
{{- $dns := .Values.networkPolicy.dns -}}
{{- if or $dns.namespaces $dns.cidrs -}}
- to:
    {{- range $dns.namespaces }}
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . | quote }}}}
    {{- end }}
    {{- range $dns.cidrs }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  ports:
    {{- range $dns.ports }}
    - {port: {{ int64 . }}, protocol: UDP}
    - {port: {{ int64 . }}, protocol: TCP}
    {{- end }}
{{- end }}
{{- end }}

{{/* The eight hexadecimal digits that name a Job by what it runs: a changed Job is another one. Takes the template's text. */}}
{{- define "development.digest" -}}
{{- . | sha256sum | trunc 8 -}}
{{- end }}
