"""Places that many want and few have: nobody waits for ever, and no tenant takes them all."""

import asyncio
import contextlib
import uuid
from collections import Counter
from collections.abc import AsyncGenerator

from app.data.errors import QueryError

SHORTEST_WAIT = 5.0


class FairShare:
    """`places` for statements that run at the same time, of which one tenant may hold `share`; first come, first served.

    The last place is for a tenant that holds none, so that several busy ones leave it to the others. Nobody is sent away
    before `shortest_wait` seconds, however little patience is left to the statement itself.
    """

    def __init__(self, places: int, share: int, shortest_wait: float = SHORTEST_WAIT) -> None:
        self._free = places
        self._share = share
        self._shortest_wait = shortest_wait
        self._held: Counter[uuid.UUID] = Counter()
        self._waiting: dict[asyncio.Future[None], uuid.UUID] = {}

    @contextlib.asynccontextmanager
    async def place(self, tenant_id: uuid.UUID, patience: float) -> AsyncGenerator[None]:
        """Hold a place; raises `QueryError` (`timeout`) when none becomes free within `patience` seconds."""
        try:
            async with asyncio.timeout(max(patience, self._shortest_wait)):
                await self._enter(tenant_id)
        except TimeoutError as error:
            raise _busy() from error
        try:
            yield
        finally:
            self._leave(tenant_id)

    async def _enter(self, tenant_id: uuid.UUID) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = tenant_id
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(turn, None) is None:
                self._leave(tenant_id)  # the place was given in the moment in which nobody wanted it any more
            raise

    def _leave(self, tenant_id: uuid.UUID) -> None:
        self._free += 1
        self._held[tenant_id] -= 1
        if not self._held[tenant_id]:
            del self._held[tenant_id]
        self._admit()

    def _admit(self) -> None:
        """Give the free places to those that waited longest and may have one."""
        for turn, tenant_id in list(self._waiting.items()):
            if not turn.done() and self._may_enter(tenant_id):
                del self._waiting[turn]
                self._free -= 1
                self._held[tenant_id] += 1
                turn.set_result(None)

    def _may_enter(self, tenant_id: uuid.UUID) -> bool:
        held = self._held[tenant_id]
        return held < self._share and self._free > (1 if held else 0)


def _busy() -> QueryError:
    message = "the business database is busy with other queries"
    return QueryError("timeout", message, "Wait for the queries that run, or ask for less at once; then repeat the query.")
