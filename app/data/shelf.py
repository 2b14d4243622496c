"""The catalogue as its pages show it: what an actor may read, and for managers also what they may decide about."""

from collections.abc import Mapping, Sequence

import msgspec

from app.data.catalogue import Catalogue, Table
from app.data.metadata import ColumnNotes
from app.data.table_book import Note
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


async def listed(catalogue: Catalogue, actor: Actor, words: str, *, manages: bool) -> Sequence[Shelved]:
    """Return the tables that hold all `words` in their names, columns or descriptions, by name; raises `QueryError`."""
    page = await catalogue.page(actor.tenant_id)
    readable = {table.name: Shelved(table) for table in await catalogue.tables(actor)}
    if manages:
        for table in await catalogue.defined(actor):
            shelved = readable.get(table.name, Shelved(table, is_readable=False))
            readable[table.name] = msgspec.structs.replace(shelved, readers=page.readers.get(table.name.lower()))
    wanted = words.casefold().split()
    titled = await _titled(catalogue, list(readable.values()))
    found = [shelved for shelved in titled if _holds(shelved, wanted)]
    return sorted(found, key=lambda shelved: shelved.table.name.lower())


async def one(catalogue: Catalogue, actor: Actor, name: str, *, manages: bool) -> Shelved:
    """Return one table; raises `NotFound` and `QueryError`."""
    page = await catalogue.page(actor.tenant_id)
    if name in await catalogue.relations(actor):
        table, is_readable = await catalogue.describe(actor, name), True
    else:
        defined = await catalogue.defined(actor) if manages else ()
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


def _holds(shelved: Shelved, words: Sequence[str]) -> bool:
    """Tell whether all words are in what the table and its columns are called, in any language, or described as."""
    table = shelved.table
    texts = [table.name, table.description, *(f"{column.name} {column.description}" for column in table.columns)]
    texts += [*shelved.titles.values(), *(label for known in shelved.columns.values() for label in known.labels.values())]
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)
