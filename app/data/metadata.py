"""Descriptions of tables and columns that a company writes down in JSON files, one table each."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import structlog

log = structlog.get_logger()

LOOK_SECONDS = 5.0
"""How often the files are looked at for changes, at most."""
PLACE = re.compile(r"^(?P<what>.*?) (?:- at `(?P<path>[^`]+)`|\(byte (?P<byte>\d+)\))$", re.DOTALL)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Said = TypeVar("Said", str, Sequence[str])
Version = tuple[tuple[str, int, int], ...]


class MetadataError(Exception):
    """A file cannot be read; the text is one line with the file, the place in it and what is wrong."""


class Descriptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a column is, by language; empty where nobody translated it."""

    en: str = ""
    ru: str = ""
    uz: str = ""


class TableWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a table in one language; a part that is empty there is read as the notes themselves have it."""

    table_description: str = ""
    use_cases: tuple[str, ...] = ()
    data_quality_notes: tuple[str, ...] = ()


class Translations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a table, by language."""

    en: TableWords = TableWords()
    ru: TableWords = TableWords()
    uz: TableWords = TableWords()


class ColumnNotes(msgspec.Struct, frozen=True):
    """What people know about a column. `unit` is a word such as `pcs`, `currency` ISO 4217, `labels` headings by locale."""

    name: Name
    type: str = ""
    description: str = ""
    unit: str | None = None
    currency: str | None = None
    labels: Mapping[str, str] = {}
    descriptions: Descriptions = Descriptions()

    def described(self) -> Mapping[str, str]:
        """Return the descriptions that there are by locale, '' the one that stands for every other."""
        return _written({"": self.description, **msgspec.structs.asdict(self.descriptions)})


class TableNotes(msgspec.Struct, frozen=True):
    """One metadata file: what the table is for and what to mind when reading it."""

    table_name: Name
    table_description: str = ""
    use_cases: tuple[str, ...] = ()
    data_quality_notes: tuple[str, ...] = ()
    table_columns: tuple[ColumnNotes, ...] = ()
    labels: Mapping[str, str] = {}
    """What people call the table, by locale."""
    translations: Translations = Translations()

    def described(self) -> Mapping[str, str]:
        """Return the descriptions that there are by locale, '' the one that stands for every other."""
        return _written({"": self.table_description} | {code: said.table_description for code, said in self._translated.items()})

    def uses(self) -> Mapping[str, Sequence[str]]:
        """Return what the table is good for, as `described` does."""
        return _written({"": self.use_cases} | {code: said.use_cases for code, said in self._translated.items()})

    def cautions(self) -> Mapping[str, Sequence[str]]:
        """Return what to mind, as `described` does."""
        return _written(
            {"": self.data_quality_notes} | {code: said.data_quality_notes for code, said in self._translated.items()}
        )

    @property
    def _translated(self) -> dict[str, TableWords]:
        return msgspec.structs.asdict(self.translations)

    def column(self, name: str) -> ColumnNotes | None:
        """Return the notes on a column, in any case."""
        return next((column for column in self.table_columns if column.name.lower() == name.lower()), None)


def laid_over(upper: TableNotes, lower: TableNotes) -> TableNotes:
    """Return what `upper` says of a table, and what `lower` says where that says nothing."""
    says_table = upper.table_description or upper.use_cases or upper.data_quality_notes
    columns = {column.name.lower(): column for column in lower.table_columns}
    for column in upper.table_columns:
        below = columns.get(column.name.lower())
        columns[column.name.lower()] = _column_over(column, below) if below else column
    return msgspec.structs.replace(
        lower,
        table_description=upper.table_description or lower.table_description,
        use_cases=upper.use_cases or lower.use_cases,
        data_quality_notes=upper.data_quality_notes or lower.data_quality_notes,
        table_columns=tuple(columns.values()),
        labels=upper.labels or lower.labels,
        translations=upper.translations if says_table or upper.translations != Translations() else lower.translations,
    )


def _column_over(upper: ColumnNotes, lower: ColumnNotes) -> ColumnNotes:
    says = upper if upper.described() else lower
    return msgspec.structs.replace(
        lower, type=upper.type or lower.type, description=says.description, descriptions=says.descriptions,
        unit=upper.unit or lower.unit, currency=upper.currency or lower.currency, labels=upper.labels or lower.labels,
    )  # fmt: skip


class Metadata:
    """The notes of a directory, by table name in lower case; raises `MetadataError` when made from files that are wrong."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._version = _version(directory)
        self._notes = load_notes(directory)
        self._looked_at = time.monotonic()

    def use(self, directory: Path) -> None:
        """Read `directory` where the settings named none; raises nothing, as with files that change later."""
        if self._directory is None:
            self._directory = directory
            self.look()

    async def current(self) -> Mapping[str, TableNotes]:
        """Return the notes, read again when files have changed; what is wrong by then leaves the former notes standing."""
        if self._directory is not None and time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._looked_at = time.monotonic()
            await asyncio.to_thread(self.look)
        return self._notes

    def look(self) -> None:
        """Read the files again if they are others than before."""
        version = _version(self._directory)
        if version == self._version:
            return
        self._version = version
        try:
            self._notes = load_notes(self._directory)
        except MetadataError as error:
            log.warning("table metadata not read again", reason=str(error))


def load_notes(directory: Path | None) -> dict[str, TableNotes]:
    """Read `*.json` and `tables/*.json`, by table name in lower case; raises `MetadataError`."""
    notes: dict[str, TableNotes] = {}
    if directory is None:
        return notes
    if not directory.is_dir():
        raise MetadataError(f"{directory} is not a directory")
    origins: dict[str, str] = {}
    for path in _files(directory):
        file = str(path.relative_to(directory))
        table = _read(path, file)
        name = table.table_name.rsplit(".", 1)[-1].lower()
        if name in notes:
            raise MetadataError(f"{file}: $.table_name: {table.table_name!r} is described by {origins[name]} already")
        notes[name], origins[name] = table, file
    return notes


def _written(texts: Mapping[str, Said]) -> Mapping[str, Said]:
    return {locale: text for locale, text in texts.items() if text}


def _files(directory: Path) -> list[Path]:
    return sorted([*directory.glob("*.json"), *directory.glob("tables/*.json")])


def _version(directory: Path | None) -> Version:
    facts = ((path, path.stat()) for path in _files(directory)) if directory is not None else ()
    return tuple((str(path), fact.st_mtime_ns, fact.st_size) for path, fact in facts)


def _read(path: Path, file: str) -> TableNotes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MetadataError(f"{file}: {error.strerror}") from error
    try:
        return msgspec.json.decode(content, type=TableNotes)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MetadataError(f"{file}: {_told(str(error), content)}") from error


def _told(message: str, content: bytes) -> str:
    """Return an error with its place first: a path within the file, or line and column."""
    found = PLACE.match(message)
    if found is None:
        return message
    if found["path"]:
        return f"{found['path']}: {found['what']}"
    before = content[: int(found["byte"])]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"line {line}, column {column}: {found['what']}"
