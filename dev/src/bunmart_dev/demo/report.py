"""The story for programs."""

from typing import Any

from bunmart_dev.demo.calls import Calls
from bunmart_dev.demo.story import Step
from bunmart_dev.demo.telling import Telling


def as_json(telling: Telling) -> dict[str, Any]:
    """Return the steps, the calls, and True when all was as it should be; times in milliseconds."""
    verdict = telling.verdict
    return {
        "ok": not telling.error,
        "error": telling.error or None,
        "steps": [_step(step, telling.calls) for step in telling.steps],
        "calls": [count._asdict() for count in verdict.counts] if verdict else None,
        "unseen": [
            {"caller": caller, "callee": callee, "rpc": rpc, "reason": reason}
            for (caller, callee, rpc), reason in verdict.unseen.items()
        ]
        if verdict
        else None,
    }


def _step(step: Step, calls: Calls) -> dict[str, Any]:
    return {
        "number": step.number,
        "who": step.who,
        "title": step.title,
        "trace_id": step.trace_id,
        "ms": round((step.ended - step.started) * 1000, 1) if step.ended else None,
        "order_status": step.order_status or None,
        "requests": [
            {
                "method": answer.method,
                "path": answer.path,
                "status": answer.status,
                "ms": round(answer.ms, 1),
                "attempts": answer.attempts,
                "interruptions": answer.interruptions,
            }
            for answer in step.requests
        ],
        "calls": [
            {
                "caller": call.caller,
                "callee": call.callee,
                "what": call.what,
                "after_ms": round((call.at - step.started) * 1000),
                "ms": call.ms,
                "status": call.status,
            }
            for call in calls.of(step)
        ],
        "waits": [{"until": wait.what, "ms": round(wait.seconds * 1000, 1)} for wait in step.waits],
    }
