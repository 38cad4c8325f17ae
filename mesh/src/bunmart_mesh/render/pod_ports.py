"""The ports of a pod in the cluster; they are the same in every pod."""

APP_HTTP, APP_GRPC = 8000, 9090
"""The application's own ports: REST and gRPC."""
ENVOY_INBOUND, ENVOY_OUTBOUND, ENVOY_ADMIN = 15006, 15001, 15000
"""The sidecar's ports for peers, for its application, and for its admin interface."""
ENVOY_METRICS, ENVOY_HEALTH = 15020, 15021
"""The ports of every Envoy for Prometheus and for kubelet; Istio's sidecar has the same two."""
EDGE = 8080
"""The port of the edge for browsers and Stripe."""
