"""Attack a business database in PostgreSQL as its own analytics role."""

import asyncio
import time
import uuid
from collections.abc import Iterable
from typing import Any

import asyncpg

from app.data.engine import BoundStatement, Source
from app.data.errors import QueryError
from app.data.postgres_schema import quoted
from app.data.postgres_tables import filtering_views, read_functions, read_tables
from app.data.walls.findings import (
    CAME_THROUGH,
    NOT_CONTAINED,
    NOTHING_TO_ASK,
    TOO_LONG,
    Case,
    Findings,
    filled,
    refused_by_policy,
)
from app.data.walls.postgres_rights import RIGHTS, problems_of, straight
from app.data.walls.verdicts import Problem
from app.errors import N_
from app.settings import Settings

WALLS = (
    "contents", "names", "role", "ownership", "writes", "settings", "tables", "catalogue", "tenants", "views", "files", "waiting",
)  # fmt: skip
SECONDS = 0.5
"""How long an escape may work; those that would wait for ever must end by then."""
LATE_SECONDS = 15.0
"""What runs on for so long was not ended by its limit, however busy the machine is."""
PATIENT_SECONDS = 10.0
VIEW_SECONDS = 30
RELATIONS = """
    SELECT c.relname AS name, c.relkind::text AS kind,
           coalesce(array_to_string(c.reloptions, ','), '') AS options, has_table_privilege(c.oid, 'SELECT') AS is_readable
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""
A_TABLE = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ($1, 'pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p')
     ORDER BY EXISTS (
           SELECT FROM pg_depend AS d JOIN pg_rewrite AS w ON w.oid = d.objid JOIN pg_class AS v ON v.oid = w.ev_class
             JOIN pg_namespace AS s ON s.oid = v.relnamespace
            WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass AND s.nspname = $1) DESC, 1 LIMIT 1
"""
OWNER = "SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()"
SEEN = "SELECT current_setting('app.tenant_id', true), current_setting('transaction_read_only'), session_user = current_user"
IS_TABLE = N_("%(name)s is no view and shows the rows of every company")
NO_FILTER = N_("the view %(name)s does not filter everything that it reads by tenant")
SHOWS_ROWS = N_("the view %(name)s shows rows to a company that does not exist")
SHOWS_NOBODY = N_("the view %(name)s shows rows where no company is set")
NO_BARRIER = N_("the view %(name)s has no security_barrier: whether a query fails may depend on another company's rows")
INVOKER = N_("the view %(name)s reads with the role's own rights (security_invoker)")
ALIKE = N_("%(names)s differ in capital and small letters only, so they share one description and one rule of who may read them")
SLOW_VIEW = N_("the view %(name)s could not be read in time")


async def attack(settings: Settings, source: Source, findings: Findings) -> None:
    """Try everything. Raises asyncpg's errors, `OSError` or `TimeoutError` where the database cannot be reached."""
    schema = settings.analytics_schema
    async with straight(settings.analytics_url) as connection:
        for right in RIGHTS:
            findings.look(right.wall, *await problems_of(connection, right, schema))
        relations = await connection.fetch(RELATIONS, schema)
        table = await connection.fetchval(A_TABLE, schema) or ""
        owner = await connection.fetchval(OWNER)
        if settings.analytics_isolation == "views":
            await _look_at_relations(connection, relations, schema, findings)
    readable = await source.relations()
    findings.look("contents", *([] if readable else [Problem(NOTHING_TO_ASK, only_warns=True)]))
    findings.look("names", *_alike(readable))
    view = next((f"{quoted(schema)}.{quoted(row['name'])}" for row in relations if row["is_readable"]), "")
    cases = filled("postgres", view=view, table=table, schema=quoted(schema), owner=owner)
    findings.total = len(cases)
    async with straight(settings.analytics_url) as connection:
        for case in cases:
            findings.look(
                case.wall, *refused_by_policy(case, "postgres", source.schemas, readable), *await _try(connection, source, case)
            )
            findings.step()


def _alike(names: Iterable[str]) -> list[Problem]:
    """Return a warning for each group of relations whose names are one to BiChat."""
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(name.lower(), []).append(name)
    return [Problem(ALIKE, {"names": ", ".join(group)}, only_warns=True) for group in groups.values() if len(group) > 1]


async def _try(connection: Any, source: Source, case: Case) -> tuple[Problem, ...]:
    if case.held_by == "engine":
        is_through = await _is_let_through(source, case.sql) or await _is_let_through_straight(connection, case.sql)
        return (Problem(CAME_THROUGH, {"sql": case.sql}),) if is_through else ()
    started = time.monotonic()
    ended = await _is_let_through(source, case.sql)
    if time.monotonic() - started > LATE_SECONDS or (case.held_by == "time" and ended):
        return (Problem(TOO_LONG, {"sql": case.sql}),)
    tenant = uuid.uuid4()
    seen = (await source.run(BoundStatement(SEEN, {}, tenant, 1, PATIENT_SECONDS))).rows[0]
    return () if seen == [str(tenant), "on", True] else (Problem(NOT_CONTAINED, {"sql": case.sql}),)


async def _is_let_through(source: Source, sql: str) -> bool:
    """Send it as the application sends checked statements, past the policy."""
    try:
        await source.run(BoundStatement(sql, {}, uuid.uuid4(), 10, SECONDS))
    except (QueryError, asyncpg.InternalClientError):  # the latter where a column's type cannot be told without reading
        return False
    return True


async def _is_let_through_straight(connection: Any, sql: str) -> bool:
    """Send it past everything, in a transaction that may write, and take it back."""
    await connection.execute(f"BEGIN READ WRITE; SET LOCAL statement_timeout = '{PATIENT_SECONDS:g}s'")
    try:
        await connection.execute(sql)
    except asyncpg.QueryCanceledError:
        return True
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.execute("ROLLBACK")
    return True


async def _look_at_relations(connection: Any, relations: list[Any], schema: str, findings: Findings) -> None:
    tables, functions = await read_tables(connection, schema), await read_functions(connection)
    filtering = await asyncio.to_thread(filtering_views, schema, tables, functions)
    for row in relations:
        name = {"name": row["name"]}
        if row["kind"] != "v":
            findings.look("tables", *([Problem(IS_TABLE, name)] if row["is_readable"] else []))
            continue
        findings.look("tenants", *([] if row["name"] in filtering else [Problem(NO_FILTER, name)]))
        options = {
            option.partition("=")[0]: option.partition("=")[2] in {"true", "on", "yes", "1"}
            for option in row["options"].split(",")
        }
        findings.look("views", *([] if options.get("security_barrier") else [Problem(NO_BARRIER, name, only_warns=True)]))
        findings.look("views", *([Problem(INVOKER, name)] if options.get("security_invoker") else []))
        if row["is_readable"]:
            findings.look("tenants", *await _rows_of(connection, f"{quoted(schema)}.{quoted(row['name'])}", name, None))
            findings.look("tenants", *await _rows_of(connection, f"{quoted(schema)}.{quoted(row['name'])}", name, uuid.uuid4()))


async def _rows_of(connection: Any, relation: str, name: dict[str, str], tenant: uuid.UUID | None) -> list[Problem]:
    """Read a view as nobody, or as a company that does not exist: there must be nothing to see."""
    try:
        async with connection.transaction(readonly=True):
            await connection.execute(f"SET LOCAL statement_timeout = '{VIEW_SECONDS}s'")
            if tenant is not None:
                await connection.execute(f"SET LOCAL app.tenant_id = '{tenant}'")
            found = await connection.fetchval(f"SELECT 1 FROM {relation} LIMIT 1")  # noqa: S608 - a quoted name from the catalogue
    except asyncpg.QueryCanceledError:
        return [Problem(SLOW_VIEW, name)]
    except asyncpg.PostgresError:
        return []  # a filter that fails where no company is set shows nothing either
    return [Problem(SHOWS_NOBODY if tenant is None else SHOWS_ROWS, name)] if found else []
