{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}
{{/* The services that a release may have, in the order of the policy; read with splitList. */}}
{{- define "bunmart.services" -}}
product,kitchen,pricing,cart,order,payment,shipping,notification,review,user
{{- end }}
