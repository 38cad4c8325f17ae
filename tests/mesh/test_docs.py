"""The generated page follows the policy."""

from bunmart_mesh.docs import PAGE, who_calls_whom
from bunmart_mesh.policy import Policy


def test_who_calls_whom_is_current(policy: Policy) -> None:
    assert PAGE.read_text(encoding="utf-8") == who_calls_whom(policy), "run python -m bunmart_mesh.docs"
