"""Ctrl+C ends the making of a dataset whose script has no end."""

import asyncio
import contextlib
import signal
import sqlite3
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.evaluation.conftest import REVENUE
from tests.servers import BICHAT, ROOT, environment

ENDLESS = """CREATE TABLE begun (day TEXT);
WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n FROM endless) SELECT COUNT(*) FROM endless;
"""
SUITE = """name = "endless"
person = "ann@shop.test"
[dataset]
sql = ["endless.sql"]
[[dataset.people]]
email = "ann@shop.test"
[facts.revenue]
sql = "SELECT 1"
"""
PATIENCE = 30


async def test_an_interrupt_ends_a_script_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "endless.sql").write_text(ENDLESS)
    (tmp_path / "suite.toml").write_text(SUITE + REVENUE)
    (tmp_path / "scratch").mkdir()
    command = [*BICHAT, "eval", "run", "--suite", str(tmp_path / "suite.toml")]
    env = environment(tmp_path, TMPDIR=str(tmp_path / "scratch"))
    with heard(signal.SIGINT):
        process = await asyncio.create_subprocess_exec(*command, env=env, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE):
            while not has_begun(tmp_path / "scratch"):
                await asyncio.sleep(0.02)
        assert process.returncode is None
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert list((tmp_path / "scratch").iterdir()) == []


@contextlib.contextmanager
def heard(number: signal.Signals) -> Iterator[None]:
    """Have processes begin with a signal that is not ignored, as it is in what a shell runs in the background."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def has_begun(scratch: Path) -> bool:
    """Tell whether the script has made its table, so that its endless statement is next."""
    for path in scratch.glob("bichat-eval-*/dataset.sqlite"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'begun'").fetchone())
    return False
