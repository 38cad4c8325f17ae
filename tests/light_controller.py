"""A plugin of ``make test``: only the processes that run tests read the conftest files.

The process that hands the tests out (xdist's controller) would otherwise import the services and all their libraries
before the other two begin to do so.
"""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Leave the conftest files to the other processes, where there are any."""
    arguments = early_config.known_args_namespace
    if getattr(arguments, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        arguments.noconftest = True
