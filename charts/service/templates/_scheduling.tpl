{{/* Where the pods may run, for the app's pods and the migration's. */}}
{{- define "service.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.global.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Replicas apart from each other; counted per version, or the old pods of a rollout would weigh in. */}}
{{- define "service.topologySpread" -}}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels: {{- include "service.selectorLabels" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{/* All of the above and the affinity: where the pods of a Deployment run. */}}
{{- define "service.scheduling" -}}
{{ include "service.placement" . | trim }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.topologySpread.enabled }}
{{ include "service.topologySpread" . }}
{{- end }}
{{- end }}

{{- define "service.dnsConfig" -}}
options: [{name: ndots, value: "2"}]
{{- end }}
