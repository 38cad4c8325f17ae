{{/* Labels of an object that belongs to a service's cluster: (list $ "order"). */}}
{{- define "databases.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ index . 1 }}-db
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: bunmart
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Where backups go to; takes the chart's context. */}}
{{- define "databases.backup" -}}
{{- with .Values.backup.objectStore }}
plugins:
  - name: barman-cloud.cloudnative-pg.io
    isWALArchiver: true
    parameters: {barmanObjectName: {{ . | quote }}}
{{- end }}
{{- with .Values.backup.volumeSnapshotClass }}
backup:
  volumeSnapshot: {className: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* Where instances may run; takes the chart's context. */}}
{{- define "databases.affinity" -}}
enablePodAntiAffinity: true
podAntiAffinityType: {{ .Values.podAntiAffinity.type }}
topologyKey: {{ .Values.podAntiAffinity.topologyKey | quote }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A size and the class that provides it; takes .storage or .walStorage. */}}
{{- define "databases.storage" -}}
size: {{ .size | quote }}
{{- with .className }}
storageClass: {{ . | quote }}
{{- end }}
{{- end }}
