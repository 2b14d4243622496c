"""What the application and a worker of SQLite say to each other: one question, one reply, as msgpack behind its length."""

import struct
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

HEADER = struct.Struct(">I")


class Opening(msgspec.Struct, frozen=True):
    """The file to open and what may be read of it: `sqlite_schema.Schema` without what only the application needs."""

    path: str
    isolation: Literal["views", "single"]
    relations: tuple[str, ...]
    views: tuple[tuple[str, str], ...]
    """Public and inner names."""
    secrets: Mapping[str, str]
    existing: frozenset[str]
    functions: frozenset[str]


class Question(msgspec.Struct, frozen=True):
    """A statement to run. `opening` comes with a worker's first one and whenever the file was replaced."""

    sql: str
    parameters: Mapping[str, Any]
    tenant: str
    max_rows: int
    timeout: float
    explain: bool
    opening: Opening | None = None
    batch_rows: int | None = None
    """Have the rows in several replies of so many each, of which only the last tells `more` no more."""


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """What the statement gave."""

    names: tuple[str, ...]
    rows: list[list[Any]]
    truncated: bool
    more: bool = False
    """Another reply follows."""


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """Why it gave nothing, in SQLite's words without secret names; `name` is SQLite's own of the error, such as SQLITE_AUTH."""

    message: str
    name: str = ""
    is_late: bool = False


def framed(message: msgspec.Struct) -> bytes:
    """Return the bytes to send; raises `ValueError` and `OverflowError` for values that SQLite could not hold either."""
    body = msgspec.msgpack.encode(message)
    return HEADER.pack(len(body)) + body
