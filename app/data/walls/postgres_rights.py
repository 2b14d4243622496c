"""What the analytics role may do besides reading, from PostgreSQL's own catalogue."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import msgspec

from app.data.postgres_connection import Connection
from app.data.postgres_failures import UNREACHABLE
from app.data.walls.verdicts import Problem
from app.database import async_url
from app.errors import N_

__all__ = ["RIGHTS", "UNREACHABLE", "problems_of", "serious_problem", "straight"]

CONNECT_SECONDS = 10.0
KNOWN = """
WITH me AS (SELECT * FROM pg_roles WHERE rolname = current_user),
     schema AS (SELECT n.oid, n.nspname AS name, n.nspowner AS owner FROM pg_namespace AS n, me
                 WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT me.rolsuper),
     relation AS (SELECT c.oid, c.oid::regclass::text AS name, c.relkind AS kind, c.relowner AS owner,
                         s.oid AS schema, s.name AS schema_name
                    FROM pg_class AS c JOIN schema AS s ON s.oid = c.relnamespace),
     shown AS (SELECT * FROM relation WHERE kind IN ('r', 'p', 'v', 'm', 'f')),
     database AS (SELECT datname AS name, datdba AS owner FROM pg_database, me
                   WHERE datname = current_database() AND NOT me.rolsuper)
"""
"""Names for the queries of rights. A superuser may do everything; for one that is said once, and the rest is empty."""


class Right(msgspec.Struct, frozen=True):
    """A query for the names of what a role may do. A `serious` one keeps a production site from starting."""

    wall: str
    message: str
    sql: str
    serious: bool = False


RIGHTS = (
    Right("role", N_("the role %(name)s is a superuser"), "SELECT rolname FROM me WHERE rolsuper", serious=True),
    Right(
        "role",
        N_("the role has the attribute %(name)s"),
        "SELECT a.name FROM me, LATERAL (VALUES ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb), "
        "('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls)) AS a (name, has) WHERE NOT rolsuper AND a.has",
    ),
    Right(
        "role",
        N_("the role is a member of %(name)s"),
        "SELECT r.rolname FROM pg_roles AS r, me WHERE r.oid <> me.oid AND NOT me.rolsuper AND pg_has_role(r.oid, 'MEMBER')",
    ),
    Right(
        "ownership",
        N_("the role owns the database %(name)s"),
        "SELECT name FROM database WHERE pg_has_role(owner, 'MEMBER')",
        serious=True,
    ),
    Right(
        "ownership",
        N_("the role owns the schema %(name)s"),
        "SELECT name FROM schema WHERE pg_has_role(owner, 'MEMBER')",
        serious=True,
    ),
    Right(
        "ownership",
        N_("the role owns %(name)s"),
        "SELECT name FROM relation WHERE (kind = 'S' OR oid IN (SELECT oid FROM shown)) AND pg_has_role(owner, 'MEMBER')",
        serious=True,
    ),
    Right(
        "ownership",
        N_("the role owns the function %(name)s"),
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN schema AS s ON s.oid = p.pronamespace "
        "WHERE pg_has_role(p.proowner, 'MEMBER')",
        serious=True,
    ),
    Right(
        "writes",
        N_("the role may INSERT, UPDATE, DELETE or TRUNCATE %(name)s"),
        "SELECT name FROM shown WHERE has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE') "
        "OR has_any_column_privilege(oid, 'INSERT, UPDATE')",
        serious=True,
    ),
    Right(
        "writes",
        N_("the role may CREATE in the schema %(name)s"),
        "SELECT name FROM schema WHERE has_schema_privilege(oid, 'CREATE')",
        serious=True,
    ),
    Right(
        "writes",
        N_("the role may CREATE in the database %(name)s"),
        "SELECT name FROM database WHERE has_database_privilege(name, 'CREATE')",
        serious=True,
    ),
    Right(
        "writes",
        N_("the role may make temporary tables in the database %(name)s"),
        "SELECT name FROM database WHERE has_database_privilege(name, 'TEMPORARY')",
    ),
    Right(
        "writes",
        N_("the role may use the sequence %(name)s"),
        "SELECT name FROM relation WHERE CASE WHEN kind = 'S' THEN has_sequence_privilege(oid, 'USAGE, UPDATE') END",
    ),
    Right(
        "writes",
        N_("the role may call %(name)s, which runs with its owner's rights"),
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN schema AS s ON s.oid = p.pronamespace "
        "WHERE p.prosecdef AND has_schema_privilege(s.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')",
    ),
    Right(
        "tables",
        N_("the role may read %(name)s"),
        "SELECT name FROM shown WHERE schema_name <> $1 AND has_schema_privilege(schema, 'USAGE') "
        "AND has_any_column_privilege(oid, 'SELECT') AND NOT EXISTS (SELECT FROM pg_depend AS d "
        "WHERE d.objid = shown.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')",
    ),
)
"""Membership counts as well as the role's own rights: SET ROLE is one statement away."""
MOST_NAMES = 3
MORE_LIKE = N_("and %(count)s more, as with %(name)s")


@contextlib.asynccontextmanager
async def straight(url: str) -> AsyncGenerator[Any]:
    """Open a connection of the role's with nothing of BiChat's before it. Raises asyncpg's errors, `OSError`, `TimeoutError`."""
    address = async_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address, timeout=CONNECT_SECONDS, connection_class=Connection, statement_cache_size=0)
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_SECONDS)


async def problems_of(connection: Any, right: Right, schema: str) -> list[Problem]:
    """Return what the role may do and should not, at most a few of a kind."""
    arguments = [schema] if "$1" in right.sql else []
    listed = f"SELECT name, count(*) OVER () FROM ({right.sql}) AS found (name) ORDER BY 1 LIMIT {MOST_NAMES}"  # noqa: S608 - a constant
    names = await connection.fetch(f"{KNOWN} {listed}", *arguments)
    problems = [Problem(right.message, {"name": row[0]}) for row in names]
    if names and names[0][1] > MOST_NAMES:
        problems.append(Problem(MORE_LIKE, {"count": names[0][1] - MOST_NAMES, "name": names[-1][0]}))
    return problems


async def serious_problem(url: str, schema: str) -> Problem | None:
    """Return the first reason why a site must not be opened to people with this role."""
    async with straight(url) as connection:
        for right in RIGHTS:
            if right.serious and (problems := await problems_of(connection, right, schema)):
                return problems[0]
    return None
