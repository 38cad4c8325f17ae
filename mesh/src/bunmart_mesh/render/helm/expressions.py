"""Values that only Helm knows: a Go template expression passes the YAML writer as a word without quotes."""

import re

import msgspec

from bunmart_mesh.policy import Policy

GENERATED = "{{- /* Generated from mesh/policy.yaml and proto/ by `make mesh`; never edit. */ -}}\n"
"""The first line of every generated template."""

_WORD = re.compile(r"HELMx([0-9a-f]+)x")
_VARIABLES = """\
{{- $trust := include "bunmart.trustDomain" . -}}
{{- $ns := .Release.Namespace -}}
{{- $domain := .Values.global.clusterDomain -}}
"""


def helm(expression: str) -> str:
    """Return a word that stands for the result of a Go template expression, alone or within a text.

    A result that may be no plain YAML scalar is quoted by the expression itself.
    """
    return f"HELMx{expression.encode().hex()}x"


def expand(text: str) -> str:
    """Replace the words by the expressions for which they stand.

    Raises:
        ValueError: The text would be taken for a template where it is none.
    """
    if "{{" in text:
        raise ValueError("a configuration must not contain '{{'")
    return _WORD.sub(lambda found: _action(bytes.fromhex(found[1]).decode()), text)


def _action(expression: str) -> str:
    return f"{{{{{expression} }}}}" if expression.startswith("-") else f"{{{{ {expression} }}}}"


TRUST_DOMAIN = helm("$trust")
NAMESPACE = helm("$ns")
CLUSTER_DOMAIN = helm("$domain")


def parameterized(policy: Policy) -> Policy:
    """Return the policy with the trust domain and the namespace of the release instead of its own."""
    return msgspec.structs.replace(policy, trust_domain=TRUST_DOMAIN, namespace=NAMESPACE)


def define(name: str, text: str) -> str:
    """Write a named template, in which ``$trust``, ``$ns`` and ``$domain`` are known.

    Args:
        name: The name by which ``include`` finds it.
        text: YAML, perhaps with words of ``helm``.
    """
    body = expand(text)
    variables = _VARIABLES if body != text else ""
    return f'{{{{- define "{name}" -}}}}\n{variables}{body}{{{{- end }}}}\n'
