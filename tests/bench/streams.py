"""Streams: what BiChat adds to every token between the model and the reader."""

import asyncio
import statistics
from pathlib import Path
from typing import Any

from tests.bench.bed import Bed, bed, load, open_page_streams, percentile, signed_in
from tests.bench.figures import Figure

PACED = ((1, 100, 300), (50, 50, 250), (200, 50, 250))
FIRST_AIM = {50: 10.0, 200: 20.0}
TOKEN_AIM = {50: 1.5, 200: 5.0}
UNPACED = ((1, 50_000), (20, 20_000))
ROUNDS = 30
REDRAW_MS = 50
"""The page's stream draws at most 20 times a second, so a token may wait that long by design."""


async def measure(data_dir: Path) -> list[Figure]:
    """Measure JSON events, then the HTML stream."""
    figures = []
    async with bed(data_dir) as ours:
        ours.tokens(10, None)
        await load([ours.events()])  # the model's client is loaded at the first question
        figures += [figure for case in PACED for figure in await _paced(ours, *case)]
        figures.append(Figure("peak RSS after the paced JSON streams", ours.memory("VmHWM"), "MB", 150))
        figures += [figure for case in UNPACED for figure in await _unpaced(ours, *case)]
        figures.append(Figure("peak RSS after all JSON streams", ours.memory("VmHWM"), "MB", 150))
        figures += [figure for case in PACED for figure in await _html(ours, *case)]
        figures.append(Figure("peak RSS after the HTML streams too", ours.memory("VmHWM"), "MB", 300))
    return figures


async def _paced(ours: Bed, count: int, rate: int, tokens: int) -> list[Figure]:
    ours.tokens(tokens, rate)
    direct = await load([ours.direct() for _ in range(count)], _over(count))
    ours.tokens(tokens, rate)
    before = ours.cpu()
    through = await load([ours.events() for _ in range(count)], _over(count))
    used = ours.cpu() - before
    name = f"JSON, {count} × {rate} tokens/s: "
    figures = _latencies(name, count, direct, through, scale=1)
    asked = percentile(through["until_first"], 50) - percentile(direct["until_first"], 50)
    late = percentile(through["until_first"], 95) - percentile(direct["until_first"], 95)
    figures += [
        Figure(f"{name}request to first token, p50", asked, "ms"),
        Figure(f"{name}request to first token, p95", late, "ms"),
        Figure(f"{name}CPU", used / max(through["stamps"], 1) * 1000, "s/1k tok", 0.08),
    ]
    return figures


def _latencies(
    name: str, count: int, direct: dict[str, Any], through: dict[str, Any], *, scale: float, wait: float = 0
) -> list[Figure]:
    def added(field: str, rank: int) -> float:
        return percentile(through[field], rank) - percentile(direct[field], rank)

    def aim(aims: dict[int, float], plus: float = 0) -> float | None:
        return aims[count] * scale + plus if count in aims else None

    return [
        Figure(f"{name}finished", through["finished"], "streams", count, at_least=True),
        Figure(f"{name}first token, p50", added("first", 50), "ms"),
        Figure(f"{name}first token, p95", added("first", 95), "ms", aim(FIRST_AIM)),
        Figure(f"{name}per token, p50", added("added", 50), "ms"),
        Figure(f"{name}per token, p99", added("added", 99), "ms", aim(TOKEN_AIM, wait)),
        Figure(f"{name}last token to done, p50", added("end", 50), "ms", 1.5 * scale),
    ]


async def _unpaced(ours: Bed, count: int, tokens: int) -> list[Figure]:
    ours.tokens(tokens, None, stamp=False)
    before = ours.cpu()
    through = await load([ours.events() for _ in range(count)])
    used = ours.cpu() - before
    name = f"JSON, {count} unpaced: "
    total = tokens * through["finished"]
    speed = total / through["seconds"] if through["seconds"] else float("nan")
    return [
        Figure(f"{name}speed", speed, "tokens/s", 60_000 if count == 20 else None, at_least=True),
        Figure(f"{name}CPU", used / max(total, 1) * 1000, "s/1k tok", 0.08),
    ]


async def _html(ours: Bed, count: int, rate: int, tokens: int) -> list[Figure]:
    ours.tokens(tokens, rate)
    direct = await load([ours.direct() for _ in range(count)], _over(count))
    ours.tokens(tokens, rate, delay=1 + count * 0.06)
    async with signed_in(ours.server.url) as client:
        specs = await open_page_streams(ours, client, count)
    before = ours.cpu()
    through = await load(specs)
    used = ours.cpu() - before
    name = f"HTML, {count} × {rate} tokens/s: "
    figures = _latencies(name, count, direct, through, scale=2, wait=REDRAW_MS)
    figures.append(Figure(f"{name}CPU", used / max(tokens * through["finished"], 1) * 1000, "s/1k tok", 0.16))
    return figures


async def measure_tools(data_dir: Path) -> list[Figure]:
    """Measure one round through a tool that asks no database: from the model's last byte to its next request."""
    call = {"parts": [{"call": {"name": "get_current_time", "arguments": {}}}]}
    async with bed(data_dir) as ours:
        ours.script({"rules": [{"turns": [call, {"parts": [{"text": "Noon."}]}]}]})
        for _ in range(ROUNDS + 1):
            await load([ours.events()])
            await asyncio.sleep(0.02)
        asked = sorted(await ours.requests(), key=lambda request: request["number"])
    rounds = [(after["received"] - before["ended"]) * 1000 for before, after in zip(asked[::2], asked[1::2], strict=True)][1:]
    return [Figure("tool round without its work, p50", statistics.median(rounds), "ms", 4)]


def _over(count: int) -> float:
    """People do not all ask in the same instant: spread the starts over some seconds."""
    return 0 if count == 1 else count / 50
