"""Files of programs, looked into before they are kept: what is not what it says it is, is not."""

import csv
import io
import itertools
import json
from typing import Any, NamedTuple

from app.agent.hosted import HostedFile
from app.data.exports.cells import figure, neutralised
from app.data.exports.exporter import file_name
from app.files import pictures

PICTURES = {"png", "jpg", "jpeg"}
TEXTS = {"csv": "text/csv", "tsv": "text/tab-separated-values", "txt": "text/plain", "json": "application/json"}
BINARY = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "pdf": ("application/pdf", b"%PDF-"),
}
SEPARATORS = {"csv": ",;\t|", "tsv": "\t"}
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 10, 30, 100
"""What of a table is shown."""
MOST_KEPT_ROWS = 200_000
"""Rows of a table that is kept, its heads and empty ones among them; of a longer one not all would be looked into."""


class Checked(NamedTuple):
    """A file that may be kept; `form` is `image`, `csv` or `file`, and `details` is what is known of it besides."""

    form: str
    name: str
    ending: str
    mime_type: str
    data: bytes
    details: dict[str, Any]


class RefusedError(Exception):
    """A file is not kept; `reason` is that of a `LostFile`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def checked(file: HostedFile) -> Checked:
    """Return a file as it is kept; raises `RefusedError`."""
    stem, _, ending = file.name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    ending, title = ending.lower(), file_name(stem)
    if ending in PICTURES:
        return _picture(title, file.data)
    if ending in TEXTS:
        return _text(title, ending, file.data)
    if ending not in BINARY:
        raise RefusedError("kind")
    mime_type, beginning = BINARY[ending]
    if not file.data.startswith(beginning):
        raise RefusedError("unreadable")
    return Checked("file", f"{title}.{ending}", ending, mime_type, file.data, {})


def _picture(title: str, data: bytes) -> Checked:
    picture = pictures.decoded(data)
    if picture is None:
        raise RefusedError("unreadable")
    ending = "jpg" if picture.form == "jpeg" else "png"
    size = {"width": picture.width, "height": picture.height}
    return Checked("image", f"{title}.{ending}", ending, f"image/{picture.form}", picture.data, size)


def _text(title: str, ending: str, data: bytes) -> Checked:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("unreadable") from error
    if "\x00" in text:
        raise RefusedError("unreadable")
    known = Checked("file", f"{title}.{ending}", ending, TEXTS[ending], data, {})
    if ending == "json":
        _parse(text)
    return _table(known, text, SEPARATORS[ending]) if ending in SEPARATORS else known


def _parse(text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedError("unreadable") from error


def _table(known: Checked, text: str, separators: str) -> Checked:
    """Return a table with its first rows; cells that a spreadsheet would take for formulas are written so that it does not."""
    separator = max(separators, key=text.partition("\n")[0].count)
    try:
        rows = list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), MOST_KEPT_ROWS + 1))
    except csv.Error as error:
        raise RefusedError("unreadable") from error
    if len(rows) > MOST_KEPT_ROWS:
        raise RefusedError("too_large")
    rows = [row for row in rows if row]
    if not rows:
        return known._replace(form="csv")
    safe = [[cell if figure(cell) is not None else neutralised(cell) for cell in row] for row in rows]
    data = known.data if safe == rows else _written(safe, separator)
    heads, *body = ([cell[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]] for row in rows[: MOST_ROWS + 1])
    even = [[*row, *[""] * (len(heads) - len(row))][: len(heads)] for row in body]
    shown = {"columns": heads, "rows": even, "row_count": len(rows) - 1}
    return known._replace(form="csv", data=data, details=shown)


def _written(rows: list[list[str]], separator: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")
