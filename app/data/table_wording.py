"""What is said of tables and columns in the reader's language: by the company itself, else by files, else by the database.

A `locale` of '' stands for the text that is nobody's translation, which is what the model reads too.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.data.engine import Relation, RelationColumn
from app.data.metadata import ColumnNotes, TableNotes, laid_over
from app.data.table_book import COLUMN_LENGTH, TABLE_LENGTH, Page

MOST_LINES = 30


class TableWording(msgspec.Struct, frozen=True):
    """Finds the words for one relation among the notes of files and what the company wrote."""

    relation: Relation
    notes: TableNotes
    page: Page

    def description(self, locale: str) -> str:
        """Return what the table is for, empty where nobody wrote it down."""
        return _plain(_in_language(self.descriptions(), locale), TABLE_LENGTH)

    def descriptions(self) -> Mapping[str, str]:
        """Return all that the table is described by, by locale; what the company wrote stands for every language."""
        written = self.page.notes.get((self.relation.name.lower(), ""))
        return {"": written.text} if written else {"": self.relation.comment, **self.notes.described()}

    def translations(self) -> Mapping[str, str]:
        """Return what the table is for by locale, in the languages that it was translated into."""
        return {locale: _plain(text, TABLE_LENGTH) for locale, text in self.descriptions().items() if locale}

    def column_description(self, column: RelationColumn, locale: str) -> str:
        """Return what a column is, empty where nobody wrote it down."""
        return _plain(_in_language(self._column_descriptions(column), locale), COLUMN_LENGTH)

    def column(self, column: RelationColumn) -> ColumnNotes:
        """Return what is known about a column."""
        return self.notes.column(column.name) or ColumnNotes(column.name, column.type)

    def uses(self, locale: str) -> tuple[str, ...]:
        """Return what the table is good for."""
        return _lines(self.notes.uses(), locale)

    def cautions(self, locale: str) -> tuple[str, ...]:
        """Return what to mind when reading the table."""
        return _lines(self.notes.cautions(), locale)

    def everything(self) -> Iterator[str]:
        """Yield all names, labels, descriptions and uses in every language, by which people look for the table."""
        yield self.relation.name
        yield from self.notes.labels.values()
        yield from self.descriptions().values()
        for lines in self.notes.uses().values():
            yield from lines
        for column in self.relation.columns:
            yield column.name
            yield from self.column(column).labels.values()
            yield from self._column_descriptions(column).values()

    def _column_descriptions(self, column: RelationColumn) -> Mapping[str, str]:
        written = self.page.notes.get((self.relation.name.lower(), column.name.lower()))
        return {"": written.text} if written else {"": column.comment, **self.column(column).described()}


def wording(relation: Relation, notes: Mapping[str, TableNotes], page: Page) -> TableWording:
    """Return the words for a relation; `notes` are by table name in lower case, under what the company's knowledge tells."""
    name = relation.name.lower()
    of_files, own = notes.get(name) or TableNotes(relation.name), page.described.get(name)
    return TableWording(relation, laid_over(own, of_files) if own else of_files, page)


def _in_language(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(locale) or texts.get("", "")


def _lines(texts: Mapping[str, Sequence[str]], locale: str) -> tuple[str, ...]:
    lines = texts.get(locale) or texts.get("", ())
    return tuple(_plain(line, COLUMN_LENGTH) for line in lines[:MOST_LINES])


def _plain(text: str, limit: int) -> str:
    """Return a description from elsewhere as one bounded line: it is shown to people and to the model."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
