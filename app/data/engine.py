"""What every kind of business database offers: its relations, and one bounded read-only statement at a time."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal, Protocol

import msgspec

from app.data.results import ColumnType


class RelationColumn(msgspec.Struct, frozen=True):
    """A column as the database knows it; `references` is `table.column` of a foreign key."""

    name: str
    type: str
    is_key: bool = False
    references: str | None = None
    comment: str = ""


class Relation(msgspec.Struct, frozen=True):
    """A table or view that statements may read. `comment` is the database's own description.

    `functions` are those of its schema that `row.name` calls where a row has no column of that name (PostgreSQL manual, 8.16.5).
    """

    name: str
    kind: Literal["table", "view"]
    columns: tuple[RelationColumn, ...]
    comment: str = ""
    functions: frozenset[str] = frozenset()


class BoundStatement(msgspec.Struct, frozen=True):
    """A checked statement with its values; `timeout` is in seconds, `max_rows` the most that are kept."""

    sql: str
    parameters: Mapping[str, Any]
    tenant_id: uuid.UUID
    max_rows: int
    timeout: float
    explain: bool = False
    """Give the plan, one text line a row, instead of running the statement."""
    time_zone: str = "UTC"
    """The company's, by its IANA name: where its days begin. SQLite has no zones: what it calls now is UTC."""


class Fetched(msgspec.Struct, frozen=True):
    """Rows as the driver gave them. `types` are the database's own where it tells them, else None: they follow from values."""

    names: tuple[str, ...]
    types: tuple[ColumnType | None, ...]
    rows: list[list[Any]]
    truncated: bool


class Source(Protocol):
    """A business database. All methods raise `QueryError`; cancelling the task that waits for `run` ends the statement."""

    dialect: Literal["sqlite", "postgres"]
    schemas: tuple[str, ...]
    """The schemas that statements may name."""

    async def relations(self) -> Mapping[str, Relation]:
        """Return what statements may read, by name as written in the database; everything else is out of reach."""
        ...

    def forget(self) -> None:
        """Read what there is anew when it is next asked for."""
        ...

    async def run(self, statement: BoundStatement) -> Fetched:
        """Run one statement for its tenant within its limits."""
        ...

    def stream(self, statement: BoundStatement, batch_rows: int) -> AsyncGenerator[Fetched]:
        """Run one statement for its tenant and yield its rows in batches of at most `batch_rows`, however many there are.

        There is at least one batch; the last one's `truncated` tells that there were more than `max_rows`. The time limit
        is for each batch. Closing the generator ends the statement.
        """
        ...

    async def ping(self) -> None:
        """Ask for a constant."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
