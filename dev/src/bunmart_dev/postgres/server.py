"""The life of one PostgreSQL server: initialise, start as a direct child, stop, take over after a crash."""

import asyncio
import contextlib
import enum
import json
import secrets
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bunmart_dev.free_ports import free_port
from bunmart_dev.postgres.account import Account, choose_account
from bunmart_dev.postgres.binaries import Binaries, PostgresError, find_binaries
from bunmart_dev.postgres.databases import ensure_database
from bunmart_dev.postgres.orphans import end_orphan
from bunmart_dev.private_files import write_private
from bunmart_dev.processes import die_with_parent

SUPERUSER = "postgres"
_BUILTIN_LOCALE_SINCE = 17
_STATUS_LINE = 7


class Mode(enum.Enum):
    """The promise of the server about committed rows."""

    durable = "durable"
    """Everything committed survives ``kill -9`` and a power cut."""
    test = "test"
    """Fast, and empty after a crash: nothing is flushed to the disk."""


_SETTINGS = {
    Mode.durable: {
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
        "shared_buffers": "48MB",
        "max_wal_size": "256MB",
    },
    Mode.test: {
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
    },
}


class Postgres:
    """One server on 127.0.0.1 whose files, passwords and log live in one folder.

    ``start`` and ``stop`` block (40 ms and 200-700 ms; the first start 1-2 s more for ``initdb``). Inside an
    event loop use ``start_async`` and ``stop_async``.

    Args:
        folder: The folder of data, passwords and log; made when missing.
        port: TCP port; 0 takes a free one at start.
        mode: Durable, or fast for tests.
        max_connections: As PostgreSQL's setting.
        log_file: The file to which the server's log is appended; ``postgres.log`` in the folder by default.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        mode: Mode = Mode.durable,
        max_connections: int = 100,
        log_file: Path | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.mode = mode
        self.max_connections = max_connections
        self.log_file = log_file or self.folder / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Return the data directory."""
        return self.folder / "data"

    @property
    def running(self) -> bool:
        """Tell whether the child process lives."""
        return self.process is not None and self.process.poll() is None

    def dsn(self, database: str = "postgres", role: str = SUPERUSER, password: str | None = None) -> str:
        """Return ``postgresql://role:password@127.0.0.1:port/database``; the kept password by default."""
        secret = quote(password or self.password(role), safe="")
        return f"postgresql://{quote(role)}:{secret}@127.0.0.1:{self.port}/{quote(database)}"

    def password(self, role: str) -> str:
        """Return the role's password, generated at the first question and kept in ``passwords.json``."""
        path = self.folder / "passwords.json"
        passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if role not in passwords:
            passwords[role] = secrets.token_urlsafe(24)
            write_private(path, json.dumps(passwords, indent=1).encode())
        return passwords[role]

    def start(self, timeout: float = 30.0) -> None:
        """Initialise the folder if it is new, end an orphan on it, start and wait until ready.

        Call it in the main thread: Linux ends the server when the thread that started it ends.

        Args:
            timeout: Seconds until the server must accept connections.

        Raises:
            PostgresError: It did not become ready; the text holds the end of its log.
        """
        self._launch(*self.prepare())
        deadline = time.monotonic() + timeout
        while not self._ready(deadline):
            time.sleep(0.01)

    async def start_async(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109 - the same promise as start()
        """Do what ``start`` does without blocking the event loop."""
        self._launch(*await asyncio.to_thread(self.prepare))
        deadline = time.monotonic() + timeout
        while not self._ready(deadline):  # noqa: ASYNC110 - a file tells it, there is no event to await
            await asyncio.sleep(0.01)

    def stop(self, timeout: float = 15.0) -> None:
        """Stop fast: roll back what is open, write a checkpoint; after the timeout (seconds) kill."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def stop_async(self, timeout: float = 15.0) -> None:  # noqa: ASYNC109 - the same promise as stop()
        """Do what ``stop`` does without blocking the event loop."""
        await asyncio.to_thread(self.stop, timeout)

    async def ensure_database(self, name: str, role: str | None = None, password: str | None = None) -> str:
        """Make the role and its database when missing, and let nobody else connect to it.

        Args:
            name: The database.
            role: Its owner; named like the database by default.
            password: The role's password; the kept one by default.

        Returns:
            The DSN of the role on the database.
        """
        role = role or name
        password = password or self.password(role)
        await ensure_database(self.dsn(), name, role, password)
        return self.dsn(name, role, password)

    def ensure_database_sync(self, name: str, role: str | None = None, password: str | None = None) -> str:
        """Do what ``ensure_database`` does, also where an event loop already runs."""
        result: list[str] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                result.append(asyncio.run(self.ensure_database(name, role, password)))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                failure.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return result[0]

    def prepare(self) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Initialise the folder if it is new and end an orphan on it, for whoever starts the process himself.

        Returns:
            The command line of the server, and the arguments of ``subprocess.Popen`` that set its user.

        Raises:
            PostgresError: There are no binaries, or none that fit the data.
        """
        binaries = find_binaries()
        self.folder.mkdir(parents=True, exist_ok=True)
        account = choose_account(binaries, self.folder)
        if not self.data.exists():
            self._initialise(binaries, account)
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(binaries.major):
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {version}, these binaries are {binaries.major}: "
                "`make reset` starts with empty databases, PG_BIN picks other binaries"
            )
        end_orphan(self.data)
        account.give(self.data)
        self.port = self.port or free_port()
        return self._arguments(binaries, account), account.popen_arguments()

    def _arguments(self, binaries: Binaries, account: Account) -> tuple[str, ...]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(self.max_connections),
            **_SETTINGS[self.mode],
        }
        options = (word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
        return (*account.prefix, str(binaries.postgres), *options, "-D", str(self.data))

    def _initialise(self, binaries: Binaries, account: Account) -> None:
        # In a folder of its own name first, so that an initdb cut short never looks like a database.
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        account.give(fresh)
        password_file = self.folder / "initdb-password"
        write_private(password_file, self.password(SUPERUSER).encode())
        account.give(password_file)
        locale = ["--locale=C"]
        if binaries.major >= _BUILTIN_LOCALE_SINCE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [
            *account.prefix,
            str(binaries.initdb),
            "-D",
            str(fresh),
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            *locale,
        ]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        if self.mode is Mode.test:
            command.append("--no-sync")
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", **account.popen_arguments()
        )
        password_file.unlink()
        if answer.returncode != 0:
            raise PostgresError(f"initdb failed: {answer.stderr.strip() or answer.stdout.strip()}")
        fresh.rename(self.data)

    def _launch(self, arguments: tuple[str, ...], popen: dict[str, Any]) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # A session of its own: Ctrl-C reaches the launcher alone, which stops in order.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - one prctl, no locks taken
                **popen,
            )

    def _ready(self, deadline: float) -> bool:
        process = self.process
        if process is None or process.poll() is not None:
            self.process = None
            raise PostgresError(f"PostgreSQL did not start:\n{self._log_tail()}")
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            if (
                len(lines) > _STATUS_LINE
                and lines[0] == str(process.pid)
                and lines[_STATUS_LINE].strip() == "ready"
            ):
                return True
        if time.monotonic() > deadline:
            self.stop()
            raise PostgresError(f"PostgreSQL was not ready in time:\n{self._log_tail()}")
        return False

    def _log_tail(self) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-10:])
