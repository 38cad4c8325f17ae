"""The call that is being served: its caller, its deadline, its idempotency key.

REST, gRPC and the job worker each open one; logs and calls to peers read it.
"""

from bunmart_chassis.context.call import (
    DEFAULT_DEADLINE_SECONDS,
    Call,
    caller_from_certificate,
    current,
    deadline_in,
    serving,
)

__all__ = ["DEFAULT_DEADLINE_SECONDS", "Call", "caller_from_certificate", "current", "deadline_in", "serving"]
