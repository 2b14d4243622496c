"""Attack the business database that the settings name, and tell wall by wall what held.

It brings the SQL parser and the driver, so it is loaded when somebody asks for a check.
"""

import asyncio
import sqlite3
from collections.abc import Callable

import asyncpg

from app.data.errors import QueryError
from app.data.sources import open_source
from app.data.walls import postgres_attack, sqlite_attack
from app.data.walls.findings import Findings
from app.data.walls.verdicts import Problem, Verdict
from app.database import sqlite_path
from app.errors import N_
from app.settings import Settings

LONGEST_SECONDS = 300.0
UNREACHABLE = N_("it does not answer (%(reason)s)")
UNFINISHED = N_("the check did not end in time")


def _unheard(_done: int, _total: int) -> None:
    pass


async def check(settings: Settings, progress: Callable[[int, int], None] = _unheard) -> list[Verdict]:
    """Return a verdict for each wall; nothing is changed. `progress` is told how many cases of how many are done."""
    module = postgres_attack if sqlite_path(settings.analytics_url) is None else sqlite_attack
    findings = Findings(module.WALLS, progress)
    source = open_source(settings)
    try:
        async with asyncio.timeout(LONGEST_SECONDS) as limit:
            await module.attack(settings, source, findings)
    except (QueryError, asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error, OSError, ValueError) as error:
        if limit.expired():
            return [Verdict("waiting", 1, (Problem(UNFINISHED),))]
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return [Verdict("connection", 1, (Problem(UNREACHABLE, {"reason": reason}),))]
    finally:
        await source.close()
    return findings.verdicts()
