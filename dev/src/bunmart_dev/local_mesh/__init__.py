"""The mesh on one machine: Envoy configurations, certificates and access logs in one folder."""
