"""The rows of a stored result as people ask for them, on pages and for pasting, and who may read them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from app.chat.artifact_view import TableState
from app.data.exports.cells import neutralised
from app.data.result_pages import Row, raw, search, sort
from app.data.results import Column, asked_from, columns_from, rows_from
from app.files.models import Artifact
from app.web.formats import formats_of

LARGE = 4_000
"""So many cells are worked through beside the event loop."""


def is_large(result: Artifact) -> bool:
    """Tell whether a result is better worked through beside the event loop."""
    return int(result.details["row_count"]) * len(result.details["columns"]) > LARGE


def arranged(columns: Sequence[Column], rows: Sequence[Row], state: TableState, locale: str) -> Sequence[Row]:
    """Return the rows that `state` asks for, on all pages, in its order."""
    formats = formats_of(locale)
    rows = search(rows, columns, state.words, formats.typed_forms, formats.unformatted)
    if state.sorted_by is None:
        return rows
    return sort(rows, state.sorted_by, locale, columns[state.sorted_by].type, descending=state.descending)


def as_tsv(result: Artifact, state: TableState, locale: str) -> str:
    """Return the whole result as found and sorted, its shown columns, with headings, for pasting into a spreadsheet.

    Numbers are as programs read them; a text that a spreadsheet would take for a formula gets an apostrophe.
    """
    columns = columns_from(result.details)
    rows = arranged(columns, rows_from(result.details, result.content or b"[]"), state, locale)
    places = [place for place in range(len(columns)) if state.shows(place)]
    text = io.StringIO()
    writer = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    writer.writerow([neutralised(columns[place].label(locale)) for place in places])
    writer.writerows([_pasted(row[place]) for place in places] for row in rows)
    return text.getvalue()


def _pasted(value: Any) -> str:
    return neutralised(raw(value)) if isinstance(value, str | dict | list) else raw(value)


def is_within(result: Artifact, reach: frozenset[str] | None) -> bool:
    """Tell whether all tables that a stored result was read from are in a reader's reach; None is everything."""
    if reach is None:
        return True
    asked = asked_from(result.details)
    return asked is not None and all(name.lower() in reach for name in asked.tables)
