"""Writes docs/who-calls-whom.md from the call policy and the contract."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from bunmart_mesh.policy import Policy, load_policy

PAGE = Path(__file__).parents[3] / "docs" / "who-calls-whom.md"
"""The page of this repository."""

_COMMAND = "python -m bunmart_mesh.docs"
_INTRODUCTION = f"""\
# Who calls whom

Generated from `mesh/policy.yaml` by `{_COMMAND}`; a test fails when it is stale.
The sidecars enforce exactly this: a call that is not in the tables is denied, and no application sees it.
"""
_RETRIES = """\
The caller's sidecar sends a request again when it was never delivered. RPCs marked ↻ may be repeated
(`idempotency_level` in `proto/`), so they are also sent again after UNAVAILABLE or a broken connection.
"""
_INGRESS = """\
What the edge forwards, unchanged, from browsers and Stripe. It refuses an invalid access token except where
that is `ignored`; `expected` means that the service answers nobody without one. Roles and ownership are
checked in the services.
"""


def who_calls_whom(policy: Policy) -> str:
    """Render the page as Markdown."""
    parts = [
        _INTRODUCTION,
        _diagram(policy),
        "## gRPC between services\n",
        _RETRIES,
        _table(("Caller", "Callee", "RPCs", "Why"), _grpc_rows(policy)),
        "## REST between parts\n",
        _table(("Caller", "Callee", "Routes", "Why"), _rest_rows(policy)),
        "## Ingress\n",
        _INGRESS,
        _table(("Part", "Prefix", "Access token"), _ingress_rows(policy)),
    ]
    return "\n".join(parts)


def _diagram(policy: Policy) -> str:
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {call.caller} -->|"{"<br/>".join(call.rpcs)}"| {call.callee}' for call in policy.grpc]
    lines += [f"  {call.caller} -.->|REST| {call.callee}" for call in policy.rest]
    lines += [f"  {policy.edge} ==> {name}" for name in policy.callees(policy.edge)]
    return "\n".join([*lines, "```", ""])


def _grpc_rows(policy: Policy) -> Iterable[tuple[str, ...]]:
    for call in policy.grpc:
        rpcs = policy.rpcs(call.caller, call.callee)
        names = ", ".join(f"`{rpc.name}`{' ↻' if rpc.repeatable else ''}" for rpc in rpcs)
        yield call.caller, call.callee, names, call.why


def _rest_rows(policy: Policy) -> Iterable[tuple[str, ...]]:
    for call in policy.rest:
        routes = ", ".join(f"`{'/'.join(call.methods)} {path}`" for path in call.paths)
        yield call.caller, call.callee, routes, call.why


def _ingress_rows(policy: Policy) -> Iterable[tuple[str, ...]]:
    return ((entry.part, f"`{entry.prefix}`", entry.jwt) for entry in policy.ingress)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main(arguments: Iterable[str] | None = None) -> None:
    """Write docs/who-calls-whom.md, or check that it is current."""
    parser = argparse.ArgumentParser(prog=_COMMAND, description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    given = parser.parse_args(None if arguments is None else list(arguments))
    text = who_calls_whom(load_policy())
    if not given.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE} is stale: run `{_COMMAND}`")


if __name__ == "__main__":
    main()
