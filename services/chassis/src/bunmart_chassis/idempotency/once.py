"""A call acts once: its unit of work and its answer are committed together.

Under a key the answer is stored in the transaction of the effect and replayed when the call comes again. Of
two calls with one key at the same time both do the work; the second to commit finds the answer of the
first, rolls its own work back and replays that answer (docs/decisions/0002-idempotency-at-commit.md).
"""

from collections.abc import Awaitable, Callable

from bunmart_chassis.idempotency.answers import StoredAnswer, read_answer, write_answer
from bunmart_chassis.idempotency.keys import KeyedRequest
from bunmart_chassis.storage import Database, UnitOfWork

Work = Callable[[UnitOfWork], Awaitable[StoredAnswer]]


async def answer_once(database: Database, request: KeyedRequest | None, work: Work) -> StoredAnswer:
    """Run the work of one call in one unit of work and commit it with its answer.

    Args:
        database: The service's own.
        request: The key under which the answer is stored; None when the caller sent none.
        work: Serves the call with the unit it receives; an answer that is a refusal undoes what it wrote.

    Returns:
        The answer of the work, or the stored one of an earlier or concurrent duplicate.

    Raises:
        BunmartError: The work refuses, or the key was used with another request.
    """
    if request is not None and (stored := await read_answer(database, request)):
        return stored
    unit = database.unit()
    try:
        answer = await work(unit)
        if not answer.is_refusal and await _commit(unit, request, answer):
            return answer
    except Exception:
        await unit.rollback()
        # The refusal may come from the effect of a concurrent duplicate; then its answer is the right one.
        if request is not None and (stored := await read_answer(database, request)):
            return stored
        raise
    finally:
        await unit.rollback()
    if request is None:
        return answer
    return await read_answer(database, request) or answer


async def _commit(unit: UnitOfWork, request: KeyedRequest | None, answer: StoredAnswer) -> bool:
    """Commit; return False when a concurrent duplicate was faster, because then its answer counts."""
    await unit.flush()
    if request is not None and unit.is_open and not await write_answer(unit, request, answer):
        return False
    await unit.commit()
    return True
