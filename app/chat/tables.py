"""A stored result as a table that people work with: what they ask for in the address, and the page that answers it."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.chat.artifact_view import TableState, TableView
from app.data.comparison import Changes
from app.data.exports.cells import neutralised
from app.data.result_pages import SIZES, Page, Row, page, raw, search, sort
from app.data.results import Column, asked_from, columns_from, rows_from
from app.data.statistics import Statistics, statistics
from app.data.strip_wording import chips
from app.errors import N_, Invalid
from app.files.models import Artifact
from app.web.formats import formats_of

MOST_WORDS = 200
MOST_PAGES = 1_000_000
LARGE = 4_000
"""So many cells are worked through beside the event loop."""


def state_of(given: Mapping[str, Sequence[str]], columns: int) -> TableState:
    """Return what an address asks for; raises `Invalid`.

    Its fields are `q`, `sort` (such as `2.desc`), `show` (with `columns`), `page`, `size` and `statistics`; with `paged`, the
    arrangement whose page it is, another one begins with its first page.
    """
    last = {name: values[-1] for name, values in given.items() if values}
    shown = None
    if "columns" in last:
        shown = frozenset(_number("show", text, 0, columns - 1) for text in given.get("show", ()))
    place, descending = _sorting(last.get("sort", ""), columns)
    size = _number("size", last.get("size") or str(SIZES[1]), 1, SIZES[-1])
    if size not in SIZES:
        raise _invalid("size")
    words = last.get("q", "").strip()
    if len(words) > MOST_WORDS:
        raise Invalid(N_("Search for fewer words."), details={"q": "too long"})
    number = _number("page", last.get("page") or "1", 1, MOST_PAGES)
    state = TableState(words, place, descending, shown, number, size, bool(last.get("statistics")))
    return state if last.get("paged", state.arrangement) == state.arrangement else msgspec.structs.replace(state, number=1)


def _sorting(text: str, columns: int) -> tuple[int | None, bool]:
    if not text:
        return None, False
    place, _, direction = text.partition(".")
    if direction not in {"asc", "desc"}:
        raise _invalid("sort")
    return _number("sort", place, 0, columns - 1), direction == "desc"


def _number(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_PAGES)) or not least <= int(text) <= most:
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> Invalid:
    return Invalid(N_("This table has nothing like that. Open it again from the chat."), details={name: "not valid"})


def is_large(result: Artifact) -> bool:
    """Tell whether a result is better worked through beside the event loop."""
    return int(result.details["row_count"]) * len(result.details["columns"]) > LARGE


def table_view(artifact: Artifact, result: Artifact, locale: str, state: TableState | None = None) -> TableView:
    """Return a table in a reader's language, without `state` its first page as it came."""
    details = result.details
    columns = columns_from(details)
    state = state or TableState()
    rows, shown = _shown(columns, result, state, locale)
    asked = asked_from(details)
    return TableView(
        id=artifact.id,
        session_id=artifact.session_id,
        title=artifact.name,
        columns=list(columns),
        row_count=details["row_count"],
        truncated=details["truncated"],
        duration_ms=details["duration_ms"],
        executed_at=msgspec.convert(details["executed_at"], dt.datetime),
        page=shown,
        state=state,
        statistics=_counted(columns, rows) if state.has_statistics else [],
        chips=chips(asked, locale, columns) if asked else [],
        is_limited=asked.stops_at(details["row_count"]) if asked else False,
        changes=changes_of(artifact),
        written_at=written_at(artifact),
        may_refresh=artifact.kind == "table",
    )  # fmt: skip


def changes_of(artifact: Artifact) -> Changes | None:
    """Return what the last refresh of a table changed, None where that was nothing."""
    kept = artifact.details.get("changes")
    return (msgspec.convert(kept, Changes) if kept else None) or None


def written_at(artifact: Artifact) -> dt.datetime | None:
    """Return when the figures that the answer's text was written with were read, None while they are those shown."""
    kept = artifact.details.get("written_at")
    return msgspec.convert(kept, dt.datetime) if kept else None


def _shown(columns: Sequence[Column], result: Artifact, state: TableState, locale: str) -> tuple[Sequence[Row], Page]:
    """Return all rows that were found, and a page of them; a page of the result as it came is read alone."""
    content = result.content or b"[]"
    if state.words or state.sorted_by is not None or state.has_statistics:
        rows = arranged(columns, rows_from(result.details, content), state, locale)
        return rows, page(rows, state.number, state.size)
    places = page(range(result.details["row_count"]), state.number, state.size)
    rows = rows_from(result.details, content, slice(max(places.first - 1, 0), places.last))
    return rows, msgspec.structs.replace(places, rows=rows)


def _counted(columns: Sequence[Column], rows: Sequence[Row]) -> list[Statistics]:
    return [statistics(column, [row[place] for row in rows]) for place, column in enumerate(columns)]


def hidden_view(artifact: Artifact) -> TableView:
    """Return a table in which nothing of the result is told, for someone who may not read its tables."""
    nothing = page([], 1, SIZES[1])
    return TableView(
        id=artifact.id, session_id=artifact.session_id, title="", columns=[], row_count=0, truncated=False, duration_ms=0.0,
        executed_at=artifact.created_at, page=nothing, state=TableState(), is_hidden=True,
    )  # fmt: skip


def arranged(columns: Sequence[Column], rows: Sequence[Row], state: TableState, locale: str) -> Sequence[Row]:
    """Return the rows that `state` asks for, on all pages, in its order."""
    formats = formats_of(locale)
    rows = search(rows, columns, state.words, formats.typed_forms, formats.unformatted(state.words))
    return rows if state.sorted_by is None else sort(rows, state.sorted_by, locale, descending=state.descending)


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
    return neutralised(value) if isinstance(value, str) else raw(value)


def is_within(result: Artifact, reach: frozenset[str] | None) -> bool:
    """Tell whether all tables that a stored result was read from are in a reader's reach; None is everything."""
    if reach is None:
        return True
    asked = asked_from(result.details)
    return asked is not None and all(name.lower() in reach for name in asked.tables)
