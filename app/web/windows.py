"""Moving windows that are counted in this process, for `app.web.limits`."""

import bisect
import time

from limits.aio.storage import MemoryStorage
from limits.aio.storage.memory import Entry

SWEEP_SECONDS = 10.0
"""How often what has left its window is looked for and forgotten."""


class Windows(MemoryStorage):
    """The library's windows in memory, which would look through all of them at every count, each in a thread of its own.

    Here a count touches its own window only, and nothing is awaited meanwhile, so no locks are needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._swept_at = time.time()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` unless that is more than `limit` within `expiry` seconds; returns whether it was counted."""
        moment = time.time()
        if moment - self._swept_at > SWEEP_SECONDS:
            self._sweep(moment)
        entries = self.events.setdefault(key, [])
        place = limit - amount
        if place < 0 or (place < len(entries) and entries[place].atime >= moment - expiry):
            return False
        entries[:0] = [Entry(expiry)] * amount
        del entries[limit:]
        return True

    def _sweep(self, moment: float) -> None:
        """Forget what has left its window, and windows that are empty."""
        self._swept_at = moment
        for key, entries in list(self.events.items()):
            del entries[bisect.bisect_left(entries, -moment, key=lambda entry: -entry.expiry) :]
            if not entries:
                del self.events[key]
