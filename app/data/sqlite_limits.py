"""The walls inside SQLite: what one connection may read, call and use up. They hold even where the policy is wrong."""

import sqlite3
from collections.abc import Callable, Collection, Mapping

VALUE_BYTES = 1_000_000
"""The longest value or row: it bounds memory, because a statement cannot build anything longer."""
HEAP_BYTES = 128_000_000
"""What SQLite may hold in memory in one process."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 1000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 500,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1000,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
TENANT_FUNCTION = "current_tenant"
TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
INTERNAL = ("sqlite_", "pragma_")
INTERNAL_TABLES = frozenset({"dbstat", "bytecode", "tables_used", "fts3tokenize", "fts5vocab", "completion", "carray"})
OPERATOR_FUNCTIONS = frozenset({"->", "->>", "like", "glob"})

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


class View:
    """A view that people may read: by its public name, through the inner view that filters by tenant."""

    def __init__(self, public: str, inner: str) -> None:
        self.public = public
        self.inner = inner


def view_authorizer(views: Collection[View], existing: Collection[str], functions: Collection[str]) -> Authorizer:
    """Allow reading public views, inner views from their public one, and tables from inside an inner view only.

    SQLite names the innermost view, or common table expression, that a column is read from. A statement could give an
    expression a view's name, so what opens the tables has a name that nobody can know. `existing` are all relations of
    the file.
    """
    public = {view.public.lower() for view in views}
    outer_of = {view.inner.lower(): view.public.lower() for view in views}

    def may_read(table: str, inside: str) -> bool:
        if table in outer_of:
            return outer_of[table] == inside
        return table in public or inside in outer_of

    def may_call(name: str, inside: str) -> bool:
        return name in functions or (name == TENANT_FUNCTION and inside in outer_of)

    return _authorizer(may_read, may_call, existing)


def table_authorizer(relations: Collection[str], existing: Collection[str], functions: Collection[str]) -> Authorizer:
    """Allow reading every table and view in `relations`: the file belongs to one company."""
    readable = {name.lower() for name in relations}
    return _authorizer(lambda table, _inside: table in readable, lambda name, _inside: name in functions, existing)


def _authorizer(
    may_read: Callable[[str, str], bool], may_call: Callable[[str, str], bool], existing: Collection[str]
) -> Authorizer:
    taken = {name.lower() for name in existing}

    def reads(table: str, column: str, inside: str) -> bool:
        if table in TABLE_FUNCTIONS:
            return True
        if table.startswith(INTERNAL) or table in INTERNAL_TABLES:
            return False
        # A common table expression of which no column is used is announced too, by its own name.
        return may_read(table, inside) or (column == "" and table not in taken)

    def decide(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
        if action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}:
            allowed = True
        elif action == sqlite3.SQLITE_READ:
            allowed = (database or "main") == "main" and reads((first or "").lower(), second or "", (inside or "").lower())
        elif action == sqlite3.SQLITE_FUNCTION:
            name = (second or "").lower()
            allowed = name in OPERATOR_FUNCTIONS or may_call(name, (inside or "").lower())
        else:
            allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return decide


def bound(connection: sqlite3.Connection) -> None:
    """Make a connection ready and put the size limits on it; to be done before its authorizer is set."""
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    for name in sorted(TABLE_FUNCTIONS):
        # Its first use declares its columns by a CREATE TABLE, which the authorizer would refuse later.
        connection.execute(f"SELECT 1 FROM {name}('[]')")  # noqa: S608 - one of the names above
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cache_size=-8000")
    connection.execute(f"PRAGMA hard_heap_limit={HEAP_BYTES}")
    connection.execute("PRAGMA temp_store=FILE")


def scrub(text: str, secrets: Mapping[str, str]) -> str:
    """Replace the names of inner views, which nobody may learn, by the public ones."""
    for inner, public in secrets.items():
        text = text.replace(inner, public)
    return text
