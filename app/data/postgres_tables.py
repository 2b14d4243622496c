"""What the views of a schema read, through other views and along foreign keys, as a check of their tenant filters needs it."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec

from app.data.tenant_filter import filters_by_tenant
from app.data.tenant_tables import TENANT_COLUMN, Name, Reference, Stored, Tables

READ = """
    WITH RECURSIVE shown (oid) AS (
        SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'v'
        UNION
        SELECT next.oid FROM shown, LATERAL (
            SELECT d.refobjid FROM pg_rewrite AS w JOIN pg_depend AS d ON d.objid = w.oid
             WHERE w.ev_class = shown.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
             UNION SELECT k.confrelid FROM pg_constraint AS k WHERE k.conrelid = shown.oid AND k.contype = 'f'
        ) AS next (oid))
    SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
           CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) ELSE '' END AS definition,
           (SELECT a.atttypid = 'uuid'::regtype FROM pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped) AS is_uuid
      FROM shown JOIN pg_class AS c ON c.oid = shown.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""
KEYS = """
    SELECT n.nspname AS schema, c.relname AS name, pn.nspname AS parent_schema, p.relname AS parent, k.convalidated AS is_kept,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
                   JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place) AS columns,
           ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
                   JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place) AS targets
      FROM pg_constraint AS k
      JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_class AS p ON p.oid = k.confrelid JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
     WHERE k.contype = 'f'
"""
FUNCTIONS = """
    SELECT n.nspname AS schema, p.proname AS name FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname <> 'pg_catalog' GROUP BY n.nspname, p.proname HAVING NOT bool_or(p.prosecdef)
"""
KINDS: Mapping[str, Literal["table", "view"]] = {"r": "table", "p": "table", "v": "view"}


async def read_tables(connection: Any, schema: str) -> Tables:
    """Return what the views of `schema` read, and the views. Raises asyncpg's errors."""
    async with connection.transaction(readonly=True):
        # So that definitions name everything with its schema, and nothing but PostgreSQL's own without.
        await connection.execute("SET LOCAL search_path = pg_catalog")
        rows = await connection.fetch(READ, schema, TENANT_COLUMN)
        keys = await connection.fetch(KEYS)
    references: dict[Name, tuple[Reference, ...]] = {}
    for key in keys:
        name, parent = (key["schema"], key["name"]), (key["parent_schema"], key["parent"])
        # By a key that was never checked a row is somebody's, but nothing tells whose.
        columns = tuple(key["columns"]) if key["is_kept"] else ("",) * len(key["targets"])
        references[name] = (*references.get(name, ()), Reference(columns, parent, tuple(key["targets"])))
    return {(row["schema"], row["name"]): _stored(row, references) for row in rows}


async def read_functions(connection: Any) -> frozenset[Name]:
    """Return the functions that act with the rights of whoever calls them, in a view too, beside PostgreSQL's own."""
    return frozenset((row["schema"], row["name"]) for row in await connection.fetch(FUNCTIONS))


def filtering_views(schema: str, tables: Tables, functions: Collection[Name] = ()) -> frozenset[str]:
    """Return the names of the views of `schema` that show each tenant its own rows only."""
    names = [name for name, stored in tables.items() if name[0] == schema and stored.kind == "view"]
    return frozenset(name[1] for name in names if filters_by_tenant(name, tables, "postgres", functions))


def _stored(row: Any, references: Mapping[Name, tuple[Reference, ...]]) -> Stored:
    tenant: Literal["none", "right", "wrong"] = "none" if row["is_uuid"] is None else "right" if row["is_uuid"] else "wrong"
    stored = Stored(KINDS.get(row["kind"], "other"), tenant, row["definition"])
    return msgspec.structs.replace(stored, references=references.get((row["schema"], row["name"]), ()))
