"""Places that many want and few have: nobody waits for ever, and no tenant takes them all."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator

from app.data.errors import QueryError

SHORTEST_WAIT = 5.0


class FairShare:
    """`places` for statements that run at the same time, of which one tenant may hold `share`; first come, first served.

    Nobody is sent away before `shortest_wait` seconds, however little patience is left to the statement itself.
    """

    def __init__(self, places: int, share: int, shortest_wait: float = SHORTEST_WAIT) -> None:
        self._places = asyncio.Semaphore(places)
        self._share = share
        self._shortest_wait = shortest_wait
        self._tenants: dict[uuid.UUID, _Line] = {}

    @contextlib.asynccontextmanager
    async def place(self, tenant_id: uuid.UUID, patience: float) -> AsyncGenerator[None]:
        """Hold a place; raises `QueryError` (`timeout`) when none becomes free within `patience` seconds."""
        line = self._tenants.setdefault(tenant_id, _Line(self._share))
        line.people += 1
        try:
            async with contextlib.AsyncExitStack() as held:
                try:
                    async with asyncio.timeout(max(patience, self._shortest_wait)):
                        await held.enter_async_context(line.turns)
                        await held.enter_async_context(self._places)
                except TimeoutError as error:
                    raise _busy() from error
                yield
        finally:
            line.people -= 1
            if not line.people:
                del self._tenants[tenant_id]


class _Line:
    """A tenant's own line before the common one."""

    def __init__(self, share: int) -> None:
        self.turns = asyncio.Semaphore(share)
        self.people = 0


def _busy() -> QueryError:
    message = "the business database is busy with other queries"
    return QueryError("timeout", message, "Wait for the queries that run, or ask for less at once; then repeat the query.")
