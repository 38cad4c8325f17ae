"""Two processes that look for ports at the same time find different ones."""

import asyncio
import socket
import sys

import pytest
from bunmart_dev.free_ports import free_port, free_ports

FIND = "from bunmart_dev.free_ports import free_ports; print(free_ports(90), flush=True); input()"


async def test_no_port_is_found_by_two_processes() -> None:
    pipe = asyncio.subprocess.PIPE
    finders = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", FIND, stdin=pipe, stdout=pipe)
        for _ in range(4)
    ]

    lines = [await each.stdout.readline() for each in finders if each.stdout]
    await asyncio.gather(*(each.communicate(b"\n") for each in finders))

    ports = [int(port) for line in lines for port in line.decode().strip("[]\n").split(",")]
    assert len(ports) == len(set(ports)) == 4 * 90


def test_a_port_that_was_found_can_be_listened_on_and_is_not_found_again() -> None:
    ports = free_ports(50)
    with socket.create_server(("127.0.0.1", ports[0])):
        assert ports[0] not in {free_port() for _ in range(200)}
    assert len(set(ports)) == 50


def test_more_ports_than_there_are_is_an_error() -> None:
    with pytest.raises(OSError, match="no free ports"):
        free_ports(1000)
