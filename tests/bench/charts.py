"""Charts: the option of a thousand rows and of a long line on the server, and a drawn chart in the browser."""

import asyncio
import datetime as dt
import statistics
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from app.data.charts.chart import draw
from app.data.charts.spec import ChartSpec
from app.data.results import Column
from tests import chromium
from tests.bench.bed import PERSON
from tests.bench.figures import Figure
from tests.servers import Served

TIMES = 20
RELOADS = 5
DRAWN = "[data-chart][data-state=drawn]"
COLUMNS = (Column("day", "date"), Column("branch", "text"), Column("revenue", "decimal", currency="UZS"))


async def measure(data_dir: Path) -> list[Figure]:
    """Draw without a browser, then load a conversation with a chart in Chromium, its files already cached."""
    start = dt.date(2024, 1, 1)
    rows = [[start + dt.timedelta(days=n // 10), f"branch {n % 10}", Decimal(n * 7919 % 100_000)] for n in range(1000)]
    long = [[start + dt.timedelta(days=n), "all", Decimal(n * 7919 % 100_000)] for n in range(10_000)]
    figures = [
        Figure("chart of 1,000 rows as an option, median", _option(rows, "branch"), "ms"),
        Figure("line of 10,000 points thinned to 500, median", _option(long, ""), "ms"),
    ]
    server = Served(data_dir, data_dir.parent / "charts.log", LOG_LEVEL="WARNING")
    await asyncio.to_thread(server.start)
    try:
        reloads = await _in_the_browser(server.url)
    finally:
        await asyncio.to_thread(server.close)
    return [*figures, Figure("page with a chart, from reload to drawn, median", statistics.median(reloads), "ms")]


def _option(rows: list[list[Any]], series: str) -> float:
    spec = ChartSpec("line", "day", ("revenue",), series)
    draw(spec, COLUMNS, rows, "en")
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        draw(spec, COLUMNS, rows, "en")
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def _in_the_browser(url: str) -> list[float]:
    path = chromium.find()
    if path is None:
        return [float("nan")]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        page = await browser.new_page(base_url=url, viewport={"width": 1280, "height": 3000})
        await page.goto("/login")
        await page.locator(f'[data-testid="demo-login"][data-email="{PERSON}"]').click()
        await page.get_by_test_id("composer-input").fill("Revenue by day this year")
        await page.get_by_test_id("composer-input").press("Enter")
        await page.locator(DRAWN).first.wait_for(timeout=60_000)
        times = []
        for _ in range(RELOADS):
            await page.reload()
            await page.locator(DRAWN).first.wait_for()
            times.append(await page.evaluate("performance.now()"))
        await browser.close()
    return times
