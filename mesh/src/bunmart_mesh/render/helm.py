"""Values that only Helm knows: placeholders in a configuration, Go template expressions in what is written.

A placeholder is a plain word of YAML, so that an expression with quotes and spaces never meets the YAML
writer.
"""

import re

import msgspec

from bunmart_mesh.policy import Policy

TRUST_DOMAIN = "HELM_TRUST_DOMAIN"
NAMESPACE = "HELM_NAMESPACE"
CLUSTER_DOMAIN = "HELM_CLUSTER_DOMAIN"
ISSUER = "HELM_ISSUER"
AUDIENCE = "HELM_AUDIENCE"
ORIGINS = "HELM_ORIGINS"
REQUESTS_PER_SECOND = "HELM_REQUESTS_PER_SECOND"
BURST = "HELM_BURST"
TRUSTED_HOPS = "HELM_TRUSTED_HOPS"

EXPRESSIONS = {
    # Parts of names: they are DNS names, which need no quotes in YAML.
    TRUST_DOMAIN: "{{ $trust }}",
    NAMESPACE: "{{ $ns }}",
    CLUSTER_DOMAIN: "{{ $domain }}",
    # Whole scalars.
    ISSUER: "{{ .Values.global.jwt.issuer | quote }}",
    AUDIENCE: "{{ .Values.global.jwt.audience | quote }}",
    # Envoy refuses an empty expression; no origin is called "none".
    ORIGINS: '{{ join "|" .Values.ingress.cors.origins | default "none" | quote }}',
    # Helm reads numbers of values as floats: 1000000 would become 1e+06.
    REQUESTS_PER_SECOND: "{{ int .Values.ingress.rateLimit.requestsPerSecond }}",
    BURST: "{{ int .Values.ingress.rateLimit.burst }}",
    TRUSTED_HOPS: "{{ int .Values.ingress.trustedHops }}",
}
"""The Go template expression of each placeholder; sidecars use those of the first group only."""

_VARIABLES = """\
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
"""
_PLACEHOLDER = re.compile(r"HELM_[A-Z_]+")


def parameterized(policy: Policy) -> Policy:
    """Return the policy with the trust domain and the namespace of the release instead of its own."""
    return msgspec.structs.replace(policy, trust_domain=TRUST_DOMAIN, namespace=NAMESPACE)


def define(name: str, text: str) -> str:
    """Write a named template.

    Args:
        name: What ``include`` calls it.
        text: YAML with placeholders.

    Raises:
        ValueError: The text would be taken for a template where it is none.
        KeyError: There is no such placeholder.
    """
    if "{{" in text:
        raise ValueError(f"{name}: a configuration must not contain '{{{{'")
    body = _PLACEHOLDER.sub(lambda found: EXPRESSIONS[found[0]], text)
    variables = _VARIABLES if body != text else ""
    return f'{{{{- define "{name}" -}}}}\n{variables}{body}{{{{- end }}}}\n'
