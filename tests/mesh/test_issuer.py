"""The certificates Job: one authority, certificates that verify, and a succession that breaks no connection."""

import itertools
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("lightkube", reason="the Jobs need the extra `cluster` of bunmart-mesh")

from bunmart_mesh.issuer.__main__ import main

from tests.mesh.tls_support import Clock, Tls, shake_hands
from tests.support.kubernetes_support import ApiRefusalError, FakeApiServer, Key, start

NAMESPACE = "bunmart"
PARTS = ("order", "cart", "edge")
CA = (NAMESPACE, "secrets", "bunmart-mesh-ca")
COMMAND = ("--trust-domain", "bunmart", *(f"--part={part}" for part in PARTS))


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApiServer]:
    api = FakeApiServer()
    make_empty(api)
    kubeconfig = tmp_path / "kubeconfig"
    server = start(api, kubeconfig, NAMESPACE)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    yield api
    server.shutdown()
    server.server_close()


def make_empty(api: FakeApiServer) -> None:
    for name in ("bunmart-mesh-ca", *(f"{part}-mesh-tls" for part in PARTS)):
        api.add(NAMESPACE, "secrets", name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("authority", "renewal"):
        monkeypatch.setattr(f"bunmart_mesh.{module}.now", clock)
    return clock


def tls(api: FakeApiServer, part: str) -> Tls:
    return api.secret(NAMESPACE, f"{part}-mesh-tls")


def certificate(api: FakeApiServer, part: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(tls(api, part)["tls.crt"])


def everything(api: FakeApiServer) -> dict[str, Tls]:
    return {part: tls(api, part) for part in PARTS}


def test_every_part_gets_its_identity_and_trusts_the_others(
    api: FakeApiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(COMMAND) == 0

    assert capsys.readouterr().out == "issued: authority, order, cart, edge\n"
    for part in PARTS:
        names = certificate(api, part).extensions.get_extension_for_class(x509.SubjectAlternativeName)
        identity = x509.UniformResourceIdentifier(f"spiffe://bunmart/ns/bunmart/sa/{part}")
        assert list(names.value) == [identity]
        assert set(tls(api, part)) == {"tls.crt", "tls.key", "ca.crt"}
    for client, server in itertools.permutations(PARTS, 2):
        shake_hands(tls(api, client), tls(api, server), tmp_path)


def test_a_second_run_has_nothing_to_do(api: FakeApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    main(COMMAND)
    before = dict(api.objects)
    capsys.readouterr()

    assert main(COMMAND) == 0

    assert capsys.readouterr().out == "nothing to do: all certificates are current\n"
    assert api.objects == before


def test_only_named_objects_are_touched(api: FakeApiServer) -> None:
    main(COMMAND)

    assert {verb for verb, _ in api.requests} == {"get", "patch"}
    assert {key for _, key in api.requests} <= api.allowed


def test_a_missing_object_is_named(api: FakeApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    del api.objects[NAMESPACE, "secrets", "cart-mesh-tls"]

    assert main(COMMAND) == 1

    assert "Secret bunmart/cart-mesh-tls does not exist" in capsys.readouterr().err


def test_a_missing_right_is_named(api: FakeApiServer, capsys: pytest.CaptureFixture[str]) -> None:
    api.allowed.remove(CA)

    assert main(COMMAND) == 1

    assert "may not get Secret bunmart/bunmart-mesh-ca" in capsys.readouterr().err
    assert not api.secret(NAMESPACE, "order-mesh-tls")


@pytest.mark.parametrize("damage", ["tls.crt", "tls.key"])
def test_a_damaged_certificate_is_replaced_alone(api: FakeApiServer, damage: str, tmp_path: Path) -> None:
    main(COMMAND)
    before = everything(api)
    api.set_secret(NAMESPACE, "cart-mesh-tls", {**before["cart"], damage: b"garbage"})

    assert main(COMMAND) == 0

    after = everything(api)
    assert (after["order"], after["edge"]) == (before["order"], before["edge"])
    shake_hands(after["cart"], after["order"], tmp_path)


def test_another_identity_gets_another_certificate(api: FakeApiServer) -> None:
    main(COMMAND)
    before = api.secret(*CA[::2])

    main(("--trust-domain", "elsewhere", "--part=order"))

    assert api.secret(*CA[::2]) == before
    names = certificate(api, "order").extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert list(names.value) == [x509.UniformResourceIdentifier("spiffe://elsewhere/ns/bunmart/sa/order")]


def test_a_certificate_is_renewed_two_days_before_its_end(
    api: FakeApiServer, clock: Clock, tmp_path: Path
) -> None:
    main(COMMAND)
    first = everything(api)

    clock.advance(days=4, hours=23)
    main(COMMAND)
    assert everything(api) == first

    clock.advance(hours=2)
    main(COMMAND)
    second = everything(api)
    assert all(second[part]["tls.crt"] != first[part]["tls.crt"] for part in PARTS)
    shake_hands(first["order"], second["cart"], tmp_path, clock.now)


def test_the_old_root_stays_trusted_while_the_authority_changes(
    api: FakeApiServer, clock: Clock, tmp_path: Path
) -> None:
    """Daily runs through a succession: what two parts hold on neighbouring days, they trust each other."""
    main(COMMAND)
    clock.advance(days=325)
    main(COMMAND)
    roots = {api.secret(*CA[::2])["tls.crt"]}
    before = everything(api)
    for _ in range(50):
        clock.advance(days=1)
        assert main(COMMAND) == 0
        now = everything(api)
        if now != before:
            roots.add(api.secret(*CA[::2])["tls.crt"])
            for client, server in itertools.product(
                (before["order"], now["order"]), (before["cart"], now["cart"])
            ):
                shake_hands(client, server, tmp_path, clock.now)
        before = now
    assert len(roots) == 2
    # The old root has expired by now.
    assert len(x509.load_pem_x509_certificates(before["order"]["ca.crt"])) == 1


def test_a_successor_signs_only_after_everyone_trusts_it(api: FakeApiServer, clock: Clock) -> None:
    main(COMMAND)
    old = api.secret(*CA[::2])["tls.crt"]
    clock.advance(days=336)

    def refuse_cart(verb: str, key: Key) -> None:
        if verb == "patch" and key[2] == "cart-mesh-tls":
            raise ApiRefusalError(500, "InternalError", "the disk is full")  # type: ignore[arg-type]

    api.before = refuse_cart
    assert main(COMMAND) == 1
    clock.advance(days=1)
    assert main(COMMAND) == 1
    assert api.secret(*CA[::2])["tls.crt"] == old

    api.before = lambda _verb, _key: None
    main(COMMAND)
    assert api.secret(*CA[::2])["tls.crt"] == old
    clock.advance(minutes=59)
    main(COMMAND)
    assert api.secret(*CA[::2])["tls.crt"] == old
    clock.advance(minutes=1)
    main(COMMAND)
    assert api.secret(*CA[::2])["tls.crt"] != old


def test_an_authority_that_nobody_renewed_is_replaced_at_once(api: FakeApiServer, clock: Clock) -> None:
    main(COMMAND)
    old = api.secret(*CA[::2])["tls.crt"]

    clock.advance(days=400)
    main(COMMAND)

    assert api.secret(*CA[::2])["tls.crt"] != old
    assert tls(api, "order")["ca.crt"] == api.secret(*CA[::2])["tls.crt"]


def test_two_runs_at_once_leave_one_authority(api: FakeApiServer, tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=20)
    gets = itertools.count()

    def meet(verb: str, key: Key) -> None:
        # Both have read an empty Secret before either writes.
        if (verb, key) == ("patch", CA) and next(gets) < 2:
            both.wait()

    api.before = meet
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(main(COMMAND))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [0, 0]
    root = x509.load_pem_x509_certificate(api.secret(*CA[::2])["tls.crt"])
    for part in PARTS:
        assert x509.load_pem_x509_certificates(tls(api, part)["ca.crt"]) == [root]
        certificate(api, part).verify_directly_issued_by(root)
    shake_hands(tls(api, "order"), tls(api, "cart"), tmp_path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(min_value=1, max_value=12), max_size=4))
def test_runs_that_break_off_anywhere_are_finished_by_the_next(
    api: FakeApiServer, tmp_path: Path, ends: list[int]
) -> None:
    make_empty(api)
    for end in ends:
        remaining = itertools.count(end, -1)

        def break_off(_verb: str, _key: Key, remaining: Iterator[int] = remaining) -> None:
            if next(remaining) <= 0:
                raise ApiRefusalError(500, "InternalError", "gone")  # type: ignore[arg-type]

        api.before = break_off
        main(COMMAND)
    api.before = lambda _verb, _key: None

    assert main(COMMAND) == 0

    for client, server in itertools.permutations(PARTS, 2):
        shake_hands(tls(api, client), tls(api, server), tmp_path)


def test_a_killed_run_is_finished_by_the_next(api: FakeApiServer, tmp_path: Path) -> None:
    run = subprocess.Popen([sys.executable, "-m", "bunmart_mesh.issuer", *COMMAND], env=dict(os.environ))

    def kill(verb: str, key: Key) -> None:
        if verb == "patch" and key[2] == "cart-mesh-tls":
            run.send_signal(signal.SIGKILL)

    api.before = kill
    assert run.wait(30) == -signal.SIGKILL
    api.before = lambda _verb, _key: None
    first = api.secret(*CA[::2])["tls.crt"]

    assert main(COMMAND) == 0

    assert api.secret(*CA[::2])["tls.crt"] == first
    shake_hands(tls(api, "edge"), tls(api, "cart"), tmp_path)


def test_an_unreachable_api_server_is_an_error(
    api: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    kubeconfig = Path(os.environ["KUBECONFIG"])
    kubeconfig.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", kubeconfig.read_text()))

    assert main(COMMAND) == 1

    assert capsys.readouterr().err.startswith("The API server does not answer: ")
