"""What a schema of PostgreSQL holds and the analytics role may read."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from app.data.engine import Relation, RelationColumn
from app.data.postgres_tables import filtering_views, read_functions, read_tables

Isolation = Literal["views", "single"]
RELATIONS = """
    SELECT c.relname AS name, c.relkind IN ('v', 'm') AS is_view,
           coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
           a.attname AS column_name, format_type(a.atttypid, a.atttypmod)
             || CASE WHEN t.typtype = 'e' THEN ' (enum)' ELSE '' END AS column_type,
           coalesce(col_description(c.oid, a.attnum), '') AS column_comment,
           EXISTS (SELECT 1 FROM pg_constraint k
                    WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) AS is_key,
           (SELECT f.relname || '.' || fa.attname
              FROM pg_constraint k
              JOIN pg_class f ON f.oid = k.confrelid
              JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.confkey[1]
             WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS refers_to
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND has_table_privilege(c.oid, 'SELECT')
     ORDER BY c.relname, a.attnum
"""
FUNCTIONS = """
    SELECT array_agg(DISTINCT p.proname::text) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = $1 AND p.pronargs > 0 AND p.pronargs - p.pronargdefaults <= 1
"""


async def read_relations(connection: Any, schema: str, isolation: Isolation) -> Mapping[str, Relation]:
    """Return the relations that `isolation` opens, by name. Raises asyncpg's errors."""
    grouped: dict[str, list[Any]] = {}
    for row in await connection.fetch(RELATIONS, schema):
        grouped.setdefault(row["name"], []).append(row)
    if isolation == "views":
        tables, functions = await read_tables(connection, schema), await read_functions(connection)
        safe = await asyncio.to_thread(filtering_views, schema, tables, functions)
        grouped = {name: rows for name, rows in grouped.items() if name in safe}
    attributes = frozenset(await connection.fetchval(FUNCTIONS, schema) or ())
    return {name: _relation(rows, attributes) for name, rows in grouped.items()}


def _relation(rows: list[Any], functions: frozenset[str]) -> Relation:
    first = rows[0]
    columns = tuple(
        RelationColumn(row["column_name"], row["column_type"], row["is_key"], row["refers_to"], row["column_comment"])
        for row in rows
    )
    return Relation(first["name"], "view" if first["is_view"] else "table", columns, first["comment"], functions)


def quoted(name: str) -> str:
    """Return `name` as an identifier."""
    return '"' + name.replace('"', '""') + '"'
