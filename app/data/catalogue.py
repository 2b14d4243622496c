"""What the business database holds, in the words of people: tables, columns, descriptions, sizes and sample values."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.data.engine import BoundStatement, Relation, RelationColumn, Source
from app.data.errors import QueryError
from app.data.metadata import ColumnNotes, TableNotes, load_notes
from app.identity.actor import Actor

FRESH_SECONDS = 300.0
LOOK_SECONDS = 3.0
SAMPLED_ROWS = 20_000
MOST_VALUES = 20
LONGEST_VALUE = 40
TEXT_TYPES = ("char", "text", "clob", "varchar", "citext", "enum", "name")


class TableColumn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column as it is described. `values` are all values of a text column that has few."""

    name: str
    type: str
    description: str = ""
    unit: str | None = None
    currency: str | None = None
    is_key: bool = False
    references: str | None = None
    values: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table or view; `row_estimate` counts what the actor's tenant sees, None where counting takes too long."""

    name: str
    kind: str
    description: str
    columns: tuple[TableColumn, ...]
    row_estimate: int | None = None
    use_cases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Catalogue:
    """The tables within an actor's reach. Sizes and sample values are kept per tenant for some minutes."""

    def __init__(self, source: Source, metadata: Path | None = None) -> None:
        self._source = source
        self._notes = load_notes(metadata)
        self._kept: dict[tuple[uuid.UUID, str], tuple[float, Relation, Any]] = {}

    async def relations(self, actor: Actor) -> Mapping[str, Relation]:  # noqa: ARG002 - the reach is the actor's, today one for all
        """Return what the actor may read, by name."""
        return await self._source.relations()

    async def tables(self, actor: Actor) -> Sequence[Table]:
        """Return all tables with columns and sizes, without sample values."""
        relations = await self.relations(actor)
        sizes = await asyncio.gather(*(self._row_estimate(actor, relation) for relation in relations.values()))
        return [self._table(relation, size, {}) for relation, size in zip(relations.values(), sizes, strict=True)]

    async def describe(self, actor: Actor, name: str) -> Table:
        """Return one table with sample values; raises `QueryError` (`unknown_table`)."""
        relation = find(await self.relations(actor), name)
        if relation is None:
            raise QueryError("unknown_table", f"no such table: {name}")
        size, values = await asyncio.gather(self._row_estimate(actor, relation), self._values(actor, relation))
        return self._table(relation, size, values)

    async def described_columns(self) -> Mapping[str, Mapping[str, ColumnNotes]]:
        """Return what is known about columns, by table and column, both in lower case."""
        return {
            name.lower(): {column.name.lower(): self._column_notes(name, column) for column in relation.columns}
            for name, relation in (await self._source.relations()).items()
        }

    async def descriptions(self) -> Mapping[str, str]:
        """Return what each table is for, by name; empty where nobody wrote it down."""
        relations = await self._source.relations()
        return {
            name: self._notes.get(name.lower(), TableNotes(name)).table_description or relation.comment
            for name, relation in relations.items()
        }

    def _table(self, relation: Relation, size: int | None, values: Mapping[str, tuple[str, ...]]) -> Table:
        notes = self._notes.get(relation.name.lower(), TableNotes(relation.name))
        columns = []
        for column in relation.columns:
            known = self._column_notes(relation.name, column)
            columns.append(
                TableColumn(
                    column.name,
                    known.type or column.type,
                    known.description or column.comment,
                    known.unit,
                    known.currency,
                    column.is_key,
                    column.references,
                    values.get(column.name, ()),
                )
            )
        description = notes.table_description or relation.comment
        return Table(relation.name, relation.kind, description, tuple(columns), size, notes.use_cases, notes.data_quality_notes)

    def _column_notes(self, table: str, column: RelationColumn) -> ColumnNotes:
        notes = self._notes.get(table.lower())
        found = notes.column(column.name) if notes else None
        return found or ColumnNotes(column.name, column.type)

    async def _row_estimate(self, actor: Actor, relation: Relation) -> int | None:
        async def count() -> int | None:
            rows = await self._look(actor, f"SELECT count(*) FROM {quoted(relation.name)}")  # noqa: S608 - the name comes from the database's own catalogue and is quoted
            return rows[0][0] if rows else None

        return await self._keep(actor, relation, "count", count)  # type: ignore[no-any-return]  # kept under its own key

    async def _values(self, actor: Actor, relation: Relation) -> dict[str, tuple[str, ...]]:
        async def collect() -> dict[str, tuple[str, ...]]:
            found = {}
            for column in relation.columns:
                if column.is_key or not any(word in column.type.lower() for word in TEXT_TYPES):
                    continue
                rows = await self._look(actor, _values_sql(relation.name, column.name))
                values = [row[0] for row in rows if isinstance(row[0], str)]
                if 0 < len(values) <= MOST_VALUES and all(len(value) <= LONGEST_VALUE for value in values):
                    found[column.name] = tuple(sorted(values))
            return found

        return await self._keep(actor, relation, "values", collect)  # type: ignore[no-any-return]  # kept under its own key

    async def _keep(self, actor: Actor, relation: Relation, what: str, make: Any) -> Any:
        key = (actor.tenant_id, f"{what} {relation.name}")
        kept = self._kept.get(key)
        if kept is None or kept[0] < time.monotonic() or kept[1] is not relation:
            kept = (time.monotonic() + FRESH_SECONDS, relation, await make())
            self._kept[key] = kept
        return kept[2]

    async def _look(self, actor: Actor, sql: str) -> list[list[Any]]:
        """Run a small statement of our own as the actor's tenant; what takes too long or fails is left out."""
        statement = BoundStatement(sql, {}, actor.tenant_id, MOST_VALUES + 1, LOOK_SECONDS)
        try:
            return (await self._source.run(statement)).rows
        except QueryError:
            return []


def find(relations: Mapping[str, Relation], name: str) -> Relation | None:
    """Return the relation of that name, with or without its schema and quotes, in any case."""
    bare = name.rsplit(".", 1)[-1].strip('"').lower()
    return next((relation for key, relation in relations.items() if key.lower() == bare), None)


def quoted(name: str) -> str:
    """Return `name` as an identifier of standard SQL."""
    return '"' + name.replace('"', '""') + '"'


def _values_sql(table: str, column: str) -> str:
    name = quoted(column)
    return (
        f"SELECT DISTINCT v FROM (SELECT {name} AS v FROM {quoted(table)} LIMIT {SAMPLED_ROWS}) AS s "  # noqa: S608 - both names come from the database's own catalogue and are quoted
        f"WHERE v IS NOT NULL LIMIT {MOST_VALUES + 1}"
    )
