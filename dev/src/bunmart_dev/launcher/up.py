"""``make up``: check, start everything at once, stay, and stop in order."""

import asyncio
import contextlib
import signal

import psutil

from bunmart_dev.demo_accounts import DEMO_PASSWORD, DEMO_USERS
from bunmart_dev.forkserver import Forkserver
from bunmart_dev.launcher.console import Screen
from bunmart_dev.launcher.keys import SecretStore, ensure_token_keys
from bunmart_dev.launcher.mesh import configuration_files, renew_certificates, write_mesh
from bunmart_dev.launcher.parts import Part, StartError, local
from bunmart_dev.launcher.preflight import check_ports, check_watches, end_orphans
from bunmart_dev.launcher.probes import ALIVE
from bunmart_dev.launcher.reloading import Reloader
from bunmart_dev.launcher.settings import SERVICES, Settings, database_name
from bunmart_dev.launcher.state import PartState
from bunmart_dev.launcher.supervisor import Supervisor
from bunmart_dev.launcher.system import applications, outside_world, postgres_part, proxies
from bunmart_dev.postgres import ensure_database
from bunmart_dev.seed import seed
from bunmart_dev.seed.catalogue import COUPONS, PRODUCTS
from bunmart_dev.shop_client import ShopError

_COUPON_CODES = " and ".join(coupon["code"] for coupon in COUPONS)
LIBRARIES = "bunmart_chassis.reload"
"""The module that names what the services import; development knows it by its name alone."""
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(settings: Settings, screen: Screen) -> int:
    """Run the system until Ctrl-C or SIGTERM.

    Returns:
        The exit code: 0 after a stop that was asked for, 1 when the system did not become ready.

    Raises:
        LauncherError: It cannot even begin: a taken port, another launcher.
    """
    with settings.folder.lock("start"):
        for name in await asyncio.to_thread(end_orphans, settings.folder.read()):
            screen.say(f"{name} was still running from a launcher that died; ended it", "yellow")
        settings.folder.forget()
        supervisor = Supervisor(settings.folder, screen, settings.edge_url)
        forkserver = _forkserver(settings, supervisor) if settings.reload else None
        asked = _stop_when_asked(supervisor, screen)
        work = asyncio.create_task(_run(settings, supervisor, forkserver, screen))
        stop = asyncio.create_task(asked.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except StartError as error:
            screen.say(str(error), "red")
            return 1
        finally:
            work.cancel()
            stop.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await _stop(supervisor, screen)
            if forkserver is not None:
                await forkserver.stop()
    return 0


def _forkserver(settings: Settings, supervisor: Supervisor) -> Forkserver:
    log_file = settings.folder.logs / "forkserver.log"

    def report(pid: int) -> None:
        started = psutil.Process(pid).create_time()
        state = PartState("forkserver", ALIVE, str(log_file), state="ready", pid=pid, process_started=started)
        state.marker = Forkserver.MODULE
        supervisor.changed(state)

    return Forkserver(LIBRARIES, log_file, report)


async def _run(
    settings: Settings, supervisor: Supervisor, forkserver: Forkserver | None, screen: Screen
) -> None:
    secrets = settings.secrets
    envoys = proxies(settings, configuration_files(settings))
    early = [*outside_world(settings, secrets), *applications(settings, secrets, forkserver)]
    administrator = settings.postgres_url
    if settings.embedded_postgres:
        database, server = postgres_part(settings)
        early.insert(0, database)
        administrator = server.dsn()
    check_ports([*envoys, *early])
    check_watches(len(envoys), movable=settings.reload)
    ensure_token_keys(settings.signing_keys, settings.jwks_file)
    screen.say(f"Starting {len(early) + len(envoys)} parts; their logs are in {settings.folder.logs}")
    # All at once: a service that is up before its database or a peer waits for it, so that no time is lost.
    supervisor.start(early)
    async with screen.waiting("Starting", supervisor.pending):
        await asyncio.gather(
            _start_mesh(settings, supervisor, envoys),
            _make_databases(settings, supervisor, secrets, administrator),
        )
        await supervisor.wait_ready()
    async with asyncio.TaskGroup() as kept:
        if settings.reload:
            kept.create_task(Reloader(supervisor.renewable()).run())
        await _fill(settings, screen)
        screen.say("Everything is ready", "green")
        _print_summary(settings, screen)
        kept.create_task(renew_certificates(settings))


async def _start_mesh(settings: Settings, supervisor: Supervisor, envoys: list[Part]) -> None:
    await asyncio.to_thread(write_mesh, settings)
    supervisor.start(envoys)


async def _make_databases(
    settings: Settings, supervisor: Supervisor, secrets: SecretStore, administrator: str
) -> None:
    if settings.embedded_postgres:
        await supervisor.wait_ready(["postgres"])
    for service in SERVICES:
        if service not in settings.database_urls:
            name = database_name(service)
            await ensure_database(administrator, name, name, secrets.get(f"database/{service}"))


async def _fill(settings: Settings, screen: Screen) -> None:
    try:
        async with screen.waiting("Filling the bakery", lambda: ["the catalogue and the demo logins"]):
            created = await seed(
                settings.edge_url, email=DEMO_USERS["admin"], password=DEMO_PASSWORD, logins=DEMO_USERS
            )
    except ShopError as error:
        # Somebody may have changed the admin's password; the shop runs all the same.
        screen.say(f"The bakery was not filled: {error}", "yellow")
        return
    if created:
        screen.say(
            f"Filled the bakery: {len(PRODUCTS)} products, coupons {_COUPON_CODES}, a login for each role"
        )


def _stop_when_asked(supervisor: Supervisor, screen: Screen) -> asyncio.Event:
    asked = asyncio.Event()

    def on_signal() -> None:
        if asked.is_set():
            screen.say("Killing what is left", "red")
            supervisor.kill()
        asked.set()

    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return asked


async def _stop(supervisor: Supervisor, screen: Screen) -> None:
    if not supervisor.watchers:
        return
    screen.say("Stopping; Ctrl-C again kills")
    async with screen.waiting("Stopping", supervisor.running):
        await supervisor.stop()
    with contextlib.suppress(OSError):
        screen.say("Stopped; the data is kept")


def _print_summary(settings: Settings, screen: Screen) -> None:
    ports = settings.ports
    lines = {
        "Shop API": f"{settings.edge_url}/api/products",
        "Docs": f"{settings.edge_url}/docs",
        "Mails": f"http://127.0.0.1:{ports.mail_page}",
        "Metrics": f"http://{local(ports.of('order').http)}/metrics   (order's; the others: `make status`)",
        "gRPC": f"127.0.0.1:{ports.of('order').grpc}   (order's, plaintext, with reflection)",
        "Logins": f"{', '.join(DEMO_USERS.values())}   password {DEMO_PASSWORD}",
    }
    screen.plain()
    for title, text in lines.items():
        screen.plain(f"  {title:10}{text}")
    screen.plain()
    screen.plain(
        "  In a second shell: make status, make logs s=order, make token role=admin, make demo. Ctrl-C stops."
    )
    screen.plain()
