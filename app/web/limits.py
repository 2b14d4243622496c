"""Moving-window limits: so many of something, by someone, in so many seconds.

They are counted in this process, or in Redis for all processes together. While Redis does not answer each process counts
by itself: nobody is locked out by it, and nobody is let loose.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from app.errors import RateLimited

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import MovingWindowRateLimiter
    from redis.asyncio import ConnectionPool

log = structlog.get_logger()

REDIS_SECONDS = 1.0
"""How long a count waits for Redis."""
REST_SECONDS = 5.0
"""How long Redis is left alone after it failed, so that not every request waits for it."""
PREFIX = "bichat:limits"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` of `name` within any `seconds`; `message` is a msgid that may use `%(seconds)s`."""

    name: str
    amount: int
    seconds: int
    message: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one person may do of something, all people of their company together, and everybody behind one network address."""

    person: Limit
    company: Limit
    address: Limit


class Asker(Protocol):
    """Who is counted: a person of a company. The ids are anything that has a text."""

    @property
    def user_id(self) -> Any:
        """Return whose request it is."""
        ...

    @property
    def tenant_id(self) -> Any:
        """Return the person's company."""
        ...


class Limits:
    """The counters."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._here: MovingWindowRateLimiter | None = None
        self._shared: MovingWindowRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        self._resting_until = 0.0
        self.missed = 0
        """How many counts Redis did not take, which this process took instead."""

    async def hit(self, limit: Limit, *who: str) -> None:
        """Count one; raises `RateLimited` with the seconds to wait, and then does not count it."""
        if not await self._ask("hit", limit, who):
            raise await self._refusal(limit, who)

    async def check(self, limit: Limit, *who: str) -> None:
        """Raise `RateLimited` when one more would be too many, without counting."""
        if not await self._ask("test", limit, who):
            raise await self._refusal(limit, who)

    async def clear(self, limit: Limit, *who: str) -> None:
        """Forget what was counted."""
        await self._ask("clear", limit, who)

    async def spend(self, allowance: Allowance, asker: Asker, address: str) -> None:
        """Count one for the person, their company and the address, in this order; raises `RateLimited` at the first full one."""
        await self.hit(allowance.person, str(asker.user_id))
        await self.hit(allowance.company, str(asker.tenant_id))
        await self.hit(allowance.address, address)

    async def close(self) -> None:
        """Let the connections to Redis go."""
        if self._pool:
            await self._pool.disconnect()
        self._pool = self._shared = None

    async def _refusal(self, limit: Limit, who: tuple[str, ...]) -> RateLimited:
        stats = await self._ask("get_window_stats", limit, who)
        return RateLimited(limit.message, retry_after=max(1, min(limit.seconds, round(stats.reset_time - time.time()) + 1)))

    async def _ask(self, question: str, limit: Limit, who: tuple[str, ...]) -> Any:
        from limits.errors import StorageError  # noqa: PLC0415 - takes a tenth of a second, so not at start

        item = _item(limit)
        if self._redis_url and time.monotonic() >= self._resting_until:
            try:
                return await getattr(self._in_redis(), question)(item, *who)
            except StorageError as error:
                self._miss(error)
        elif self._redis_url:
            self.missed += 1
        return await getattr(self._in_process(), question)(item, *who)

    def _miss(self, error: Exception) -> None:
        self.missed += 1
        self._resting_until = time.monotonic() + REST_SECONDS
        log.warning("limits are counted in this process: Redis failed", reason=str(error.__cause__ or error), so_far=self.missed)

    def _in_process(self) -> "MovingWindowRateLimiter":
        if self._here is None:
            from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - takes a tenth of a second, so not at start

            from app.web.windows import Windows  # noqa: PLC0415 - the same

            self._here = MovingWindowRateLimiter(Windows())
        return self._here

    def _in_redis(self) -> "MovingWindowRateLimiter":
        if self._shared is None:
            from limits.aio.storage import RedisStorage  # noqa: PLC0415 - takes a tenth of a second, so not at start
            from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - the same

            self._pool = pool_of(self._redis_url)
            options: dict[str, Any] = {"connection_pool": self._pool, "implementation": "redispy", "key_prefix": PREFIX}
            self._shared = MovingWindowRateLimiter(RedisStorage(f"async+{self._redis_url}", wrap_exceptions=True, **options))
        return self._shared


def pool_of(redis_url: str) -> "ConnectionPool":
    """Return connections to Redis that fail soon rather than keep requests waiting."""
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - only where REDIS_URL is set
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - the same
    from redis.backoff import NoBackoff  # noqa: PLC0415 - the same

    once_more = Retry(NoBackoff(), 1)
    return ConnectionPool.from_url(redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=once_more)


def _item(limit: Limit) -> "RateLimitItem":
    from limits import RateLimitItemPerSecond  # noqa: PLC0415 - takes a tenth of a second, so not at start

    return RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=limit.name)
