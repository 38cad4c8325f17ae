"""The lists that are written by hand and name every service: what goes where for a new one."""

import re
from pathlib import Path
from typing import NamedTuple

from bunmart_mesh.policy import Policy, load_policy

from tools.new_service.names import Names

FIRST_DEBUG_PORT = 5700


class Insertion(NamedTuple):
    """A text that goes into a file.

    Attributes:
        path: The file, from the root of the tree.
        after: A pattern; the text goes after each match. A lookahead makes that the place before something.
        text: What goes in; it may refer to groups of the pattern.
        many: True where the pattern matches more than once.
    """

    path: str
    after: str
    text: str
    many: bool = False


class ListChangedError(Exception):
    """A file no longer looks as expected; the text names it."""


def insert(text: str, insertion: Insertion) -> str:
    """Return the text with the insertion.

    Raises:
        ListChangedError: The place is not there, or there is more than one.
    """
    pattern = re.compile(insertion.after, re.MULTILINE)
    found = len(pattern.findall(text))
    if found == 0 or (found > 1 and not insertion.many):
        raise ListChangedError(
            f"{insertion.path}: {found} places match {insertion.after!r}; one is expected."
        )
    return pattern.sub(lambda match: match[0] + match.expand(insertion.text), text)


_USER_RPCS = "rpcs: [ValidateUser, CheckAccess, ListEndedAccess]"


def insertions(names: Names, root: Path) -> list[Insertion]:
    """Return everything that names the new service outside its own files."""
    policy = load_policy(root / "mesh" / "policy.yaml")
    return [
        *_packages(names, policy),
        *_policy(names, policy),
        *_chart(names, root),
        *_other_charts(names, policy),
        *_skaffold(names, root),
        *_expectations(names),
        *_rights(names, policy),
        *_documents(names, policy),
    ]


def _last_service(policy: Policy) -> str:
    return [part.name for part in policy.parts if part.kind == "service"][-1]


def _packages(names: Names, policy: Policy) -> list[Insertion]:
    name, last = names.name, _last_service(policy)
    pyproject = f"services/{name}/pyproject.toml services/{name}/"
    return [
        Insertion("pyproject.toml", rf'^    "bunmart-{last}",\n', f'    "bunmart-{name}",\n'),
        Insertion("pyproject.toml", rf"^bunmart-{last} = .*\n", f"bunmart-{name} = {{ workspace = true }}\n"),
        Insertion(
            ".importlinter", rf"^    bunmart_{last}((?:\.\w+)?)\n", rf"    bunmart_{name}\1\n", many=True
        ),
        Insertion("Dockerfile", rf"^COPY services/{last}/pyproject\.toml .*\n", f"COPY {pyproject}\n"),
        Insertion("bff/src/bunmart_bff/settings.py", rf'^        "{last}",\n', f'        "{name}",\n'),
    ]


def _policy(names: Names, policy: Policy) -> list[Insertion]:
    name, path = names.name, "mesh/policy.yaml"
    user = (
        "user",
        _USER_RPCS,
        f"Before {names.article} {names.noun} is created; whether access still holds.",
    )
    document = ("methods: [GET]", "paths: [/schema/openapi.json]", "The merged API document.")
    prefixes = (f"/api/{names.plural}", f"/api/ops/{name}")
    return [
        Insertion(path, rf"^  - \{{name: {policy.names[-1]}, .*\n", f"  - {{name: {name}, kind: service}}\n"),
        Insertion(path, r"\n(?=\n# REST between parts)", _call(name, *user)),
        Insertion(path, r"\n(?=\n# What the edge forwards)", _call("bff", name, *document)),
        Insertion(
            path,
            r"^ingress:\n(?:  .*\n)*?(?=  - \{part: bff,)",
            "".join(f"  - {{part: {name}, prefix: {prefix}, jwt: expected}}\n" for prefix in prefixes),
        ),
    ]


def _call(caller: str, callee: str, *lines: str) -> str:
    *grants, why = lines
    return "".join(
        f"{line}\n"
        for line in (
            f"  - caller: {caller}",
            f"    callee: {callee}",
            *(f"    {grant}" for grant in grants),
            f"    why: {why}",
        )
    )


def _chart(names: Names, root: Path) -> list[Insertion]:
    name, chart = names.name, "charts/bunmart"
    values = (root / chart / "values.yaml").read_text()
    user = max(int(each) for each in re.findall(r"runAsUser: (10\d{3})\b", values)) + 1
    schema = f"{chart}/values.schema.json"
    about = "Its values are those of charts/service, whose schema checks them."
    return [
        Insertion(
            f"{chart}/Chart.yaml",
            r"(?=^  - \{name: service, alias: bff,)",
            f"  - {{name: service, alias: {name}, version: 0.1.0, repository: file://../service,"
            f" condition: {name}.enabled}}\n",
        ),
        Insertion(
            f"{chart}/values.yaml",
            r"(?=^bff:\n)",
            f"{name}:\n  enabled: true\n  podSecurityContext: {{runAsUser: {user}}}\n\n",
        ),
        Insertion(
            schema,
            r'(?=^    "bff": \{\n)',
            f'    "{name}": {{\n      "description": "{names.plural.capitalize()} of customers. {about}",\n'
            '      "$ref": "#/$defs/umbrellaPart"\n    },\n',
        ),
        Insertion(schema, r'(?="bff"\s*\],\s*"properties")', f'"{name}", '),
        Insertion(
            schema,
            r'(?=^      "bff": \{"\$ref": "#/\$defs/umbrellaAbsent"\})',
            f'      "{name}": {{"$ref": "#/$defs/umbrellaAbsent"}},\n',
        ),
        Insertion(f"{chart}/examples/dev.yaml", r"(?=^bff: \*service\n)", f"{name}: *service\n"),
        Insertion(
            f"{chart}/examples/external-databases.yaml",
            r"(?=^\ningress:\n)",
            f"{name}:\n  database: {{<<: *database, secretName: {name}-postgres}}\n",
        ),
        Insertion(
            f"{chart}/examples/istio-production.yaml",
            r"(?=^bff:\n)",
            f"{name}:\n  <<: *service\n  database: {{<<: *database, secretName: {name}-db-app}}\n",
        ),
        Insertion(
            "tests/cluster/values.yaml",
            r"(?=^bff: )",
            f"{name}: {{podSecurityContext: {{runAsUser: {user}}}}}\n",
        ),
    ]


def _other_charts(names: Names, policy: Policy) -> list[Insertion]:
    name, last = names.name, _last_service(policy)
    about = f"The cluster of the {name} service; what it says goes before cluster."
    return [
        Insertion("charts/databases/values.yaml", rf"^  {last}: \{{.*\n", f"  {name}: {{enabled: true}}\n"),
        Insertion(
            "charts/databases/values.schema.json",
            rf'^        "{last}": \{{\n.*\n.*\n        \}}',
            f',\n        "{name}": {{\n          "description": "{about}",\n'
            '          "$ref": "#/$defs/service"\n        }',
        ),
        Insertion("charts/development/values.yaml", r"^services: \[[^\]]*", f", {name}"),
        Insertion("charts/development/values.schema.json", r'"enum": \[\s*"product",[^\]]*"', f', "{name}"'),
    ]


def _skaffold(names: Names, root: Path) -> list[Insertion]:
    name, path = names.name, "skaffold.yaml"
    forward = "      - {resourceType: deployment, resourceName: "
    port = FIRST_DEBUG_PORT + (root / path).read_text().count(forward)
    image = f"{{{{.IMAGE_%s_bunmart_{name}}}}}"
    return [
        Insertion(path, r"(?=^  - path: bff\n)", f"  - path: services/{name}\n"),
        Insertion(
            path,
            r"(?=^          bff\.image\.repository)",
            f'          {name}.image.repository: "{image % "REPO"}"\n'
            f'          {name}.image.tag: "{image % "TAG"}"\n',
        ),
        Insertion(
            path,
            rf"(?:^{re.escape(forward)}.*\n)+",
            f"{forward}{name}, namespace: bunmart, port: 5678, localPort: {port}}}\n",
        ),
        Insertion("k8s/values/debug.yaml", r"(?=^bff: )", f"{name}: *patient\n"),
        Insertion("docs/kubernetes.md", r"\b57\d\d\s\(bff\)(?:,\s57\d\d\s\(\w+\))*", f", {port} ({name})"),
    ]


def _expectations(names: Names) -> list[Insertion]:
    name = names.name
    return [
        Insertion(
            "tests/mesh/test_policy.py",
            r"^SUMMARY = \{\n(?:    .*\n)+",
            f'    ("{name}", "user"): {{"ValidateUser", *ACCESS}},\n',
        ),
        Insertion("tests/e2e/test_system.py", r"^    optional = \{[^}]*", f', ("{name}", "user")'),
        Insertion(
            "dev/src/bunmart_dev/demo/verdict.py",
            r"^OPTIONAL = \{\n(?:    .*\n)+",
            f'    ("{name}", "user", "ValidateUser"): "the order does without it",\n',
        ),
    ]


def _rights(names: Names, policy: Policy) -> list[Insertion]:
    """Return the rows of the table of rights, and the thing that the requests of the tests are about."""
    name, noun, last, folder = names.name, names.noun, _last_service(policy), "tests/contract"
    signed_in, owner, admin = "n,y,y,y,y,y,n,n", "n,y,n,n,n,y,n,n", "n,n,n,n,n,y,n,n"
    a, many = noun.capitalize(), names.plural.capitalize()
    letters = {f"Create{a}": signed_in, f"List{many}": signed_in}
    letters |= {f"{verb}{a}": owner for verb in ("Get", "Change", "Close", "Delete")}
    letters |= {"ListHeldJobs": admin, "RedriveHeldJob": admin}
    rows = "".join(f"{name},{operation},,{each}\n" for operation, each in letters.items())
    body = f"{{json: {{title: A {noun}}}}}"
    maker = f"""async def _{name}(things: Things, owner: UUID, _: int) -> dict[str, Any]:
    made = await things.insert("{names.plural}", user_id=owner, title="Mine", status="OPEN")
    return {{"{noun}_id": made}}


"""
    return [
        Insertion(f"{folder}/rights.csv", rf"^{last},RedriveHeldJob,.*\n", rows),
        Insertion(f"{folder}/rights.yaml", r"\Z", f"{name}:\n  Create{a}: {body}\n  Change{a}: {body}\n"),
        Insertion(f"{folder}/rights_things.py", r"^(?=_MAKERS: )", maker),
        Insertion(f"{folder}/rights_things.py", rf'^    "{last}": _{last},\n', f'    "{name}": _{name},\n'),
    ]


def _documents(names: Names, policy: Policy) -> list[Insertion]:
    name, architecture = names.name, "docs/architecture.md"
    index = len(policy.names)
    return [
        Insertion(architecture, r"^\| index(?: \| \d+)+", f" | {index}"),
        Insertion(architecture, r"^\| index.*\n\|(?:---\|)+", "---|"),
        Insertion(architecture, r"^\| part(?: \| \w+)+(?= \|\n)(?=.*\n\n\| offset)", f" | {name}"),
        Insertion(architecture, r"(?=^\| bff \| `/api/views)", f"| {name} | `/api/{names.plural}` |\n"),
        Insertion("docs/kubernetes-production.md", r"^for part in product[^;]*(?= bff envoy)", f" {name}"),
        Insertion(
            "proto/bunmart/user/v1/user.proto",
            r"^  // Callers: cart \(binding a cart\)(?:[^.]|\n)*(?=\.\n)",
            f",\n  // {name} (creating {names.article} {names.noun})",
        ),
    ]
