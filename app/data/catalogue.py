"""What the business database holds, in the words of people: tables, columns, descriptions, sizes and sample values."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from app.data.addresses import table_address
from app.data.engine import Relation, RelationColumn, Source
from app.data.errors import QueryError
from app.data.looks import BUDGET_SECONDS, Looks, Size, Values
from app.data.metadata import ColumnNotes, Metadata, TableNotes
from app.data.table_book import COLUMN_LENGTH, TABLE_LENGTH, Page, TableBook
from app.identity.actor import Actor

MOST_LINES = 30


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

    @property
    def target_address(self) -> str:
        """Return where the page of the table is that it refers to."""
        return table_address((self.references or "").rpartition(".")[0])

    def label(self, _locale: str) -> str:
        """Return the name, which is what pages call the column by."""
        return self.name


class Table(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table or view; `row_estimate` counts what the actor's tenant sees, None where counting takes too long.

    With `is_rough` it is the database's own guess.
    """

    name: str
    kind: str
    description: str
    columns: tuple[TableColumn, ...]
    row_estimate: int | None = None
    use_cases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_rough: bool = False

    @property
    def address(self) -> str:
        """Return where its page is."""
        return table_address(self.name)


class Catalogue:
    """The tables within an actor's reach: those of the business database that the actor's role may read.

    Without a `book` there are no descriptions of the company's own, and every role may read everything.
    """

    def __init__(self, source: Source, metadata: Metadata, book: TableBook | None = None) -> None:
        self._source = source
        self._metadata = metadata
        self._book = book
        self._looks = Looks(source)

    async def relations(self, actor: Actor) -> Mapping[str, Relation]:
        """Return what the actor may read, by name."""
        relations, page = await self._source.relations(), await self.page(actor.tenant_id)
        if not page.readers:
            return relations
        return {name: relation for name, relation in relations.items() if page.may_read(actor.role, name)}

    async def withheld(self, actor: Actor) -> frozenset[str]:
        """Return the tables that are kept from the actor's role, in lower case."""
        page = await self.page(actor.tenant_id)
        return frozenset(name for name in page.readers if not page.may_read(actor.role, name))

    async def page(self, tenant_id: uuid.UUID) -> Page:
        """Return what a company says about its tables."""
        return await self._book.of(tenant_id) if self._book else Page()

    async def tables(self, actor: Actor) -> Sequence[Table]:
        """Return all tables with columns and sizes, without sample values."""
        relations, describe = await self.relations(actor), await self._describer(actor)
        deadline = _deadline()
        sizes = await asyncio.gather(*(self._looks.size(actor, relation, deadline) for relation in relations.values()))
        return [describe.table(relation, size) for relation, size in zip(relations.values(), sizes, strict=True)]

    async def describe(self, actor: Actor, name: str) -> Table:
        """Return one table with sample values; raises `QueryError` (`unknown_table`)."""
        relation = find(await self.relations(actor), name)
        if relation is None:
            raise QueryError("unknown_table", f"no such table: {name}")
        deadline, describe = _deadline(), await self._describer(actor)
        size, values = await asyncio.gather(
            self._looks.size(actor, relation, deadline), self._looks.values(actor, relation, deadline)
        )
        return describe.table(relation, size, values)

    async def defined(self, actor: Actor) -> Sequence[Table]:
        """Return all tables as they are defined, for people who decide about reading, and nothing of what is in them."""
        describe = await self._describer(actor, everything=True)
        return [describe.table(relation) for relation in (await self._source.relations()).values()]

    async def described_columns(self) -> Mapping[str, Mapping[str, ColumnNotes]]:
        """Return what is known about columns, by table and column, both in lower case."""
        notes = await self._metadata.current()
        return {
            name.lower(): {column.name.lower(): _column_notes(notes, name, column) for column in relation.columns}
            for name, relation in (await self._source.relations()).items()
        }

    async def descriptions(self, tenant_id: uuid.UUID) -> Mapping[str, str]:
        """Return what each table is for, by name; empty where nobody wrote it down."""
        notes, page = await self._metadata.current(), await self.page(tenant_id)
        return {name: _description(notes, page, relation) for name, relation in (await self._source.relations()).items()}

    async def titles(self) -> Mapping[str, Mapping[str, str]]:
        """Return what each table is called by locale, by name in lower case."""
        return {name: notes.labels for name, notes in (await self._metadata.current()).items()}

    async def use(self, directory: Path) -> None:
        """Describe tables by the files of `directory`, unless the settings named others."""
        await asyncio.to_thread(self._metadata.use, directory)

    async def refresh(self, actor: Actor) -> None:
        """Look at everything anew: the database, the files and what the actor's company says."""
        self._source.forget()
        self._looks.forget(actor.tenant_id)
        if self._book:
            self._book.forget(actor.tenant_id)
        await asyncio.to_thread(self._metadata.look)

    async def _describer(self, actor: Actor, *, everything: bool = False) -> "_Describer":
        relations = await (self._source.relations() if everything else self.relations(actor))
        names = frozenset(name.lower() for name in relations)
        return _Describer(await self._metadata.current(), await self.page(actor.tenant_id), names)


class _Describer(msgspec.Struct, frozen=True):
    """Puts together what files, the company and the database say of a relation. References lead to `reach` only."""

    notes: Mapping[str, TableNotes]
    page: Page
    reach: frozenset[str]

    def table(self, relation: Relation, size: Size | None = None, values: Values | None = None) -> Table:
        notes = self.notes.get(relation.name.lower(), TableNotes(relation.name))
        columns = tuple(self._column(relation, column, (values or {}).get(column.name, ())) for column in relation.columns)
        description = _description(self.notes, self.page, relation)
        lists = (_lines(notes.use_cases), _lines(notes.data_quality_notes))
        rows, is_rough = (size.rows, size.is_rough) if size else (None, False)
        return Table(relation.name, relation.kind, description, columns, rows, *lists, is_rough=is_rough)

    def _column(self, relation: Relation, column: RelationColumn, values: tuple[str, ...]) -> TableColumn:
        known = _column_notes(self.notes, relation.name, column)
        written = self.page.notes.get((relation.name.lower(), column.name.lower()))
        description = _plain(written.text if written else known.description or column.comment, COLUMN_LENGTH)
        target = (column.references or "").rpartition(".")[0].lower()
        references = column.references if target in self.reach else None
        kind = known.type or column.type
        return TableColumn(column.name, kind, description, known.unit, known.currency, column.is_key, references, values)


def find(relations: Mapping[str, Relation], name: str) -> Relation | None:
    """Return the relation of that name, with or without its schema and quotes, in any case."""
    if name in relations:
        return relations[name]
    bare = name.rsplit(".", 1)[-1].strip('"').lower()
    return next((relation for key, relation in relations.items() if key.lower() == bare), None)


def _deadline() -> float:
    return asyncio.get_running_loop().time() + BUDGET_SECONDS


def _description(notes: Mapping[str, TableNotes], page: Page, relation: Relation) -> str:
    written = page.notes.get((relation.name.lower(), ""))
    if written:
        return written.text
    known = notes.get(relation.name.lower())
    return _plain((known.table_description if known else "") or relation.comment, TABLE_LENGTH)


def _column_notes(notes: Mapping[str, TableNotes], table: str, column: RelationColumn) -> ColumnNotes:
    known = notes.get(table.lower())
    return (known.column(column.name) if known else None) or ColumnNotes(column.name, column.type)


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_plain(text, COLUMN_LENGTH) for text in texts[:MOST_LINES])


def _plain(text: str, limit: int) -> str:
    """Return a description from elsewhere as one bounded line: it is shown to people and to the model."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
