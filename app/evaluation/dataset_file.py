"""Make the business database of a suite's own: a file is copied, scripts run, tables are read from CSV."""

import csv
import io
import re
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from app.evaluation.suite import Dataset

WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
BEFORE = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
"""What stands before a statement: spaces and remarks."""
FRACTION = re.compile(r"-?\d+\.\d+")
BETWEEN_LOOKS = 10_000
"""So many instructions of SQLite run between two looks at whether to stop: less than a millisecond."""
Row = Sequence[str | None]


class FaultyData(Exception):
    """The data cannot be had; the text names the file, the line where there is one, and what is wrong."""


def located(dataset: Dataset, folder: Path) -> tuple[Dataset, list[str]]:
    """Return a dataset with whole paths, and what of it is not there or not in the folder."""
    faults = [] if dataset.sqlite or dataset.sql or dataset.csv else ["there must be data: name sqlite, sql or csv"]
    files = [("sqlite", dataset.sqlite), *(("sql", name) for name in dataset.sql)]
    files += [(f"csv.{table}", name) for table, name in dataset.csv.items()]
    faults += [f"{key}: there is no file {folder / name}" for key, name in files if name and not (folder / name).is_file()]
    if dataset.knowledge and not (folder / dataset.knowledge).is_dir():
        faults.append(f"knowledge: there is no folder {folder / dataset.knowledge}")
    faults += [f"{key}: {path} is not in the folder of the suite" for key, path in _strange(dataset, folder, files)]

    def whole(name: str) -> str:
        return str(folder / name) if name else ""

    return msgspec.structs.replace(
        dataset, sqlite=whole(dataset.sqlite), sql=tuple(map(whole, dataset.sql)), knowledge=whole(dataset.knowledge),
        csv={table: whole(name) for table, name in dataset.csv.items()},
    ), faults  # fmt: skip


def _strange(dataset: Dataset, folder: Path, files: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Path]]:
    """Yield what lies elsewhere, by way of links too: a suite of somebody else's must not show a provider what is there."""
    known = [("knowledge", folder / dataset.knowledge)] if dataset.knowledge else []
    known += [(key, path) for key, top in known for path in sorted(top.rglob("*")) if path.is_symlink()]
    for key, path in (*((key, folder / name) for key, name in files if name), *known):
        if not path.resolve().is_relative_to(folder.resolve()):
            yield key, path


def build(dataset: Dataset, path: Path, stopped: threading.Event | None = None) -> None:
    """Make the database at `path`; raises `FaultyData` for the first thing that is wrong: what follows builds on it.

    Once `stopped` is set, whichever statement runs is given up, and that is a fault too.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if stopped:
            connection.set_progress_handler(stopped.is_set, BETWEEN_LOOKS)
        if dataset.sqlite:
            _copy(Path(dataset.sqlite), connection, path.parent)
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("PRAGMA synchronous=OFF")
        connection.set_authorizer(_allowed)
        for name in dataset.sql:
            _run(Path(name), connection)
        for table, name in dataset.csv.items():
            _fill(Path(name), table, connection)


def _copy(path: Path, connection: sqlite3.Connection, scratch: Path) -> None:
    """Copy a database; even to read it where it is would leave files of a write-ahead log beside it."""
    try:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            copy = f"{folder}/copy"
            for ending in ("", "-wal", "-journal"):
                if not ending or Path(f"{path}{ending}").is_file():
                    shutil.copyfile(f"{path}{ending}", f"{copy}{ending}")
            with closing(sqlite3.connect(copy)) as source:
                source.backup(connection)
    except sqlite3.DatabaseError as error:
        raise FaultyData(f"{path}: {error}") from error
    except OSError as error:
        raise FaultyData(f"{path}: {error.strerror}") from error


def _allowed(action: int, file: str | None, *_others: str | None) -> int:
    """Refuse to open another file; without a name it is SQLite's own work."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH and file else sqlite3.SQLITE_OK


def _run(path: Path, connection: sqlite3.Connection) -> None:
    """Run a script statement by statement, so that the line of a mistake is known."""
    for line, statement in _statements(_text(path)):
        try:
            connection.execute(statement)
        except sqlite3.Error as error:
            raise FaultyData(f"{path}:{line}: {error}") from error
    if connection.in_transaction:
        connection.execute("COMMIT")


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the statements of a script, each with the line that it begins in; the last one may lack its semicolon."""
    begin, line = 0, 1
    for end in (*(found.end() for found in re.finditer(";", text)), len(text)):
        if sqlite3.complete_statement(text[begin:end]) or end == len(text):
            before = BEFORE.match(text, begin, end)
            yield line + text.count("\n", begin, before.end() if before else begin), text[begin:end]
            begin, line = end, line + text.count("\n", begin, end)


def _fill(path: Path, table: str, connection: sqlite3.Connection) -> None:
    """Put the rows of a file into a table; one that is not there is made, with types as the values look."""
    heading, rows = _rows(path)
    names, marks = ", ".join(map(_quoted, heading)), ", ".join("?" * len(heading))
    insert = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608 - names are quoted
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (table,)).fetchone():
            types = (_type([row[at] for _, row in rows]) for at in range(len(heading)))
            columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in zip(heading, types, strict=True))
            connection.execute(f"CREATE TABLE {_quoted(table)} ({columns})")
        connection.execute(f"EXPLAIN {insert}", [None] * len(heading))
    except sqlite3.Error as error:
        raise FaultyData(f"{path}:1: {error}") from error
    connection.execute("BEGIN")
    for line, row in rows:
        try:
            connection.execute(insert, row)
        except sqlite3.Error as error:
            raise FaultyData(f"{path}:{line}: {error}") from error
    connection.execute("COMMIT")


def _rows(path: Path) -> tuple[list[str], list[tuple[int, Row]]]:
    """Return the heading of a file, and its rows with their lines; empty cells are None."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[tuple[int, Row]] = []
    try:
        heading = [name.strip() for name in next(reader, [])]
        if not heading or not all(heading) or len({name.casefold() for name in heading}) < len(heading):
            raise FaultyData(f"{path}:1: the first line must name each column, no two alike")
        for row in reader:
            if row and len(row) != len(heading):
                raise FaultyData(f"{path}:{reader.line_num}: there are {len(row)} cells under {len(heading)} names")
            if row:
                rows.append((reader.line_num, [cell or None for cell in row]))
    except csv.Error as error:
        raise FaultyData(f"{path}:{reader.line_num}: {error}") from error
    return heading, rows


def _type(cells: Sequence[str | None]) -> str:
    known = [cell for cell in cells if cell]
    if not known:
        return "TEXT"
    if all(WHOLE.fullmatch(cell) for cell in known):
        return "INTEGER"
    return "REAL" if all(FRACTION.fullmatch(cell) or WHOLE.fullmatch(cell) for cell in known) else "TEXT"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise FaultyData(f"{path}:{line}: the file is not UTF-8") from error
