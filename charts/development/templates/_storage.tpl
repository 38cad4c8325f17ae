{{/*
A claim that outlives the release, and with localPath the volume for it. Takes the dict of the labels and
"storage" .Values.postgres.storage; the claim has the part's name.
*/}}
{{- define "development.storage" }}
{{- $volume := list .root.Release.Namespace .name | compact | join "-" }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- include "development.labels" . | nindent 4 }}
  annotations: {helm.sh/resource-policy: keep}
spec:
  accessModes: [ReadWriteOnce]
  {{- if .storage.localPath }}
  storageClassName: ""
  volumeName: {{ $volume }}
  {{- else if .storage.className }}
  storageClassName: {{ .storage.className | quote }}
  {{- end }}
  resources:
    requests: {storage: {{ .storage.size | quote }}}
{{- if .storage.localPath }}
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: {{ $volume }}
  labels: {{- include "development.labels" . | nindent 4 }}
  annotations: {helm.sh/resource-policy: keep}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: {{ .storage.size | quote }}}
  storageClassName: ""
  persistentVolumeReclaimPolicy: Retain
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: {{ .root.Release.Namespace | quote }}, name: {{ .name }}}
  local: {path: {{ .storage.localPath | quote }}}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions:
            {{- if .storage.node }}
            - {key: kubernetes.io/hostname, operator: In, values: [{{ .storage.node | quote }}]}
            {{- else }}
            - {key: kubernetes.io/hostname, operator: Exists}
            {{- end }}
{{- end }}
{{- end }}
