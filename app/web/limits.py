"""Moving-window limits: so many of something, by someone, in so many seconds."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import RateLimited

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import MovingWindowRateLimiter


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` of `name` within any `seconds`; `message` is a msgid that may use `%(seconds)s`."""

    name: str
    amount: int
    seconds: int
    message: str


class Limits:
    """Counters in this process."""

    def __init__(self) -> None:
        self._window: MovingWindowRateLimiter | None = None

    async def hit(self, limit: Limit, *who: str) -> None:
        """Count one; raises `RateLimited` with the seconds to wait, and then does not count it."""
        if not await self._limiter().hit(_item(limit), *who):
            raise await self._refusal(limit, who)

    async def check(self, limit: Limit, *who: str) -> None:
        """Raise `RateLimited` when one more would be too many, without counting."""
        if not await self._limiter().test(_item(limit), *who):
            raise await self._refusal(limit, who)

    async def clear(self, limit: Limit, *who: str) -> None:
        """Forget what was counted."""
        await self._limiter().clear(_item(limit), *who)

    async def _refusal(self, limit: Limit, who: tuple[str, ...]) -> RateLimited:
        stats = await self._limiter().get_window_stats(_item(limit), *who)
        return RateLimited(limit.message, retry_after=max(1, min(limit.seconds, round(stats.reset_time - time.time()) + 1)))

    def _limiter(self) -> "MovingWindowRateLimiter":
        if self._window is None:
            from limits.aio.storage import MemoryStorage  # noqa: PLC0415 - takes a tenth of a second, so not at start
            from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - the same

            self._window = MovingWindowRateLimiter(MemoryStorage())
        return self._window


def _item(limit: Limit) -> "RateLimitItem":
    from limits import RateLimitItemPerSecond  # noqa: PLC0415 - takes a tenth of a second, so not at start

    return RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=limit.name)
