"""A small API server: named Secrets and ConfigMaps, optimistic concurrency, and rights by name."""

import base64
import binascii
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str, str, str]
"""Namespace, plural and name."""

_KINDS = {"secrets": "Secret", "configmaps": "ConfigMap"}
_TOKEN = "the-job's-token"


class ApiRefusalError(Exception):
    """What the server answers instead."""

    def __init__(self, code: HTTPStatus, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


@dataclass
class FakeApiServer:
    """Objects by name; ``before`` is called with verb and key while nothing is locked, and may raise."""

    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    allowed: set[Key] = field(default_factory=set)
    before: Callable[[str, Key], None] = lambda _verb, _key: None
    requests: list[tuple[str, Key]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _version: int = 0

    def add(self, namespace: str, plural: str, name: str, data: dict[str, str] | None = None) -> None:
        """Make an object as a chart does, and let the Job get and patch it; Secrets in base64."""
        key = (namespace, plural, name)
        self.allowed.add(key)
        self._store(key, {"data": data} if data else {})

    def secret(self, namespace: str, name: str) -> dict[str, bytes]:
        """Return what a Secret holds."""
        data = self.objects[namespace, "secrets", name].get("data") or {}
        return {key: base64.b64decode(value) for key, value in data.items()}

    def set_secret(self, namespace: str, name: str, data: dict[str, bytes]) -> None:
        """Write a Secret as an administrator does."""
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        self._store((namespace, "secrets", name), {"data": encoded})

    def config_map(self, namespace: str, name: str) -> dict[str, str]:
        """Return what a ConfigMap holds."""
        data: dict[str, str] = self.objects[namespace, "configmaps", name].get("data") or {}
        return data

    def _store(self, key: Key, content: dict[str, Any]) -> dict[str, Any]:
        self._version += 1
        namespace, plural, name = key
        metadata = {"name": name, "namespace": namespace, "resourceVersion": str(self._version)}
        self.objects[key] = {**content, "apiVersion": "v1", "kind": _KINDS[plural], "metadata": metadata}
        return self.objects[key]

    def serve(self, verb: str, key: Key, patch: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer one request.

        Raises:
            ApiRefusalError: The rights, the names or the versions do not allow it.
        """
        self.requests.append((verb, key))
        self.before(verb, key)
        with self._lock:
            if key not in self.allowed:
                raise ApiRefusalError(HTTPStatus.FORBIDDEN, "Forbidden", f"cannot {verb} {'/'.join(key)}")
            if key not in self.objects:
                raise ApiRefusalError(HTTPStatus.NOT_FOUND, "NotFound", f"{'/'.join(key)} not found")
            held = self.objects[key]
            if patch is None:
                return held
            version = patch.get("metadata", {}).pop("resourceVersion", None)
            if version not in (None, held["metadata"]["resourceVersion"]):
                raise ApiRefusalError(HTTPStatus.CONFLICT, "Conflict", "the object has been modified")
            merged = merge(held, patch)
            if key[1] == "secrets":
                _check_base64(merged.get("data", {}))
            return held if merged == held else self._store(key, {"data": merged.get("data", {})})


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def _check_base64(data: dict[str, str]) -> None:
    try:
        for value in data.values():
            base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ApiRefusalError(
            HTTPStatus.BAD_REQUEST, "BadRequest", f"illegal base64 data: {error}"
        ) from error


class _Handler(BaseHTTPRequestHandler):
    api: FakeApiServer

    def do_GET(self) -> None:
        self._answer("get", None)

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer("patch", body)

    def _answer(self, verb: str, patch: dict[str, Any] | None) -> None:
        try:
            code, answer = HTTPStatus.OK, self.api.serve(verb, self._key(patch), patch)
        except ApiRefusalError as refusal:
            code = refusal.code
            answer = {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": refusal.message,
                "reason": refusal.reason,
                "code": refusal.code.value,
            }
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _key(self, patch: dict[str, Any] | None) -> Key:
        if self.headers["Authorization"] != f"Bearer {_TOKEN}":
            raise ApiRefusalError(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized")
        if patch is not None and self.headers["Content-Type"] != "application/merge-patch+json":
            raise ApiRefusalError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", "not a merge patch"
            )
        path = self.path.partition("?")[0].strip("/").split("/")
        if len(path) != 6 or path[:3] != ["api", "v1", "namespaces"]:
            raise ApiRefusalError(HTTPStatus.NOT_FOUND, "NotFound", self.path)
        return path[3], path[4], path[5]

    def log_message(self, *_: Any) -> None:
        pass


def start(api: FakeApiServer, kubeconfig: Path, namespace: str) -> ThreadingHTTPServer:
    """Serve on a free port, and write a kubeconfig whose user has the Job's rights."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    names = {"cluster": "fake", "user": "job", "namespace": namespace}
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "current-context": "fake",
                "contexts": [{"name": "fake", "context": names}],
                "clusters": [
                    {"name": "fake", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
                ],
                "users": [{"name": "job", "user": {"token": _TOKEN}}],
            }
        )
    )
    return server
