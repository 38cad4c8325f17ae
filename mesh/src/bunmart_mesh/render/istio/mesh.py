"""Objects for the whole namespace: telemetry, the hosts that a proxy knows, and the one service outside."""

from bunmart_mesh.render.config import Config
from bunmart_mesh.render.envoy.upstreams import APP_IDLE_TIMEOUT
from bunmart_mesh.render.helm.expressions import helm
from bunmart_mesh.render.helm.manifests import Manifest, each
from bunmart_mesh.render.istio.names import NETWORKING, TELEMETRY

_STRIPE = "api.stripe.com"
_SAMPLED_PERCENT = helm("mulf 100 .Values.global.traceRatio")


def mesh_wide_traffic() -> list[Manifest]:
    """Return Telemetry, the namespace's Sidecar and the ServiceEntry of Stripe's API."""
    return [
        Manifest(f"{TELEMETRY}/Telemetry", "default", {"spec": _telemetry()}),
        Manifest(f"{NETWORKING}/Sidecar", "default", {"spec": _sidecar()}),
        Manifest(
            f"{NETWORKING}/ServiceEntry",
            "stripe",
            {"spec": _stripe()},
            ".Values.global.mesh.istio.stripeServiceEntry",
        ),
    ]


def _telemetry() -> Config:
    return {
        # The format of Istio's own logs has queries in it, and these the sessions of carts and e-mail
        # addresses. The logs of the other provider take their place, by an EnvoyFilter. Without the name
        # of Istio's provider a mesh-wide `accessLogFile` would go on.
        "accessLogging": [{"providers": [{"name": "envoy"}], "disabled": True}],
        "tracing": [{"randomSamplingPercentage": _SAMPLED_PERCENT}],
    }


def _sidecar() -> Config:
    """Limit what proxies know to this namespace and the ones named by value.

    Not to the callees of each part: a call that the policy denies would then leave as plain TCP for an
    address of which the proxy knows nothing, and end in a reset connection; its callee answers
    PERMISSION_DENIED. What is not known (Postgres or mail elsewhere) passes through unchanged, unless the
    value says REGISTRY_ONLY.

    Without settings for inbound connections, those of the DestinationRule would hold for the connections to
    the application too, which it closes sooner.
    """
    namespaces = ".Values.global.mesh.istio.egressNamespaces"
    return {
        "egress": [
            {
                "hosts": [
                    "./*",
                    f"{helm('.Values.global.mesh.istio.namespace')}/*",
                    *each(namespaces, [f"{helm('.')}/*"]),
                ]
            }
        ],
        "inboundConnectionPool": {"http": {"idleTimeout": APP_IDLE_TIMEOUT}},
        "outboundTrafficPolicy": {"mode": helm(".Values.global.mesh.istio.outboundTrafficPolicy")},
    }


def _stripe() -> Config:
    return {
        "hosts": [_STRIPE],
        "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}],
        "location": "MESH_EXTERNAL",
        "resolution": "DNS",
        "exportTo": ["."],
    }
