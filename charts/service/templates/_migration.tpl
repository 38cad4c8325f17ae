{{/* The migration's pod. The Job is named by its digest, since a Job's template can never be changed. */}}
{{- define "service.migrationTemplate" -}}
metadata:
  labels: {{- include "service.migrationLabels" . | nindent 4 }}
    sidecar.istio.io/inject: "false"
  annotations: {{- include "service.settingsChecksums" . | nindent 4 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "service.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 5
  {{- with include "service.placement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "service.podSecurityContext" . | nindent 4 }}
  containers:
    - name: migrate
      {{- include "service.migrationContainer" . | nindent 6 }}
  volumes: {{- include "service.sharedVolumes" . | nindent 4 }}
{{- end }}

{{- define "service.migrationContainer" -}}
image: {{ include "service.appImage" . }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
command: [python, -m, bunmart_chassis.migrations]
args: [upgrade, {{ include "service.name" . }}]
envFrom: [{configMapRef: {name: {{ include "service.name" . }}-settings}}]
env: {{- include "service.databaseEnv" . | nindent 2 }}
securityContext: {{- include "service.containerSecurityContext" true | nindent 2 }}
resources: {{- toYaml .Values.migration.resources | nindent 2 }}
volumeMounts: {{- include "service.sharedVolumeMounts" . | nindent 2 }}
{{- end }}

{{/* A name of its own: neither the Service nor a policy may take the Job's pods for the service's. */}}
{{- define "service.migrationLabels" -}}
app.kubernetes.io/name: {{ include "service.name" . }}-migrate
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: migration
{{ include "service.sharedLabels" . }}
{{- end }}
