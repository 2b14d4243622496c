"""What an SQLite file holds and who may read it: read once per version of the file, before any statement runs."""

import sqlite3
from collections.abc import Mapping
from typing import Literal

import msgspec

from app.data.engine import Relation, RelationColumn
from app.data.sqlite_limits import TENANT_FUNCTION, View
from app.data.tenant_tables import TENANT_COLUMN, Stored

VIEW_MAP = "_bichat_views"
Isolation = Literal["views", "single"]


class Schema(msgspec.Struct, frozen=True, eq=False):
    """What statements may read. `existing` are all relations, `secrets` maps the names of inner views to the public ones."""

    version: tuple[int, int, int]
    isolation: Isolation
    relations: Mapping[str, Relation]
    views: tuple[View, ...]
    secrets: Mapping[str, str]
    existing: frozenset[str]


def read_schema(connection: sqlite3.Connection, version: tuple[int, int, int], isolation: Isolation) -> Schema:
    """Read the relations that `isolation` opens. Raises sqlite3's errors."""
    # Views that call the tenant's function cannot even be described without it.
    connection.create_function(TENANT_FUNCTION, 0, lambda: None, deterministic=True)
    listed = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    kinds: dict[str, str] = {name: kind for name, kind, _sql in listed if not name.lower().startswith("sqlite_")}
    if isolation == "single":
        relations = {name: _relation(connection, name, kind) for name, kind in kinds.items() if name != VIEW_MAP}
        return Schema(version, isolation, relations, (), {}, frozenset(kinds))
    views = _mapped_views(connection, {name: sql for name, _kind, sql in listed}, kinds)
    relations = {view.public: _relation(connection, view.public, "view") for view in views}
    secrets = {view.inner: view.public for view in views}
    return Schema(version, isolation, relations, views, secrets, frozenset(kinds))


def _mapped_views(connection: sqlite3.Connection, definitions: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[View, ...]:
    """Return the views of the map whose inner view filters by tenant; a file without the map opens nothing."""
    if VIEW_MAP not in kinds:
        return ()
    from app.data.tenant_filter import filters_by_tenant  # noqa: PLC0415 - brings the SQL parser, at the first query

    tables = {("", name.lower()): _stored(connection, name, kind, definitions[name]) for name, kind in kinds.items()}
    pairs = connection.execute(f"SELECT public_name, inner_name FROM {VIEW_MAP}").fetchall()  # noqa: S608 - the name is a constant
    return tuple(
        View(public, inner)
        for public, inner in pairs
        if kinds.get(public) == kinds.get(inner) == "view" and filters_by_tenant(("", inner.lower()), tables, "sqlite")
    )


def _stored(connection: sqlite3.Connection, name: str, kind: str, definition: str) -> Stored:
    columns = (
        {row[1].lower() for row in connection.execute("SELECT * FROM pragma_table_info(?)", (name,))} if kind == "table" else ()
    )
    return Stored("view" if kind == "view" else "table", "right" if TENANT_COLUMN in columns else "none", definition)


def _relation(connection: sqlite3.Connection, name: str, kind: str) -> Relation:
    quoted = name.replace('"', '""')
    references = {row[3]: f"{row[2]}.{row[4]}" for row in connection.execute(f'PRAGMA foreign_key_list("{quoted}")')}
    columns = tuple(
        RelationColumn(column, declared.lower(), is_key=bool(key), references=references.get(column))
        for _id, column, declared, _not_null, _default, key in connection.execute(f'PRAGMA table_info("{quoted}")')
    )
    return Relation(name, "view" if kind == "view" else "table", columns)
