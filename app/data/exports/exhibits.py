"""A stored result as the document shows it: a table of written cells and, for a chart, its picture."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.data.charts.spec import ChartSpec
from app.data.exports.messages import Receipt
from app.data.exports.pictures import picture
from app.data.exports.receipt import Extent, Origin, receipt
from app.data.results import Column, columns_from, rows_from
from app.database import now
from app.errors import N_
from app.files.models import Artifact
from app.identity.actor import Actor
from app.web.column_types import FIGURES
from app.web.formats import NOTHING, Formats, formats_of
from app.web.locale import translator

MOST_ROWS = 1000
LONGEST_CELL = 1000
LONGEST_LINE = 2000
"""In characters, of a receipt's line such as the SQL."""
DRAWN = N_("Picture drawn by a program: %(name)s")
LEFT_OUT = N_("The picture “%(name)s” is not printed here: look at it in the chat.")
CUT = N_("Texts longer than %(most)s characters end in “…”.")


def exhibit(title: str, result: Artifact, spec: ChartSpec | None, actor: Actor, *, with_table: bool = True) -> Mapping[str, Any]:
    """Return a table or a chart, in the reader's language; a chart has its table unless another exhibit shows it."""
    columns = columns_from(result.details)
    rows = rows_from(result.details, result.content or b"[]")
    formats = formats_of(actor.locale)
    chart, told = picture(spec, columns, rows, actor.locale) if spec else (None, ())
    printed = table(columns, rows, formats) if with_table else {"heads": [], "figures": [], "rows": []}
    notes = [_note(result.details, formats, actor.locale, MOST_ROWS), _cut_note(printed["rows"], LONGEST_CELL, actor.locale)]
    note = " ".join(filter(None, notes)) if with_table else ""
    return {"title": title, "chart": chart, "picture": None, "told": told, **printed, "note": note}


def exhibit_of_file(artifact: Artifact, picture: str, actor: Actor) -> Mapping[str, Any]:
    """Return a file that a program wrote: the picture that the document has as `picture`, or the first rows of a table.

    A picture without a name in the document is left out, which is told.
    """
    details, formats, texts = artifact.details, formats_of(actor.locale), translator(actor.locale)
    columns = [Column(name, "text") for name in details.get("columns", ())]
    left_out = texts.gettext(LEFT_OUT, name=artifact.name)
    drawn = {"name": picture, "alt": texts.gettext(DRAWN, name=artifact.name), "left_out": left_out} if picture else None
    told = [left_out] if not (drawn or columns) else []
    note = _note({**details, "truncated": False}, formats, actor.locale, len(details["rows"])) if columns else ""
    rows = table(columns, details.get("rows", ()), formats)
    return {"title": artifact.name, "chart": None, "picture": drawn, "told": told, **rows, "note": note}


def written(result: Artifact, actor: Actor, *, most_rows: int) -> Mapping[str, Any]:
    """Return the first rows of a result as `table` does, with a `note` on what is left out."""
    columns, formats = columns_from(result.details), formats_of(actor.locale)
    printed = table(columns, rows_from(result.details, result.content or b"[]")[:most_rows], formats)
    notes = [
        _note(result.details, formats, actor.locale, most_rows),
        _cut_note(printed["rows"], LONGEST_CELL, actor.locale),
    ]
    return {**printed, "note": " ".join(filter(None, notes))}


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]], formats: Formats) -> Mapping[str, Any]:
    """Return the first rows as written cells, with their headings."""
    return {
        "heads": [_head(column, formats) for column in columns],
        "figures": [column.type in FIGURES for column in columns],
        "rows": _rows(columns, rows[:MOST_ROWS], formats),
    }


def _rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]], formats: Formats) -> list[list[str]]:
    """Return the cells as the page writes them: the figures of a column have equally many decimals."""
    written = formats.cells(rows, columns)
    return [[_cell(*cell) for cell in zip(row, texts, strict=True)] for row, texts in zip(rows, written, strict=True)]


def receipt_of(title: str, result: Artifact, origin: Origin, actor: Actor) -> Mapping[str, Any]:
    """Return where an exhibit's figures come from."""
    details = result.details
    extent = Extent(details["row_count"], details["truncated"], msgspec.convert(details["executed_at"], dt.datetime))
    told: Receipt = receipt(details, origin, extent, actor, now())
    lines = [(name, _cut(text, LONGEST_LINE)) for name, text in told.lines]
    if note := _cut_note(lines, LONGEST_LINE, actor.locale):
        lines.append((told.if_cut[0], note))
    return {"title": title or translator(actor.locale).gettext(N_("Result")), "lines": lines}


def _note(details: Mapping[str, Any], formats: Formats, locale: str, most: int) -> str:
    total, texts = details["row_count"], translator(locale)
    if total > most:
        shown = {"shown": formats.number(most), "total": formats.number(total)}
        return texts.gettext(N_("The first %(shown)s of %(total)s rows are shown."), **shown)
    if details["truncated"]:
        return texts.gettext(N_("Only the first %(shown)s rows were fetched; there are more."), shown=formats.number(total))
    return ""


def _head(column: Column, formats: Formats) -> str:
    measure = formats.measure(column)
    return _cut(f"{formats.label(column)}, {measure}" if measure else formats.label(column), LONGEST_CELL)


def _cell(value: Any, text: str) -> str:
    return NOTHING if value is None else _cut(str(text), LONGEST_CELL)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _cut_note(rows: Sequence[Sequence[str]], most: int, locale: str) -> str:
    """Say that texts were cut, which are now longer than `most` by the sign that says so."""
    is_cut = any(len(text) > most for row in rows for text in row)
    return translator(locale).gettext(CUT, most=formats_of(locale).number(most)) if is_cut else ""
