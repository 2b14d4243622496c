"""Puts the demo's business data into PostgreSQL: tables in a schema of their own, tenant views in the analytics schema.

Tables and views are those of the SQLite file, said in PostgreSQL's words.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

import asyncpg

from app.data.postgres_schema import quoted
from app.data.walls import building
from app.data.walls.administrator import first_line, opened
from app.demo.business_database import EDITION, HERE, MARK, VIEW_FILES
from app.demo.companies import Company, companies
from app.demo.generator import Rows, generate
from app.errors import N_, Conflict, Invalid
from app.settings import Settings

SCHEMA = "bichat_demo"
FAILED = N_("The demo could not be put into PostgreSQL (%(reason)s). Run this as the owner of the database, or a superuser.")
TODAY = "(now() AT TIME ZONE 'Asia/Tashkent')::date"
DAYS = re.compile(r"\b(\w+_on|order_date|due_date) TEXT\b")
IN_POSTGRES = (
    (re.compile(r"max\(0, CAST\(julianday\((.+?)\) - julianday\((\S+)\) AS INTEGER\)\)"), r"GREATEST(0, \1 - \2)"),
    (re.compile(r"\(CAST\(strftime\('%w', (\S+)\) AS INTEGER\) \+ 6\) % 7 \+ 1"), r"CAST(EXTRACT(isodow FROM \1) AS integer)"),
    (re.compile(r"date\('now', '\+5 hours'\)"), TODAY),
    (re.compile(r"substr\((\S+), 1, 7\)"), r"to_char(\1, 'YYYY-MM')"),
    (re.compile(r"\bcurrent_tenant\(\)"), "current_setting('app.tenant_id', true)::uuid"),
)


async def build(settings: Settings, dsn: str, end_month: str, chosen: Iterable[Company] | None = None) -> int | None:
    """Make the demo's tables and views as the administrator of `dsn`, then the walls around them.

    Returns the number of order lines, None where the same data was there. Raises `Invalid`, `Conflict` or `Unavailable`.
    """
    if settings.analytics_isolation == "single":
        raise Invalid(N_("The demo's data is of two companies: it needs BICHAT_ANALYTICS_ISOLATION=views."))
    lines: int | None = None
    await building.init(settings, dsn, _quietly)
    async with opened(dsn) as admin:
        if not await _is_current(admin, end_month):
            try:
                async with admin.transaction():
                    lines = await _fill(admin, settings.analytics_schema, end_month, companies() if chosen is None else chosen)
            except asyncpg.PostgresError as error:
                raise Invalid(FAILED, reason=first_line(error)) from error
    await building.init(settings, dsn, _quietly)
    return lines


async def _is_current(admin: Any, end_month: str) -> bool:
    """Tell whether the demo of this generator up to `end_month` is there; raises `Conflict` where its schema is another's."""
    if not await admin.fetchval("SELECT to_regnamespace($1::text) IS NOT NULL", SCHEMA):
        return False
    if not await admin.fetchval("SELECT to_regclass($1::text) IS NOT NULL", f"{SCHEMA}._bichat_demo"):
        message = N_("The schema %(name)s holds something that is not the demo. Rename it, or use another database.")
        raise Conflict(message, name=SCHEMA)
    found = await admin.fetchrow("SELECT end_month, version FROM bichat_demo._bichat_demo")
    return found is not None and tuple(found) == (end_month, EDITION)


async def _fill(admin: Any, schema: str, end_month: str, chosen: Iterable[Company]) -> int:
    await admin.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}; SET LOCAL search_path = {SCHEMA}")
    await admin.execute(_tables())
    lines = 0
    for company in chosen:
        tables = generate(company, end_month)
        lines += len(tables["order_lines_t"])
        for table, rows in tables.items():
            await _copy(admin, table, company, rows)
    await admin.execute("INSERT INTO _bichat_demo VALUES ($1, $2)", end_month, EDITION)
    await admin.execute((HERE / "indexes.sql").read_text(encoding="utf-8"))
    for file in VIEW_FILES:
        definition = in_postgres(file.read_text(encoding="utf-8"))
        await admin.execute(f"CREATE VIEW {quoted(schema)}.{file.stem} WITH (security_barrier) AS {definition}")
        await admin.execute(f"COMMENT ON VIEW {quoted(schema)}.{file.stem} IS '{MARK}'")
    await admin.execute("ANALYZE")
    return lines


def in_postgres(view: str) -> str:
    """Return a view's definition in PostgreSQL's words."""
    for pattern, words in IN_POSTGRES:
        view = pattern.sub(words, view)
    return view


def _tables() -> str:
    """Return the tables in PostgreSQL's words: days are dates, tenants are UUIDs, and what only SQLite needs is left out."""
    text = (HERE / "tables.sql").read_text(encoding="utf-8")
    text = DAYS.sub(r"\1 date", text.replace("tenant_id TEXT", "tenant_id uuid").replace(") WITHOUT ROWID;", ");"))
    text = text.replace("INTEGER", "bigint")
    return re.sub(r"CREATE TABLE _bichat_views \(.*?\);", "", text)


async def _copy(admin: Any, table: str, company: Company, rows: Rows) -> None:
    """Send rows as CSV: PostgreSQL reads days, numbers and what is missing from it faster than they could be bound."""
    columns = await admin.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND attname <> 'tenant_id' "
        "ORDER BY attnum",
        f"{SCHEMA}.{table}",
    )
    text = io.StringIO()
    csv.writer(text).writerows((*row, company.tenant_id) for row in rows)
    names = [*(name for (name,) in columns), "tenant_id"]
    source = io.BytesIO(text.getvalue().encode())
    await admin.copy_to_table(table, schema_name=SCHEMA, columns=names, source=source, format="csv")


def _quietly(_step: building.Step) -> None:
    pass
