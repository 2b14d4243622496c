"""Worker processes of SQLite that nobody wants any more end by themselves."""

import asyncio
import os
from pathlib import Path

from app.data.sqlite_workers import IDLE_SECONDS
from app.identity.actor import Actor
from tests.data import guarded
from tests.data.test_bounded import children, is_running, is_worker, opened


class Hurrying(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def test_a_worker_that_nobody_wanted_for_five_minutes_ends(tmp_path: Path, ours: Actor) -> None:
    loop = Hurrying()
    address = guarded.sqlite_file(tmp_path)

    async def idle() -> None:
        queries = opened(address)
        before = set(children(os.getpid()))
        await queries.execute(ours, "SELECT 1", {}, max_rows=1)
        (worker,) = (pid for pid in set(children(os.getpid())) - before if is_worker(pid))
        loop.ahead = IDLE_SECONDS - 100
        await queries.execute(ours, "SELECT 1", {}, max_rows=1)
        loop.ahead = 2 * IDLE_SECONDS - 110
        await asyncio.sleep(0.1)
        assert is_running(worker)
        loop.ahead = 3 * IDLE_SECONDS
        async with asyncio.timeout(5):
            while is_running(worker):
                await asyncio.sleep(0.02)
        assert (await queries.execute(ours, "SELECT 2 AS n", {}, max_rows=1)).rows == [[2]]
        await queries.close()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(idle())
