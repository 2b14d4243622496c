"""The catalogue as its pages show it: what an actor may read, and for managers also what they may decide about."""

from collections.abc import Mapping, Sequence

import msgspec

from app.data.catalogue import Catalogue, Table
from app.data.metadata import ColumnNotes
from app.data.table_book import Note
from app.data.table_search import holds
from app.errors import N_, NotFound
from app.identity.actor import Actor


class Shelved(msgspec.Struct, frozen=True):
    """A table in the list or on its page.

    `readers` are the roles that it is kept for, None for everybody. What is not readable is shown to managers as it is
    defined, without anything of what is in it. `notes` are the company's own descriptions by column, '' for the table.
    """

    table: Table
    is_readable: bool = True
    readers: frozenset[str] | None = None
    notes: Mapping[str, Note] = {}
    titles: Mapping[str, str] = {}
    columns: Mapping[str, ColumnNotes] = {}
    """What the table is called by locale, and what is known of its columns, by their names in lower case."""

    def title(self, locale: str) -> str:
        """Return what the table is called: its name where nobody gave it another."""
        return self.titles.get(locale) or self.table.name

    def column_title(self, name: str, locale: str) -> str:
        """Return what a column is called."""
        known = self.columns.get(name.lower())
        return (known.labels.get(locale) if known else None) or name


async def listed(catalogue: Catalogue, actor: Actor, words: str, locale: str, *, manages: bool) -> Sequence[Shelved]:
    """Return the tables that hold all `words` in their names, columns or descriptions, in any language, by name.

    They are described in the words of `locale`. Raises `QueryError`.
    """
    page = await catalogue.page(actor.tenant_id)
    readable = {table.name: Shelved(table) for table in await catalogue.tables(actor, locale)}
    if manages:
        for table in await catalogue.defined(actor, locale):
            shelved = readable.get(table.name, Shelved(table, is_readable=False))
            readable[table.name] = msgspec.structs.replace(shelved, readers=page.readers.get(table.name.lower()))
    if words:
        said = await catalogue.wordings(actor.tenant_id)
        readable = {name: shelved for name, shelved in readable.items() if holds(tuple(said[name].everything()), words)}
    found = await _titled(catalogue, list(readable.values()))
    return sorted(found, key=lambda shelved: shelved.table.name.lower())


async def one(catalogue: Catalogue, actor: Actor, name: str, locale: str, *, manages: bool) -> Shelved:
    """Return one table in the words of `locale`; raises `NotFound` and `QueryError`."""
    page = await catalogue.page(actor.tenant_id)
    if name in await catalogue.relations(actor):
        table, is_readable = await catalogue.describe(actor, name, locale), True
    else:
        defined = await catalogue.defined(actor, locale) if manages else ()
        found = next((table for table in defined if table.name == name), None)
        if found is None:
            raise NotFound(N_("There is no such table, or your role may not read it."))
        table, is_readable = found, False
    key = table.name.lower()
    notes = {column: note for (table_name, column), note in page.notes.items() if table_name == key}
    (shelved,) = await _titled(catalogue, [Shelved(table, is_readable, page.readers.get(key) if manages else None, notes)])
    return shelved


async def _titled(catalogue: Catalogue, tables: Sequence[Shelved]) -> Sequence[Shelved]:
    titles, columns = await catalogue.titles(), await catalogue.described_columns()
    keys = [shelved.table.name.lower() for shelved in tables]
    return [
        msgspec.structs.replace(shelved, titles=titles.get(key, {}), columns=columns.get(key, {}))
        for key, shelved in zip(keys, tables, strict=True)
    ]
