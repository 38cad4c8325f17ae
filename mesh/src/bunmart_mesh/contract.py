"""The RPCs of a service and their idempotency levels, read from the generated descriptors."""

import enum
import importlib
from dataclasses import dataclass
from functools import cache

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions


class ContractError(LookupError):
    """A service or an RPC is not in the contract."""


class Idempotency(enum.Enum):
    """``idempotency_level`` of an RPC (google/protobuf/descriptor.proto)."""

    UNKNOWN = MethodOptions.IDEMPOTENCY_UNKNOWN
    NO_SIDE_EFFECTS = MethodOptions.NO_SIDE_EFFECTS
    IDEMPOTENT = MethodOptions.IDEMPOTENT


@dataclass(frozen=True)
class Rpc:
    """One RPC of the contract."""

    service: str
    """The full name, ``bunmart.order.v1.OrderService``."""
    name: str
    idempotency: Idempotency

    @property
    def path(self) -> str:
        """The HTTP/2 path, ``/bunmart.order.v1.OrderService/GetOrder``."""
        return f"/{self.service}/{self.name}"

    @property
    def repeatable(self) -> bool:
        """True when a second execution of the same request changes nothing more."""
        return self.idempotency is not Idempotency.UNKNOWN


@dataclass(frozen=True)
class ServiceContract:
    """The one gRPC service in the package ``bunmart.<name>.v1``."""

    full_name: str
    rpcs: tuple[Rpc, ...]

    def rpc(self, name: str) -> Rpc:
        """Return the RPC of that name.

        Raises:
            ContractError: There is none.
        """
        for rpc in self.rpcs:
            if rpc.name == name:
                return rpc
        known = ", ".join(rpc.name for rpc in self.rpcs)
        raise ContractError(f"{self.full_name} has no RPC {name!r}; it has {known}")


@cache
def contract_of(service: str) -> ServiceContract:
    """Return the contract of a service by its bare name, ``order``.

    Raises:
        ContractError: There is no generated code for it.
    """
    module = f"bunmart.{service}.v1.{service}_pb2"
    try:
        file: FileDescriptor = importlib.import_module(module).DESCRIPTOR
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ContractError(f"there is no contract {module}") from error
    (descriptor,) = file.services_by_name.values()
    rpcs = tuple(_rpc(descriptor.full_name, method) for method in descriptor.methods)
    return ServiceContract(descriptor.full_name, rpcs)


def _rpc(service: str, method: MethodDescriptor) -> Rpc:
    return Rpc(service, method.name, Idempotency(method.GetOptions().idempotency_level))
