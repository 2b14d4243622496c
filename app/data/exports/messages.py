"""What the application sends to the process that writes a file: the work, then rows, then the receipt; msgpack frames."""

import struct
from typing import Any, Literal

import msgspec

Format = Literal["excel", "csv", "pdf"]
HEADER = struct.Struct(">I")


class SheetColumn(msgspec.Struct, frozen=True):
    """A column as the file has it: its heading in the reader's language, the type of its values, Excel's number format."""

    heading: str
    type: str
    number_format: str = ""


class Receipt(msgspec.Struct, frozen=True):
    """Where the figures come from: labels and texts in order. `link` leads back to the conversation, empty where unknown."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    link: tuple[str, str] = ("", "")
    if_cut: tuple[str, str] = ("", "")
    """The line for a file in which texts had to be cut."""


class TableWork(msgspec.Struct, frozen=True, tag="table"):
    """Write a table to `path`; `sheet` is what its sheet is called."""

    format: Literal["excel", "csv"]
    path: str
    title: str
    sheet: str
    columns: tuple[SheetColumn, ...]
    yes_no: tuple[str, str]


class DocumentWork(msgspec.Struct, frozen=True, tag="document"):
    """Typeset a document, JSON as `document.typ` reads it, to `path`."""

    path: str
    document: str


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    """More rows, as a database or a stored result gives them."""

    rows: list[list[Any]]


class End(msgspec.Struct, frozen=True, tag="end"):
    """There are no more rows."""

    receipt: Receipt


class Written(msgspec.Struct, frozen=True):
    """The file is complete; `cut_texts` were longer than a cell may hold."""

    rows: int = 0
    cut_texts: int = 0


def framed(message: msgspec.Struct) -> bytes:
    """Return the bytes to send."""
    body = msgspec.msgpack.encode(message)
    return HEADER.pack(len(body)) + body
