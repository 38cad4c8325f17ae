"""Ports for a whole system of its own."""

import contextlib
import random
import socket

import pytest
from bunmart_dev.ports import PARTS, Ports


def free_system_ports() -> Ports:
    """Find a base at which the whole table is free."""
    # Below the ports of ``free_port`` and of ``make up``; not all who look begin at the same.
    bases = range(12000, 20400, 330)
    for base in random.sample(bases, len(bases)):
        ports = Ports(base, base + 300)
        wanted = [port for part in PARTS for port in vars(ports.of(part)).values()]
        wanted += [ports.edge, ports.postgres, ports.stripe, ports.smtp, ports.mail_page]
        with contextlib.suppress(OSError):
            for port in wanted:
                socket.create_server(("127.0.0.1", port)).close()
            return ports
    pytest.fail("no free ports")
