"""What the business database holds, in the words of people: tables, columns, descriptions, sizes and sample values."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from app.data.addresses import table_address
from app.data.engine import Relation, RelationColumn, Source
from app.data.errors import QueryError
from app.data.looks import BUDGET_SECONDS, Looks, Size, Values
from app.data.metadata import ColumnNotes, Metadata, TableNotes
from app.data.table_book import Page, TableBook
from app.data.table_wording import TableWording, wording
from app.identity.actor import Actor

GLANCE_SECONDS = 0.5
"""What a page waits for what it can do without."""


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

    async def tables(self, actor: Actor, locale: str = "") -> Sequence[Table]:
        """Return all tables with columns and sizes, without sample values; in the words of `locale`, '' for the model's."""
        relations, describe = await self.relations(actor), await self._describer(actor, locale)
        deadline = _deadline()
        sizes = await asyncio.gather(*(self._looks.size(actor, relation, deadline) for relation in relations.values()))
        return [describe.table(relation, size) for relation, size in zip(relations.values(), sizes, strict=True)]

    async def describe(self, actor: Actor, name: str, locale: str = "") -> Table:
        """Return one table in the words of `locale` with sample values; raises `QueryError` (`unknown_table`)."""
        relation = find(await self.relations(actor), name)
        if relation is None:
            raise QueryError("unknown_table", f"no such table: {name}")
        deadline, describe = _deadline(), await self._describer(actor, locale)
        size, values = await asyncio.gather(
            self._looks.size(actor, relation, deadline), self._looks.values(actor, relation, deadline)
        )
        return describe.table(relation, size, values)

    async def defined(self, actor: Actor, locale: str = "") -> Sequence[Table]:
        """Return all tables as they are defined, for people who decide about reading, and nothing of what is in them."""
        describe = await self._describer(actor, locale, everything=True)
        return [describe.table(relation) for relation in (await self._source.relations()).values()]

    async def groupable(self, actor: Actor, names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the text columns with few values of the tables that the actor may read, each with its headings by locale.

        What is not found at once is left out, so that a page does not wait for it.
        """
        relations, notes, page = await self.relations(actor), await self._metadata.current(), await self.page(actor.tenant_id)
        read = [relation for name in names if (relation := find(relations, name))]
        deadline = asyncio.get_running_loop().time() + GLANCE_SECONDS
        values = await asyncio.gather(*(self._looks.values(actor, relation, deadline) for relation in read))
        return {
            column.name: wording(relation, notes, page).column(column).labels
            for relation, known in zip(read, values, strict=True)
            for column in relation.columns
            if len(known.get(column.name, ())) > 1
        }

    async def described_columns(self) -> Mapping[str, Mapping[str, ColumnNotes]]:
        """Return what is known about columns, by table and column, both in lower case."""
        notes = await self._metadata.current()
        return {
            name.lower(): {column.name.lower(): wording(relation, notes, Page()).column(column) for column in relation.columns}
            for name, relation in (await self._source.relations()).items()
        }

    async def wordings(self, tenant_id: uuid.UUID) -> Mapping[str, TableWording]:
        """Return what is said of each table, by name."""
        notes, page = await self._metadata.current(), await self.page(tenant_id)
        return {name: wording(relation, notes, page) for name, relation in (await self._source.relations()).items()}

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

    async def _describer(self, actor: Actor, locale: str, *, everything: bool = False) -> "_Describer":
        relations = await (self._source.relations() if everything else self.relations(actor))
        names = frozenset(name.lower() for name in relations)
        return _Describer(await self._metadata.current(), await self.page(actor.tenant_id), names, locale)


class _Describer(msgspec.Struct, frozen=True):
    """Puts together what files, the company and the database say of a relation. References lead to `reach` only."""

    notes: Mapping[str, TableNotes]
    page: Page
    reach: frozenset[str]
    locale: str

    def table(self, relation: Relation, size: Size | None = None, values: Values | None = None) -> Table:
        words = wording(relation, self.notes, self.page)
        columns = tuple(self._column(words, column, (values or {}).get(column.name, ())) for column in relation.columns)
        lists = (words.uses(self.locale), words.cautions(self.locale))
        rows, is_rough = (size.rows, size.is_rough) if size else (None, False)
        description = words.description(self.locale)
        return Table(relation.name, relation.kind, description, columns, rows, *lists, is_rough=is_rough)

    def _column(self, words: TableWording, column: RelationColumn, values: tuple[str, ...]) -> TableColumn:
        known, description = words.column(column), words.column_description(column, self.locale)
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
