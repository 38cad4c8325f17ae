{{/* The pod that issues the certificates of all parts from the chart's own CA. Root context. */}}
{{- define "bunmart.certificates.pod" -}}
metadata:
  labels: {{- include "bunmart.podLabels" (dict "root" . "name" "mesh-certificates" "component" "certificates") | nindent 4 }}
spec:
  {{- include "bunmart.tools.pod" . | nindent 2 }}
  serviceAccountName: mesh-certificates
  automountServiceAccountToken: true
  restartPolicy: Never
  containers:
    - name: issuer
      {{- include "bunmart.tools.container" . | nindent 6 }}
      command: [python, -m, bunmart_mesh.issuer]
      args:
        - --namespace={{ .Release.Namespace }}
        - --trust-domain={{ include "bunmart.trustDomain" . }}
        {{- range splitList "," (include "bunmart.parts" .) }}
        - --part={{ . }}
        {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 16Mi}}
{{- end -}}
