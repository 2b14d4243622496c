"""The bus of events beside a handler that hangs, and tokens: counted by ranks, and estimated."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from app.agent import tokens
from app.telemetry.bus import Bus, Event, ModelAnswered, ToolCompleted
from app.telemetry.metrics import Metrics
from tests.bench.figures import Figure
from tests.servers import ROOT

ROUNDS, AT_ONCE, SIZE = 100, 1000, 1000
"""As many events as a queue holds are told without a pause; then the quick handlers take them."""
MODEL = "gpt-5.2"
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TIMES = 10


async def measure(_data_dir: Path) -> list[Figure]:
    """Tell events as fast as it goes, then count one text several times over."""
    return [*await _bus(), *await asyncio.to_thread(_tokens)]


async def _bus() -> list[Figure]:
    async def hanging(_: Event) -> None:
        await asyncio.Event().wait()

    async def none() -> int:
        return 0

    heard = 0

    async def quick(_: Event) -> None:
        nonlocal heard
        heard += 1

    metrics = Metrics({"sql_execute"}, none)
    bus = Bus([metrics, quick, hanging], size=SIZE)
    events = _events()
    running = asyncio.create_task(bus.run())
    telling, started = 0.0, time.perf_counter()
    for number in range(ROUNDS):
        before = time.perf_counter()
        for event in events:
            bus.tell(event)
        telling += time.perf_counter() - before
        while heard < (number + 1) * AT_ONCE or bus.depths["metrics"]:
            await asyncio.sleep(0)
    elapsed = time.perf_counter() - started
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    missed, told = sum(bus.dropped.values()), ROUNDS * AT_ONCE
    return [
        Figure("events heard by metrics and another handler", told / elapsed, "a second", note="beside one that hangs"),
        Figure("telling an event to three handlers", telling / told * 1e6, "µs"),
        Figure("  missed by the hanging handler", missed, "events", note=f"of {told:,}; it holds {SIZE:,}"),
    ]


def _events() -> list[Event]:
    ids = {"tenant_id": uuid.uuid4(), "user_id": uuid.uuid4(), "session_id": uuid.uuid4(), "run_id": uuid.uuid4()}
    called = ToolCompleted(**ids, tool="sql_execute", call_id="c", error=None, ms=12.5)
    answered = ModelAnswered(
        **ids, provider="openai", model=MODEL, finish_reason="stop", input_tokens=9000, cached_tokens=8000, output_tokens=300,
        is_estimated=False, cost=Decimal("0.0073"), ms=2300,
    )  # fmt: skip
    return [called, answered] * (AT_ONCE // 2)


def _tokens() -> list[Figure]:
    started = time.perf_counter()
    exact = tokens.count(TEXT, MODEL)
    loading = time.perf_counter() - started
    share = f"{tokens.estimate(TEXT) / exact:.2f} of those"
    return [
        Figure("tokens counted", exact / _seconds(lambda: tokens.count(TEXT, MODEL)), "a second", note=f"{exact:,} of README.md"),
        Figure("  the first time, with the ranks", loading, "s"),
        Figure(
            "tokens estimated",
            exact / _seconds(lambda: tokens.estimate(TEXT)),
            "a second",
            note=share,
        ),
    ]


def _seconds(count: Callable[[], int]) -> float:
    started = time.perf_counter()
    for _ in range(TIMES):
        count()
    return (time.perf_counter() - started) / TIMES
