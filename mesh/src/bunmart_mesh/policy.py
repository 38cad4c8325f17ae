"""The call policy: reads ``mesh/policy.yaml`` into types and refuses whatever does not fit the contract."""

from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from bunmart_mesh.contract import ContractError, Rpc, contract_of

POLICY_FILE = Path(__file__).with_name("policy.yaml")
"""The policy of this repository: a link to ``mesh/policy.yaml``, of which a wheel has a copy."""

_NEVER_THROUGH_THE_EDGE = ("/health", "/metrics")

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]
Path_ = Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9._-]+)+(/\*)?$")]
Prefix = Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9._-]+)+$")]
Reason = Annotated[str, msgspec.Meta(min_length=1)]
Kind = Literal["service", "bff", "edge"]
Jwt = Literal["ignored", "optional", "expected"]
Item = TypeVar("Item", bound=Hashable)
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class PolicyError(ValueError):
    """The policy is not acceptable; the text names the place and what is wrong with it."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of the file; an unknown key is an error."""


class Part(_Strict, frozen=True):
    """Something with a mesh identity of its own."""

    name: Name
    kind: Kind


class GrpcCall(_Strict, frozen=True):
    """RPCs of the callee that the caller may use."""

    caller: Name
    callee: Name
    rpcs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    why: Reason


class RestCall(_Strict, frozen=True):
    """REST routes of the callee that the caller may use; ``/x/*`` is ``/x`` and everything below it."""

    caller: Name
    callee: Name
    methods: Annotated[tuple[Method, ...], msgspec.Meta(min_length=1)]
    paths: Annotated[tuple[Path_, ...], msgspec.Meta(min_length=1)]
    why: Reason


class Ingress(_Strict, frozen=True):
    """A prefix that the edge forwards to a part, and what it does with an access token."""

    part: Name
    prefix: Prefix
    jwt: Jwt


class Policy(_Strict, frozen=True):
    """The calls that parts may make of each other. Every other call is denied."""

    trust_domain: Name
    namespace: Name
    parts: tuple[Part, ...]
    grpc: tuple[GrpcCall, ...]
    rest: tuple[RestCall, ...]
    ingress: tuple[Ingress, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All parts, in the order of the file."""
        return tuple(part.name for part in self.parts)

    @property
    def calls(self) -> tuple[GrpcCall | RestCall, ...]:
        """The permitted calls between parts, without those that the edge forwards."""
        return (*self.grpc, *self.rest)

    @property
    def edge(self) -> str:
        """The name of the ingress."""
        return next(part.name for part in self.parts if part.kind == "edge")

    def kind(self, name: str) -> Kind:
        """Return the kind of a part.

        Raises:
            PolicyError: There is no such part.
        """
        for part in self.parts:
            if part.name == name:
                return part.kind
        raise PolicyError(f"there is no part {name!r}; there are {', '.join(self.names)}")

    def identity(self, name: str) -> str:
        """The SPIFFE id of a part, as its certificate carries it."""
        return f"spiffe://{self.trust_domain}/ns/{self.namespace}/sa/{name}"

    def callees(self, caller: str) -> tuple[str, ...]:
        """Return the parts that a part may call over gRPC or REST; the edge calls those it forwards to."""
        found = {call.callee for call in self.calls if call.caller == caller}
        if caller == self.edge:
            found |= {entry.part for entry in self.ingress}
        return tuple(name for name in self.names if name in found)

    def callers(self, callee: str) -> tuple[str, ...]:
        """Return the parts that may call a part in any way."""
        return tuple(name for name in self.names if callee in self.callees(name))

    def rpcs(self, caller: str, callee: str) -> tuple[Rpc, ...]:
        """The RPCs that a pair is granted."""
        contract = contract_of(callee) if self.kind(callee) == "service" else None
        return tuple(
            contract.rpc(name)
            for call in self.grpc
            if contract is not None and (call.caller, call.callee) == (caller, callee)
            for name in call.rpcs
        )

    def rest_calls(self, caller: str, callee: str) -> tuple[RestCall, ...]:
        """The REST routes that a pair is granted, without what the edge forwards."""
        return tuple(call for call in self.rest if (call.caller, call.callee) == (caller, callee))

    def prefixes(self, part: str) -> tuple[str, ...]:
        """Return the path prefixes that the edge forwards to a part."""
        return tuple(entry.prefix for entry in self.ingress if entry.part == part)


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read and check a policy.

    Raises:
        PolicyError: A field is unknown, missing or malformed; a part, service or RPC does not exist;
            something is stated twice or cannot be granted.
        OSError: The file cannot be read.
    """
    policy = _decode(path)
    problems = [*_part_problems(policy), *_call_problems(policy), *_ingress_problems(policy)]
    if problems:
        raise PolicyError(f"{path}: " + "; ".join(problems))
    return policy


def part_names(path: Path = POLICY_FILE) -> tuple[str, ...]:
    """Read the names of all parts, in the order of the file. The contract is not read, so this is fast.

    Raises:
        PolicyError: A field is unknown, missing or malformed.
        OSError: The file cannot be read.
    """
    return _decode(path).names


def _decode(path: Path) -> Policy:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Policy)
    except msgspec.DecodeError as error:
        raise PolicyError(f"{path}: {error}") from error


def _repeated(items: Iterable[Item]) -> list[Item]:
    return [item for item, times in Counter(items).items() if times > 1]


def _part_problems(policy: Policy) -> Iterable[str]:
    for name in _repeated(policy.names):
        yield f"part {name!r} is listed twice"
    if [part.kind for part in policy.parts].count("edge") != 1:
        yield "exactly one part must be the edge"
    for part in policy.parts:
        if part.kind == "service":
            try:
                contract_of(part.name)
            except ContractError as error:
                yield f"part {part.name!r}: {error}"


def _call_problems(policy: Policy) -> Iterable[str]:
    kinds = {part.name: part.kind for part in policy.parts}
    for call in policy.calls:
        where = f"{call.caller} -> {call.callee}"
        unknown = [name for name in (call.caller, call.callee) if name not in kinds]
        if unknown:
            yield f"{where}: no part {unknown[0]!r}"
        elif call.caller == call.callee:
            yield f"{where}: a part does not call itself"
        elif kinds[call.caller] == "edge" or kinds[call.callee] != "service":
            yield f"{where}: only services are called, and never by the edge (that is ingress)"
        elif isinstance(call, GrpcCall):
            yield from _rpc_problems(where, call)
    for repeated in _repeated((type(call), call.caller, call.callee) for call in policy.calls):
        yield f"a pair is listed twice: {repeated[1]} -> {repeated[2]}"


def _rpc_problems(where: str, call: GrpcCall) -> Iterable[str]:
    for name in _repeated(call.rpcs):
        yield f"{where}: {name} is listed twice"
    for name in call.rpcs:
        try:
            contract_of(call.callee).rpc(name)
        except ContractError as error:
            yield f"{where}: {error}"


def _ingress_problems(policy: Policy) -> Iterable[str]:
    kinds = {part.name: part.kind for part in policy.parts}
    for prefix in _repeated(entry.prefix for entry in policy.ingress):
        yield f"ingress: {prefix} is listed twice"
    for entry in policy.ingress:
        if kinds.get(entry.part, "edge") == "edge":
            yield f"ingress {entry.prefix}: no service or bff {entry.part!r}"
        if entry.prefix.startswith(_NEVER_THROUGH_THE_EDGE):
            yield f"ingress {entry.prefix}: never through the edge"
        for other in policy.ingress:
            if entry.part != other.part and entry.prefix.startswith(f"{other.prefix}/"):
                yield f"ingress {entry.prefix}: lies below {other.prefix} of {other.part}"
