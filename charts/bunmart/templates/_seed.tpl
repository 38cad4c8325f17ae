{{/* The pod that fills the shop through its ingress. Root context. */}}
{{- define "bunmart.seed.pod" -}}
{{- $url := .Values.seed.url | default (include "bunmart.ingress.internalUrl" .) | default .Values.global.publicUrl -}}
metadata:
  labels: {{- include "bunmart.podLabels" (dict "root" . "name" "seed" "component" "seed") | nindent 4 }}
spec:
  {{- include "bunmart.tools.pod" . | nindent 2 }}
  automountServiceAccountToken: false
  restartPolicy: OnFailure
  containers:
    - name: seed
      image: {{ include "service.image" (dict "root" . "image" .Values.seed.image "repository" "bunmart/dev-tools") | quote }}
      {{- include "bunmart.tools.limits" . | nindent 6 }}
      command: [python, -m, bunmart_dev.seed]
      args:
        - {{ printf "--url=%s" $url | quote }}
        - --admin=$(ADMIN_EMAIL)
        - --password=$(ADMIN_PASSWORD)
      env:
        {{- range $name, $key := dict "ADMIN_EMAIL" "email" "ADMIN_PASSWORD" "password" }}
        - name: {{ $name }}
          valueFrom:
            secretKeyRef: {name: {{ $.Values.seed.adminSecret | quote }}, key: {{ $key }}}
        {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 16Mi}}
{{- end -}}
