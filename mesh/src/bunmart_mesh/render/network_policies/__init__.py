"""Renders the call policy into NetworkPolicies: the network refuses by address, the mesh by identity.

Probes need no rule: they come from the node, which every network plugin lets through.
"""

from bunmart_mesh.policy import Policy
from bunmart_mesh.render.config import Config
from bunmart_mesh.render.helm.expressions import helm
from bunmart_mesh.render.helm.manifests import Manifest, template
from bunmart_mesh.render.network_policies.parts import (
    edge_policies,
    gateway_policy,
    part_policies,
    to_callees,
)
from bunmart_mesh.render.network_policies.rules import (
    CONTROL_PLANE,
    DATABASE,
    DNS,
    ENVOY,
    INGRESS,
    VALUES,
    network_policy,
    rule_fragments,
    to_outside,
)

_ON = f"{VALUES}.enabled"


def network_policy_templates(policy: Policy) -> dict[str, str]:
    """Return a Helm template by the name of its file."""
    manifests = [
        # The release's pods, not the namespace's: CloudNativePG's or a certificate solver's are not ours.
        network_policy("default-deny", _labelled("part-of", "bunmart"), [], [], _ON),
        *(rule for part in policy.names if part != policy.edge for rule in part_policies(policy, part)),
        *edge_policies(policy),
        gateway_policy(policy),
        *_job_policies(policy),
    ]
    return {"network-policies.yaml": template(manifests, fragments=rule_fragments())}


def _job_policies(policy: Policy) -> list[Manifest]:
    issued = f'and {_ON} ({ENVOY}) (eq .Values.global.mesh.certificates.provider "chart")'
    (bff,) = (part.name for part in policy.parts if part.kind == "bff")
    egress = {
        "migration": ([*DNS, *DATABASE], _ON),
        "certificates": ([*DNS, *to_outside("kubernetesApi")], issued),
        "seed": ([*DNS, *INGRESS], f"and {_ON} .Values.seed.enabled"),
        "test": ([*DNS, *to_callees(policy, bff), *INGRESS, *CONTROL_PLANE], _ON),
    }
    return [
        network_policy(name, _labelled("component", name), [], rules, condition)
        for name, (rules, condition) in egress.items()
    ]


def _labelled(label: str, value: str) -> Config:
    instance = {"app.kubernetes.io/instance": helm(".Release.Name | quote")}
    return {"matchLabels": {**instance, f"app.kubernetes.io/{label}": value}}
