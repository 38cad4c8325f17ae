"""Secrets and ConfigMaps as documents, changed under optimistic concurrency."""

import base64
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import ConfigMap, Secret
from lightkube.types import PatchType

Documents = Mapping[str, bytes]
Change = Callable[[Documents], Documents]

_CONFLICTS = 50
_PAUSE_SECONDS = 0.2


class IssuerError(Exception):
    """Something in the cluster is not as the chart makes it; the text says what."""


@dataclass(frozen=True)
class Ref:
    """A named object."""

    namespace: str
    name: str
    kind: type[Secret | ConfigMap] = Secret

    def __str__(self) -> str:
        return f"{self.kind.__name__} {self.namespace}/{self.name}"


class ClusterObjects:
    """Reads and changes named objects of a cluster.

    Args:
        client: Needs the right to get and patch the objects, nothing more.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, ref: Ref) -> Documents:
        """Return what an object holds.

        Raises:
            IssuerError: It does not exist, or we may not read it.
        """
        return self._get(ref)[0]

    def edit(self, ref: Ref, change: Change) -> tuple[Documents, bool]:
        """Replace what an object holds by what the change makes of it.

        The write takes effect only if nobody wrote since the read; otherwise the change runs again on what is
        there then.

        Returns:
            What the object holds now, and whether this call changed it.

        Raises:
            IssuerError: It does not exist, we may not change it, or others kept changing it.
        """
        for _ in range(_CONFLICTS):
            held, version = self._get(ref)
            wanted = change(held)
            if wanted == held:
                return held, False
            try:
                self._patch(ref, version, _difference(held, wanted, ref.kind))
            except ApiError as error:
                if error.status.code != HTTPStatus.CONFLICT:
                    raise _explained(error, "patch", ref) from error
                time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - spreads writers, no secret
            else:
                return wanted, True
        raise IssuerError(f"{ref} was changed by others {_CONFLICTS} times in a row.")

    def fill(self, ref: Ref, makers: Mapping[str, Callable[[], str]]) -> tuple[Documents, bool]:
        """Make the values that an object lacks; what is there stays.

        Returns:
            As ``edit``.

        Raises:
            IssuerError: As ``edit``.
        """

        def change(held: Documents) -> Documents:
            lacking = {key: make().encode() for key, make in makers.items() if not held.get(key)}
            return {**held, **lacking}

        return self.edit(ref, change)

    def _get(self, ref: Ref) -> tuple[Documents, str]:
        try:
            found: Any = self._client.get(ref.kind, ref.name, namespace=ref.namespace)
        except ApiError as error:
            raise _explained(error, "get", ref) from error
        data: dict[str, str] = found.data or {}
        decode = base64.b64decode if ref.kind is Secret else str.encode
        return {key: decode(value) for key, value in data.items()}, found.metadata.resourceVersion

    def _patch(self, ref: Ref, version: str, data: dict[str, str | None]) -> None:
        body = {"metadata": {"resourceVersion": version}, "data": data}
        self._client.patch(ref.kind, ref.name, body, namespace=ref.namespace, patch_type=PatchType.MERGE)


def _difference(held: Documents, wanted: Documents, kind: type[Secret | ConfigMap]) -> dict[str, str | None]:
    changed = {key: value for key, value in wanted.items() if held.get(key) != value}
    texts = {
        key: base64.b64encode(value).decode() if kind is Secret else value.decode()
        for key, value in changed.items()
    }
    return {**texts, **dict.fromkeys(held.keys() - wanted.keys())}


def _explained(error: ApiError, verb: str, ref: Ref) -> IssuerError:
    if error.status.code == HTTPStatus.NOT_FOUND:
        return IssuerError(f"{ref} does not exist: the chart makes it empty, this program only fills it.")
    if error.status.code == HTTPStatus.FORBIDDEN:
        return IssuerError(f"The service account may not {verb} {ref}: {error.status.message}")
    return IssuerError(f"Could not {verb} {ref}: {error.status.message or error}")
