"""The table of rights beside this file, the people of its columns, and what a denied request must not touch.

``rights.csv`` has a row for each operation of each OpenAPI document and a letter for each person:

- ``y``: the person may. The answer is no refusal of a right.
- ``n``: the person may not. Without a sign-in that holds the answer is 401, otherwise 403 or 404.

A row with a variant is about one way to use an operation. ``rights.yaml`` has the requests.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import yaml
from bunmart.user.v1.user_pb2 import (
    CheckAccessRequest,
    CheckAccessResponse,
    EndedAccess,
    ListEndedAccessResponse,
)
from bunmart_chassis.storage import Database

from tests.support import FakePeers, Tokens

FOLDER = Path(__file__).parent
PEOPLE = ("anonymous", "customer", "other", "kitchen", "driver", "admin", "dismissed", "deactivated")
SIGNED_OUT = frozenset({"anonymous", "dismissed", "deactivated", "leaving"})
"""Those whose denial is 401. ``leaving`` was dismissed a moment ago, and only the user service knows."""
ROLES = {"kitchen": "kitchen", "driver": "driver", "admin": "admin", "dismissed": "admin", "leaving": "admin"}
"""The role that a token names; all others are customers."""
ASKED_BY_GUARDS = frozenset({"UserService.CheckAccess", "UserService.ListEndedAccess"})
"""A denied request calls nobody else."""
VERSION = 1
"""The version of credentials in all tokens."""


class Row(NamedTuple):
    """A row of the table.

    Attributes:
        service: The service.
        operation: The operation id of its OpenAPI document.
        variant: Which way to use it; empty for the usual one.
        letters: ``y`` or ``n`` by person.
    """

    service: str
    operation: str
    variant: str
    letters: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of its request in ``rights.yaml``."""
        return f"{self.operation} {self.variant}".strip()

    def people(self, letter: str) -> Iterator[str]:
        """Yield the people with a letter."""
        return (person for person in PEOPLE if self.letters[person] == letter)


def rows_of(service: str) -> list[Row]:
    """Read the rows of a service; a letter that means nothing is an AssertionError."""
    with (FOLDER / "rights.csv").open() as file:
        found = [
            Row(line.pop("service"), line.pop("operation"), line.pop("variant"), line)
            for line in csv.DictReader(file)
        ]
    for row in found:
        assert tuple(row.letters) == PEOPLE, row
        assert set(row.letters.values()) <= {"y", "n"}, row
    assert len({row[:3] for row in found}) == len(found)
    return [row for row in found if row.service == service]


def requests_of(service: str) -> dict[str, dict[str, Any]]:
    """Read the requests of a service: what is to be sent beside the path, by the name of the row."""
    return yaml.safe_load((FOLDER / "rights.yaml").read_text()).get(service) or {}


class Operation(NamedTuple):
    """An operation of an OpenAPI document; ``path`` has its parameters in braces."""

    method: str
    path: str

    @property
    def changes(self) -> bool:
        """True when it may change something."""
        return self.method != "GET"


def operations_of(document: dict[str, Any]) -> dict[str, Operation]:
    """Return the operations of an OpenAPI document by their ids."""
    return {
        operation["operationId"]: Operation(method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def fill(value: Any, things: Mapping[str, Any]) -> Any:
    """Put things into the braces of a value of ``rights.yaml``; a name that nobody made is a KeyError."""
    if isinstance(value, str):
        return value.format_map(things)
    if isinstance(value, dict):
        return {key: fill(each, things) for key, each in value.items()}
    return [fill(each, things) for each in value] if isinstance(value, list) else value


class People:
    """The people of the columns: their ids, their tokens, and what the user service says about them.

    Attributes:
        ids: Their ids by name; the customer has another one in each allowed cell.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.ids: dict[str, UUID] = {name: uuid4() for name in (*PEOPLE, "leaving") if name != "anonymous"}

    def headers(self, person: str, owner: UUID) -> dict[str, str]:
        """Return the headers of a person; the customer is the owner of the things."""
        if person == "anonymous":
            return {}
        user_id = owner if person == "customer" else self.ids[person]
        token = self._tokens.token(ROLES.get(person, "customer"), user_id, cv=VERSION)
        return {"authorization": f"Bearer {token}"}

    def tell(self, peers: FakePeers) -> None:
        """Let the user service say whose access ended, and that all other staff may do what it could."""
        peers.answer("ListEndedAccess", ListEndedAccessResponse(ended=[*self._ended()]))
        peers.answer("CheckAccess", self._check)

    def _ended(self) -> Iterator[EndedAccess]:
        for person in ("dismissed", "deactivated"):
            entry = EndedAccess(user_id=str(self.ids[person]), credentials_version=VERSION + 1)
            entry.ended_at.FromDatetime(datetime.now(UTC))
            entry.expires_at.FromDatetime(datetime.now(UTC) + timedelta(minutes=15))
            yield entry

    def _check(self, request: CheckAccessRequest) -> CheckAccessResponse:
        staff = {str(self.ids[name]): name for name in ("kitchen", "driver", "admin")}
        name = staff.get(request.user_id)
        return CheckAccessResponse(active=name is not None, roles=[name] if name else [])


class Rows:
    """The content of all tables of a service.

    Left out are the schedules and counts of the job queue, which its worker writes on its own.
    """

    _NAMES = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
        "AND tablename NOT IN ('pgqueuer_schedules', 'pgqueuer_statistics') ORDER BY tablename"
    )

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statement = ""

    async def read(self) -> dict[str, tuple[int, str]]:
        """Return the number of rows and the digest of their texts, by table."""
        if not self._statement:
            names = [row["tablename"] for row in await self._database.fetch(self._NAMES)]
            self._statement = " UNION ALL ".join(
                f"SELECT '{name}' AS name, count(*) AS rows, "
                f"md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) AS digest FROM {name} t"
                for name in names
            )
        return {
            row["name"]: (row["rows"], row["digest"]) for row in await self._database.fetch(self._statement)
        }
