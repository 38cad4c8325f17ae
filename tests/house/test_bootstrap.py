"""Any two make targets at once in a fresh clone work: one installs, the other waits for it."""

import os
import signal

from tests.house.conftest import Clone, program

WAITS = "Another make is installing; waiting until it is done ..."


async def test_a_second_make_waits_for_the_first_and_installs_nothing_again(clone: Clone) -> None:
    clone.offer_uv()
    first = clone.make("setup")
    await clone.until_says(0, "Installing uv")
    second = clone.make("status")
    await clone.until_says(1, WAITS)

    clone.go()

    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert clone.installs() == 1
    assert clone.says(1).splitlines() == [WAITS, "-m bunmart_dev.launcher status"]


async def test_a_make_waits_for_libraries_that_another_one_brings_up_to_date(clone: Clone) -> None:
    clone.install_uv()
    clone.go()
    assert clone.make("setup").wait(60) == 0
    (clone.outside / "go").unlink()
    (clone.outside / "calls").unlink()
    (clone.tree / "uv.lock").touch()

    first = clone.make("setup")
    await clone.until_installs()
    second = clone.make("status")
    await clone.until_says(2, WAITS)
    clone.go()

    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert clone.installs() == 1


def test_two_targets_of_one_make_install_once(clone: Clone) -> None:
    clone.install_uv()
    clone.go()

    assert clone.make("-j2", "status", "down").wait(60) == 0

    assert clone.installs() == 1
    assert WAITS not in clone.says(0)
    assert {"-m bunmart_dev.launcher status", "-m bunmart_dev.launcher down"} <= set(
        clone.says(0).splitlines()
    )


async def test_a_make_after_one_that_was_killed_starts_anew(clone: Clone) -> None:
    clone.install_uv()
    killed = clone.make("setup")
    await clone.until_installs()
    half = clone.tree / ".venv" / "bin" / "python3"
    program(half, "echo half of a Python")
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait(60) == -signal.SIGKILL

    clone.go()
    second = clone.make("status")

    assert second.wait(60) == 0
    assert clone.installs() == 2
    assert not half.exists()
    assert WAITS not in clone.says(1)


async def test_what_a_killed_make_leaves_running_is_waited_for(clone: Clone) -> None:
    clone.install_uv()
    orphaned = clone.make("setup")
    await clone.until_installs()
    clone.bootstrap_of(orphaned).kill()
    assert orphaned.wait(60) != 0

    second = clone.make("status")
    await clone.until_says(1, WAITS)
    clone.go()

    assert second.wait(60) == 0


def test_a_failed_installation_says_why_and_the_next_make_tries_again(clone: Clone) -> None:
    clone.install_uv()
    broken = clone.outside / "broken"
    broken.touch()
    clone.go()
    assert clone.make("status").wait(60) != 0
    assert "uv could not install the libraries" in clone.says(0)

    broken.unlink()

    assert clone.make("status").wait(60) == 0
    assert "-m bunmart_dev.launcher status" in clone.says(1)
