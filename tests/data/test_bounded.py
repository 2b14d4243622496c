"""Whatever a statement does, it ends in its time and with a small reply, and others are served meanwhile."""

import asyncio
import contextlib
import os
import resource
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.data.engine import BoundStatement
from app.data.errors import QueryError
from app.data.fair_share import FairShare
from app.data.queries import Queries
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings
from tests.data import guarded
from tests.data.conftest import OURS, THEIRS
from tests.postgres import Cluster
from tests.servers import ROOT

ROWS = 1000
TIMEOUT = 1
REPLY_BYTES = 6_000_000
HELD_BYTES = 120_000_000
PATIENCE = 2.0
"""What a light query may take beside a heavy one, on a machine with other work."""
LATE = 1.5
"""How much longer than its limit a statement may take until its end is told, on such a machine."""


APPLICATION = """
import asyncio, sys, uuid
from app.data.engine import BoundStatement
from app.data.sources import open_source
from app.settings import Settings

ENDLESS = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) SELECT count(*) FROM g WHERE n < 0"


async def main():
    source = open_source(Settings(analytics_url=sys.argv[1], analytics_isolation="single"))
    ask = lambda sql: source.run(BoundStatement(sql, {}, uuid.UUID(int=1), 1, 60))
    busy = asyncio.create_task(ask(ENDLESS))
    await ask("SELECT 1")
    print("ready", flush=True)
    await busy


asyncio.run(main())
"""


@pytest.fixture(scope="module")
def guarded_postgres(postgres_cluster: Cluster) -> Iterator[str]:
    yield guarded.postgres_database(postgres_cluster, "guarded")
    postgres_cluster.drop("guarded")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Queries]:
    """The corpora's database on each engine in turn."""
    if request.param == "sqlite":
        address = guarded.sqlite_file(tmp_path_factory.mktemp("guarded"))
    else:
        address = request.getfixturevalue("guarded_postgres")
    queries = open_queries(Settings(analytics_url=address, analytics_isolation="single", sql_timeout=TIMEOUT, sql_max_rows=ROWS))
    yield queries
    await queries.close()


def opened(address: str, sql_timeout: int = TIMEOUT) -> Queries:
    return open_queries(Settings(analytics_url=address, analytics_isolation="single", sql_timeout=sql_timeout, sql_max_rows=ROWS))


async def rows_of(queries: Queries, actor: Actor, sql: str, *, bypass: bool) -> list[list]:
    """Run a statement as tools do, or past the policy; a refusal or failure gives no rows."""
    try:
        if bypass:
            return (await queries.source.run(BoundStatement(sql, {}, actor.tenant_id, ROWS, TIMEOUT))).rows
        return (await queries.execute(actor, sql, {}, max_rows=ROWS)).rows
    except QueryError:
        return []


async def keep_asking(queries: Queries, actor: Actor, enough: asyncio.Event) -> float:
    """Ask something light again and again; returns how long the slowest answer took."""
    spent: list[float] = []
    while not spent or not enough.is_set():
        started = time.perf_counter()
        result = await queries.execute(actor, "SELECT count(*) FROM orders WHERE id < 10", {}, max_rows=1)
        spent.append(time.perf_counter() - started)
        assert len(result.rows) == 1
        await asyncio.sleep(0.02)
    return max(spent)


async def strain(queries: Queries, ours: Actor, theirs: Actor, sql: str, *, bypass: bool) -> list[str]:
    """Run a statement of ours while others ask; returns the bounds that were broken."""
    await queries.execute(theirs, "SELECT 1", {}, max_rows=1)
    enough = asyncio.Event()
    light = asyncio.create_task(keep_asking(queries, theirs, enough))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    rows = await rows_of(queries, ours, sql, bypass=bypass)
    took = time.perf_counter() - started
    enough.set()
    slowest = await light
    size = sum(len(str(value)) for row in rows for value in row)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) * 1024
    bounds = [
        ("rows", len(rows), ROWS),
        ("bytes", size, REPLY_BYTES),
        ("seconds", took, TIMEOUT + LATE),
        ("seconds for others", slowest, PATIENCE),
        ("bytes of memory", grown, HELD_BYTES),
    ]
    return [f"{found} {name}: {sql[:100]}" for name, found, most in bounds if found > most]


@pytest.mark.parametrize("path", ["checked", "unchecked"])
async def test_every_hostile_statement_is_bounded_while_others_are_served(
    asked: Queries, ours: Actor, theirs: Actor, path: str
) -> None:
    broken = []
    for case in guarded.lines("dev_runtime_cases.jsonl"):
        if case["dialect"] == asked.dialect:
            broken += await strain(asked, ours, theirs, case["sql"], bypass=path == "unchecked")
    assert broken == []


SLOW = {
    "sqlite": "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) SELECT count(*) FROM g WHERE n < 0",
    "postgres": "SELECT count(*) FROM generate_series(1, 100000000000)",
}
UNINTERRUPTIBLE = "SELECT instr(hex(zeroblob(450000)), hex(zeroblob(225000)) || '1')"


async def test_an_operation_that_nothing_interrupts_is_killed_in_time(tmp_path: Path, ours: Actor) -> None:
    queries = opened(guarded.sqlite_file(tmp_path))
    started = time.perf_counter()
    with pytest.raises(QueryError) as refused:
        await queries.execute(ours, UNINTERRUPTIBLE, {}, max_rows=1)
    assert refused.value.code == "timeout"
    assert time.perf_counter() - started < TIMEOUT + LATE
    assert (await queries.execute(ours, "SELECT 1", {}, max_rows=1)).rows == [[1]]
    await queries.close()


async def test_a_crash_of_the_engine_costs_one_statement(tmp_path: Path, ours: Actor) -> None:
    queries = opened(guarded.sqlite_file(tmp_path))
    await queries.execute(ours, "SELECT 1", {}, max_rows=1)
    running = asyncio.create_task(queries.execute(ours, SLOW["sqlite"], {}, max_rows=1))
    while not (victims := working_processes()):
        await asyncio.sleep(0.02)
    for pid in victims:
        os.kill(pid, signal.SIGSEGV)
    with pytest.raises(QueryError) as failed:
        await running
    assert failed.value.code == "failed"
    assert "gave up on this query" in failed.value.message
    assert (await queries.execute(ours, "SELECT 1", {}, max_rows=1)).rows == [[1]]
    await queries.close()


async def test_no_tenant_can_take_every_place(asked: Queries, ours: Actor, theirs: Actor) -> None:
    greedy = [asyncio.create_task(asked.execute(ours, SLOW[asked.dialect], {}, max_rows=1)) for _ in range(40)]
    await asyncio.sleep(0.2)
    started = time.perf_counter()
    await asked.execute(theirs, "SELECT count(*) FROM orders", {}, max_rows=1)
    assert time.perf_counter() - started < TIMEOUT + LATE, "theirs come after all of ours"
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)


async def test_who_waits_too_long_for_a_place_is_told() -> None:
    places = FairShare(2, 1, shortest_wait=0.1)
    async with places.place(OURS, 1):
        waiting = asyncio.create_task(enter(places, OURS, 0.1))
        async with places.place(THEIRS, 0.1):
            pass
        with pytest.raises(QueryError, match="busy with other queries") as refused:
            await waiting
    assert refused.value.code == "timeout"
    await enter(places, OURS, 0.1)


async def test_busy_tenants_leave_a_place_to_one_that_has_none() -> None:
    places = FairShare(4, 2, shortest_wait=0.1)
    async with contextlib.AsyncExitStack() as busy:
        for tenant in (OURS, OURS, THEIRS):
            await busy.enter_async_context(places.place(tenant, 0.1))
        for tenant in (OURS, THEIRS):
            with pytest.raises(QueryError, match="busy with other queries"):
                await enter(places, tenant, 0.1)
        await enter(places, uuid.UUID(int=3), 0.1)


async def test_a_place_that_nobody_waits_for_any_more_goes_to_the_next() -> None:
    places = FairShare(1, 1)
    async with places.place(OURS, 1):
        gone, next_one = (asyncio.create_task(enter(places, tenant, 1)) for tenant in (OURS, THEIRS))
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(next_one, 1)
    assert gone.cancelled()
    await asyncio.wait_for(enter(places, OURS, 1), 1)


@pytest.mark.postgres
async def test_a_value_of_hundreds_of_megabytes_never_reaches_the_process(guarded_postgres: str, ours: Actor) -> None:
    queries = opened(guarded_postgres, sql_timeout=20)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(QueryError) as refused:
        await queries.execute(ours, "SELECT repeat(repeat('x', 1000000), 300)", {}, max_rows=1)
    assert refused.value.code == "too_many_rows"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) * 1024 < HELD_BYTES
    assert (await queries.execute(ours, "SELECT 1", {}, max_rows=1)).rows == [[1]]
    await queries.close()


@pytest.mark.postgres
async def test_a_cancelled_task_leaves_nothing_running_on_the_server(
    guarded_postgres: str, postgres_cluster: Cluster, ours: Actor
) -> None:
    queries = opened(guarded_postgres, sql_timeout=20)
    connection = await asyncpg.connect(postgres_cluster.url("guarded"))
    working = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'bichat_ro' AND state <> 'idle'"
    running = [asyncio.create_task(queries.execute(ours, SLOW["postgres"], {}, max_rows=1)) for _ in range(3)]
    await asyncio.sleep(0.5)
    assert await connection.fetchval(working) == 3
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert await connection.fetchval(working) == 0
    await connection.close()
    await queries.close()


async def test_a_cancelled_task_leaves_no_process_working(tmp_path: Path, ours: Actor) -> None:
    queries = opened(guarded.sqlite_file(tmp_path), sql_timeout=20)
    await queries.execute(ours, "SELECT 1", {}, max_rows=1)
    running = asyncio.create_task(queries.execute(ours, UNINTERRUPTIBLE, {}, max_rows=1))
    while not working_processes():
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await queries.close()
    assert working_processes() == []


async def test_workers_end_with_the_application_that_is_killed(tmp_path: Path) -> None:
    address = guarded.sqlite_file(tmp_path)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPLICATION, address, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    await program.stdout.readline()
    workers = children(program.pid)
    assert len(workers) == 2, "an idle one and a busy one"
    program.kill()
    await program.wait()
    async with asyncio.timeout(5):
        while any(is_running(pid) for pid in workers):
            await asyncio.sleep(0.05)


async def enter(places: FairShare, tenant: uuid.UUID, patience: float) -> None:
    async with places.place(tenant, patience):
        pass


def working_processes() -> list[int]:
    """Return the workers of this process that run a statement: those with some work done and not asleep."""
    return [pid for pid in children(os.getpid()) if is_running(pid) and status(pid) == "R" and is_worker(pid)]


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def is_worker(pid: int) -> bool:
    return b"app.data.sqlite_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and status(pid) != "Z"
