"""Builds the demo's business database: an SQLite file whose views show each tenant its own rows.

Public views read inner views with secret names, and only those read base tables: a statement that names its own CTE after a
public view still meets base tables only through an inner one, whose name it cannot know. Inner views filter by
`current_tenant()`, a function that whoever opens the file registers on its connection.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from app.demo.companies import Company, companies
from app.demo.generator import generate

HERE = Path(__file__).parent
VIEW_FILES = sorted((HERE / "views").glob("*.sql"))
PUBLIC_VIEWS = tuple(file.stem for file in VIEW_FILES)
"""The names that people's statements may read."""
EDITION = 3
"""Raised whenever the generator's version, a table or a view changes, so that an older demo is made anew."""
MARK = f"BiChat demo, edition {EDITION}"
"""The comment of the views in PostgreSQL, by which BiChat knows what it may say of them."""


def build(path: Path, end_month: str, chosen: Iterable[Company] | None = None) -> int:
    """Make the database anew for the 36 months up to `end_month` (`YYYY-MM`); returns the number of order lines.

    The file appears under its name only when it is complete. Takes seconds: call it in a thread.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            lines = _fill(connection, end_month, companies() if chosen is None else chosen)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return lines


def is_current(path: Path, end_month: str) -> bool:
    """Tell whether the file holds this generator's data up to `end_month`; cheap enough for every start."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT end_month, version FROM _bichat_demo").fetchone()
    except sqlite3.DatabaseError:
        return False
    return bool(found == (end_month, EDITION))


def _fill(connection: sqlite3.Connection, end_month: str, chosen: Iterable[Company]) -> int:
    for pragma in ("page_size=8192", "journal_mode=OFF", "synchronous=OFF", "cache_size=-200000", "locking_mode=EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript((HERE / "tables.sql").read_text(encoding="utf-8"))
    connection.execute("BEGIN")
    lines = 0
    for company in chosen:
        tables = generate(company, end_month)
        lines += len(tables["order_lines_t"])
        for table, rows in tables.items():
            _insert(connection, table, str(company.tenant_id), rows)
    connection.execute("INSERT INTO _bichat_demo VALUES (?, ?)", (end_month, EDITION))
    connection.execute("COMMIT")
    connection.executescript((HERE / "indexes.sql").read_text(encoding="utf-8"))
    _make_views(connection)
    connection.execute("ANALYZE")
    return lines


def _insert(connection: sqlite3.Connection, table: str, tenant_id: str, rows: list[tuple[object, ...]]) -> None:
    """Insert rows that come without their tenant."""
    columns = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)) if name != "tenant_id"]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}, tenant_id) VALUES ({marks}, '{tenant_id}')"  # noqa: S608 - names of our own schema
    connection.executemany(statement, rows)


def _make_views(connection: sqlite3.Connection) -> None:
    for file in VIEW_FILES:
        inner = f"v_{secrets.token_hex(16)}"
        connection.execute(f"CREATE VIEW {inner} AS {file.read_text(encoding='utf-8')}")
        connection.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM {inner}")  # noqa: S608 - names of our own files
        connection.execute("INSERT INTO _bichat_views VALUES (?, ?)", (file.stem, inner))
