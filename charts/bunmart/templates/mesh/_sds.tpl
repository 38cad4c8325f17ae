{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{- define "bunmart.envoy.sds.workload" -}}
resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: workload
  tls_certificate:
    certificate_chain: {filename: /etc/envoy-tls/tls.crt}
    private_key: {filename: /etc/envoy-tls/tls.key}
    watched_directory: {path: /etc/envoy-tls}
{{- end }}
{{- define "bunmart.envoy.sds.roots" -}}
resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: roots
  validation_context:
    trusted_ca: {filename: /etc/envoy-tls/ca.crt}
    watched_directory: {path: /etc/envoy-tls}
{{- end }}
