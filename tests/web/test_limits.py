"""Moving windows, in this process and in a real Redis, and what becomes of them when Redis fails."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from app.errors import RateLimited
from app.web import limits as limits_module
from app.web.allowances import TOGETHER, allowances
from app.web.limits import Limit, Limits
from app.web.windows import Windows
from tests.redis_server import RedisServer

THREE = Limit("things", 3, 60, "Wait %(seconds)s seconds.")


@dataclass(frozen=True)
class Somebody:
    user_id: uuid.UUID
    tenant_id: uuid.UUID


class Clock:
    """The time that windows are counted by."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture(params=["process", "redis"])
async def limits(request: pytest.FixtureRequest) -> AsyncIterator[Limits]:
    limits = Limits("" if request.param == "process" else request.getfixturevalue("redis_server").url)
    yield limits
    await limits.close()


async def taken(limits: Limits, limit: Limit, who: str = "ann") -> int:
    """Return 0 when one more was let through, else the seconds to wait."""
    try:
        await limits.hit(limit, who)
    except RateLimited as refused:
        return refused.retry_after
    return 0


async def test_so_many_are_let_through_and_then_the_seconds_are_told(limits: Limits) -> None:
    assert [await taken(limits, THREE) for _ in range(3)] == [0, 0, 0]
    assert 55 <= await taken(limits, THREE) <= 60
    assert await taken(limits, THREE, "bob") == 0
    await limits.clear(THREE, "ann")
    assert await taken(limits, THREE) == 0


async def test_looking_counts_nothing(limits: Limits) -> None:
    for _ in range(5):
        await limits.check(THREE, "ann")
    assert [await taken(limits, THREE) for _ in range(3)] == [0, 0, 0]
    with pytest.raises(RateLimited):
        await limits.check(THREE, "ann")


async def test_the_window_moves_with_each_of_them(clock: Clock) -> None:
    limits, answers = Limits(), []
    for passed in (0, 20, 20, 10, 11, 1, 19):
        clock.now += passed
        answers.append(await taken(limits, THREE))
    assert answers == [0, 0, 0, 11, 0, 19, 0]


async def test_a_full_window_stays_full_for_those_who_keep_trying(clock: Clock) -> None:
    limits = Limits()
    for _ in range(3):
        await taken(limits, THREE)
    for _ in range(30):
        clock.now += 1.9
        assert await taken(limits, THREE) > 0
    clock.now += 5
    assert await taken(limits, THREE) == 0


async def test_a_person_a_company_and_an_address_are_counted_apart(limits: Limits) -> None:
    messages = allowances(1).messages
    company = uuid.uuid4()

    async def send(person: uuid.UUID, tenant: uuid.UUID, address: str) -> str:
        try:
            await limits.spend(messages, Somebody(person, tenant), address)
        except RateLimited as refused:
            return refused.message
        return ""

    ann = uuid.uuid4()
    assert await send(ann, company, "a") == ""
    assert "You are sending messages too fast" in await send(ann, company, "b")
    for _ in range(TOGETHER - 1):
        assert await send(uuid.uuid4(), company, "a") == ""
    assert "your company or network" in await send(uuid.uuid4(), company, "c")
    assert "your company or network" in await send(uuid.uuid4(), uuid.uuid4(), "a")
    assert await send(uuid.uuid4(), uuid.uuid4(), "c") == ""


async def test_processes_count_together_in_redis(redis_server: RedisServer) -> None:
    one, other = Limits(redis_server.url), Limits(redis_server.url)
    assert [await taken(each, THREE) for each in (one, other, one)] == [0, 0, 0]
    assert await taken(other, THREE) > 0
    await one.close()
    await other.close()


async def test_without_redis_each_process_counts_and_says_so_until_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(redis_server.url)
    assert await taken(limits, THREE) == 0
    redis_server.stop()
    with capture_logs() as logs:
        assert [await taken(limits, THREE) for _ in range(3)] == [0, 0, 0]
        assert await taken(limits, THREE) > 0
    warnings = [line for line in logs if line["log_level"] == "warning"]
    assert [line["event"] for line in warnings] == ["limits are counted in this process: Redis failed"]
    assert limits.missed == 5
    redis_server.start()
    monkeypatch.setattr(limits, "_resting_until", 0.0)
    assert await taken(limits, THREE) == 0
    assert limits.missed == 5
    await limits.close()


async def test_a_redis_that_hangs_keeps_one_request_waiting_and_not_the_next(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, "REDIS_SECONDS", 0.2)
    monkeypatch.setattr(limits_module, "REST_SECONDS", 600)
    limits = Limits(redis_server.url)
    await taken(limits, THREE)
    redis_server.freeze()
    started = time.perf_counter()
    with capture_logs() as logs:
        async with asyncio.timeout(10):
            assert await taken(limits, THREE) == 0
        assert time.perf_counter() - started >= 0.2
        assert await taken(limits, THREE) == 0
    asked_in_vain = [line for line in logs if line["event"] == "limits are counted in this process: Redis failed"]
    assert (len(asked_in_vain), limits.missed) == (1, 2)
    redis_server.thaw()
    await limits.close()


async def test_windows_of_this_process_that_have_passed_are_forgotten(clock: Clock) -> None:
    windows = Windows()
    for who in ("ann", "bob"):
        assert await windows.acquire_entry(who, 3, 60)
    clock.now += 61
    assert await windows.acquire_entry("cyd", 3, 60)
    assert list(windows.events) == ["cyd"]
