"""Attack a business database in an SQLite file the way the application reads it."""

import asyncio
import contextlib
import sqlite3
import time
import uuid
from urllib.parse import quote

from app.data.engine import BoundStatement, Source
from app.data.errors import QueryError
from app.data.sqlite_schema import VIEW_MAP
from app.data.walls.findings import CAME_THROUGH, NOTHING_TO_ASK, TOO_LONG, Case, Findings, filled, refused_by_policy
from app.data.walls.verdicts import Problem
from app.database import sqlite_path
from app.errors import N_
from app.settings import Settings

WALLS = ("contents", "writes", "settings", "tables", "catalogue", "tenants", "files", "waiting")
SECONDS = 0.5
LATE_SECONDS = 15.0
"""What runs on for so long was not ended by its limit, however busy the machine is."""
VIEW_SECONDS = 30.0
LEFT_OUT = N_("the view %(name)s does not filter everything that it reads by tenant")
SHOWS_ROWS = N_("the view %(name)s shows rows to a company that does not exist")
SLOW_VIEW = N_("the view %(name)s could not be read in time")


async def attack(settings: Settings, source: Source, findings: Findings) -> None:
    """Try everything. Raises `QueryError` where the file cannot be read."""
    readable = await source.relations()
    findings.look("contents", *([] if readable else [Problem(NOTHING_TO_ASK, only_warns=True)]))
    hidden, mapped = await asyncio.to_thread(_in_the_file, sqlite_path(settings.analytics_url) or "")
    if settings.analytics_isolation == "views":
        for name in mapped:
            findings.look("tenants", *([] if name in readable else [Problem(LEFT_OUT, {"name": name})]))
        for name in readable:
            findings.look("tenants", *await _rows_of(source, name))
    view = f'"{next(iter(readable))}"' if readable else ""
    table = next((name for name in hidden if name not in readable), "")
    cases = filled("sqlite", view=view, table=table)
    findings.total = len(cases)
    for case in cases:
        findings.look(case.wall, *refused_by_policy(case, "sqlite", source.schemas, readable), *await _try(source, case))
        findings.step()


async def _try(source: Source, case: Case) -> tuple[Problem, ...]:
    started = time.monotonic()
    try:
        await source.run(BoundStatement(case.sql, {}, uuid.uuid4(), 10, SECONDS))
    except QueryError:
        is_late = time.monotonic() - started > LATE_SECONDS
        return (Problem(TOO_LONG, {"sql": case.sql}),) if is_late else ()
    return (Problem(CAME_THROUGH, {"sql": case.sql}),)


async def _rows_of(source: Source, name: str) -> list[Problem]:
    quoted = name.replace('"', '""')
    try:
        statement = BoundStatement(f'SELECT 1 FROM "{quoted}" LIMIT 1', {}, uuid.uuid4(), 1, VIEW_SECONDS)  # noqa: S608 - a quoted name
        found = (await source.run(statement)).rows
    except QueryError:
        return [Problem(SLOW_VIEW, {"name": name})]
    return [Problem(SHOWS_ROWS, {"name": name})] if found else []


def _in_the_file(path: str) -> tuple[list[str], list[str]]:
    """Return the tables of the file, and the public names of its map of views."""
    with contextlib.closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        tables = sorted((name for (name,) in listed), key=lambda name: (name.startswith("_"), name))
        mapped = []
        if VIEW_MAP in tables:
            mapped = [name for (name,) in connection.execute(f"SELECT public_name FROM {VIEW_MAP} ORDER BY 1")]  # noqa: S608 - a constant
    return tables, mapped
