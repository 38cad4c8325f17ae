"""The account that the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bunmart_dev.postgres.binaries import Binaries, PostgresError

_OVERFLOW_ID = "65534"


@dataclass(frozen=True)
class Account:
    """The owner of PostgreSQL's files, and the way to start a binary as that owner."""

    owner: int
    group: int
    prefix: tuple[str, ...] = ()
    switch: bool = False

    def popen_arguments(self) -> dict[str, Any]:
        """Return the arguments of ``subprocess`` that change the user."""
        if not self.switch:
            return {}
        return {"user": self.owner, "group": self.group, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the path, and all that is in it, belong to the account."""
        if path.stat().st_uid == self.owner:
            return
        for folder, _, files in os.walk(path):
            os.chown(folder, self.owner, self.group)
            for name in files:
                os.chown(Path(folder) / name, self.owner, self.group)
        if path.is_file():
            os.chown(path, self.owner, self.group)


def choose_account(binaries: Binaries, folder: Path) -> Account:
    """Return the account that can run the binaries on files in the folder.

    Without root it is the current user. As root it is ``nobody``; when ``nobody`` reaches the binaries or
    the folder only through a private home, a user namespace in which root's files belong to ``nobody``;
    where the kernel forbids those, ``nobody`` with the one capability that opens folders.

    Raises:
        PostgresError: We are root and none of the three works.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for account in _candidates():
        if _reaches(account, binaries, folder):
            return account
    raise PostgresError(
        f"PostgreSQL does not run as root, and the user nobody cannot reach {binaries.folder} and {folder}. "
        "Run as an ordinary user, or move the repository out of the private folder."
    )


def _candidates() -> list[Account]:
    nobody = pwd.getpwnam("nobody")
    candidates = [Account(nobody.pw_uid, nobody.pw_gid, switch=True)]
    unshare = shutil.which("unshare")
    if unshare:
        mapping = (f"--map-user={_OVERFLOW_ID}", f"--map-group={_OVERFLOW_ID}")
        candidates.append(Account(0, 0, (unshare, "--user", *mapping)))
    setpriv = shutil.which("setpriv")
    if setpriv:
        # Linux forgets the parent-death signal when the user changes, so setpriv asks for it again.
        identity = (
            f"--reuid={nobody.pw_uid}",
            f"--regid={nobody.pw_gid}",
            "--clear-groups",
            "--pdeathsig=INT",
        )
        capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        candidates.append(Account(nobody.pw_uid, nobody.pw_gid, (setpriv, *identity, *capability)))
    return candidates


def _reaches(account: Account, binaries: Binaries, folder: Path) -> bool:
    script = 'test -x "$1" && "$1" --version && ls "$2"'
    command = [*account.prefix, "/bin/sh", "-c", script, "sh", str(binaries.postgres), str(folder)]
    try:
        return (
            subprocess.run(command, capture_output=True, check=False, **account.popen_arguments()).returncode
            == 0
        )
    except OSError:
        return False
