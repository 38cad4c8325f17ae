"""A process that has imported the services' libraries once; every service is a fork of it.

The services share the memory of the libraries, and none of them waits for their import.
"""

from bunmart_dev.forkserver.client import ForkedProcess, Forkserver

__all__ = ["ForkedProcess", "Forkserver"]
