"""Tables: a result of a thousand rows until the browser has painted it, and what the server takes to show it otherwise."""

import asyncio
import statistics
import time
from pathlib import Path

import aiohttp
from playwright.async_api import Page, async_playwright

from tests import chromium
from tests.bench.bed import PERSON, percentile, signed_in
from tests.bench.figures import Figure
from tests.bench.table_answers import asked, served, text
from tests.model_server import ModelServer

ROWS = 1000
TIMES = 10
REQUESTS = 60
QUERY = f"SELECT order_id, order_date, branch, customer, product, quantity, price, amount FROM sales ORDER BY id LIMIT {ROWS}"
PARTIALS = {
    "first page of 25": "size=25",
    "page of 200": "size=200",
    "page 20": "size=25&page=20",
    "sorted by figures": "size=25&sort=7.desc",
    "sorted by words": "size=25&sort=3.asc",
    "searched": "size=25&q=as",
    "searched, sorted, counted": "size=25&q=as&sort=7.desc&statistics=1",
}
PAINTED = """tables => new Promise(painted => {
  const look = () => document.querySelectorAll('[data-testid="table-view"] tbody tr').length > tables * 25 - 25
    ? setTimeout(() => painted({at: performance.timeOrigin + performance.now(), since: performance.now(),
        answered: performance.now() - performance.getEntriesByType('navigation')[0].responseStart}))
    : requestAnimationFrame(look)
  requestAnimationFrame(look)
})"""
"""Once the table is there a frame callback runs right before it is painted, and a task set in there right after."""


async def measure(data_dir: Path) -> list[Figure]:
    """Have a conversation answered with the table, live and reloaded, then ask for the table's partials."""
    async with served(data_dir, QUERY) as (server, model):
        async with signed_in(server.url) as client:
            session, table = await asked(client)
            partials = [figure for name, query in PARTIALS.items() for figure in await _partial(client, table, name, query)]
        return await _in_the_browser(server.url, session, model) + partials


async def _partial(client: aiohttp.ClientSession, table: str, name: str, query: str) -> list[Figure]:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        await text(client, f"{table}/table?{query}", **{"HX-Request": "true"})
        times.append((time.perf_counter() - started) * 1000)
    return [
        Figure(f"table of {ROWS:,} rows, {name}, median", statistics.median(times[10:]), "ms"),
        Figure("  p95", percentile(times[10:], 95), "ms"),
    ]


async def _in_the_browser(url: str, session: str, model: ModelServer) -> list[Figure]:
    path = chromium.find()
    if path is None:
        return [Figure(f"table of {ROWS:,} rows until painted", float("nan"), "ms", note="no Chromium")]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        page = await browser.new_page(base_url=url, viewport={"width": 1280, "height": 900})
        await page.goto("/login")
        await page.locator(f'[data-testid="demo-login"][data-email="{PERSON}"]').click()
        await page.get_by_test_id("composer").wait_for()
        reloads = [await _opened(page, session) for _ in range(TIMES + 1)][1:]
        live = [await _answered(page, model, number + 2) for number in range(TIMES)]
        await browser.close()
    name = f"table of {ROWS:,} rows until painted"
    return [
        Figure(f"{name}: opened, from the navigation, median", statistics.median(at["since"] for at in reloads), "ms"),
        Figure("  opened, from the first byte, median", statistics.median(at["answered"] for at in reloads), "ms"),
        Figure("  live, from the model's request for the query, median", statistics.median(live), "ms"),
        Figure("  live, slowest", max(live), "ms"),
    ]


async def _opened(page: Page, session: str) -> dict[str, float]:
    await page.goto(session, wait_until="commit")
    times: dict[str, float] = await page.evaluate(PAINTED, 1)
    return times


async def _answered(page: Page, model: ModelServer, tables: int) -> float:
    """Ask once more; returns the milliseconds from the model's last byte of the query to the painted table."""
    before = len(model.log)
    painted = asyncio.create_task(page.evaluate(PAINTED, tables))
    await page.get_by_test_id("composer-input").fill("Sales?")
    await page.get_by_test_id("composer-input").press("Enter")
    times = await painted
    said = model.log[before]["ended"] + (time.time() - time.monotonic())
    await page.locator(f':nth-match([data-testid="run-status"], {tables})[data-status="completed"]').wait_for()
    return times["at"] - said * 1000
