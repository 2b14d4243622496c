"""Make files of stored results: rows flow from the database to the writing process without ever being together in memory."""

import asyncio
import contextlib
import datetime as dt
import re
import tempfile
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.data.exports.columns import sheet_column
from app.data.exports.messages import Batch, DocumentWork, End, Format, TableWork
from app.data.exports.process import Writing, writing
from app.data.exports.receipt import Extent, Origin, receipt
from app.data.fair_share import FairShare
from app.data.ledger import Ledger
from app.data.queries import Queries
from app.data.results import asked_from, columns_from
from app.database import new_id, now
from app.errors import N_, NotFound
from app.files import keeping
from app.files.models import Artifact
from app.files.storage import FileStorage
from app.identity.actor import Actor
from app.web.formats import formats_of
from app.web.locale import translator

BATCH_ROWS = 500
MOST_BYTES = 500_000_000
"""An export is cut here, however few its rows; the receipt tells."""
FILES_AT_ONCE = 3
FILES_OF_A_COMPANY = 2
FILES_OF_A_PERSON = 1
PEOPLE = 1000
PATIENCE_SECONDS = 120.0
TYPES: Mapping[Format, tuple[str, str]] = {
    "excel": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("csv", "text/csv"),
    "pdf": ("pdf", "application/pdf"),
}
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]+')
Progress = Callable[[int], None]


class Document(msgspec.Struct, frozen=True):
    """A document's title, its JSON as `document.typ` reads it, and the tables that its figures were read from.

    `pictures` are the keys of files in the storage by the names that the JSON knows them by.
    """

    title: str
    content: bytes
    reads: tuple[str, ...]
    pictures: Mapping[str, str] = {}


class Exported(msgspec.Struct, frozen=True):
    """A file that was made and is kept under `storage_key`; `id` is that of its artifact.

    `reads` are the tables that the figures are from.
    """

    id: uuid.UUID
    file_name: str
    mime_type: str
    size_bytes: int
    storage_key: str
    url: str
    rows: int
    truncated: bool
    reads: tuple[str, ...] = ()
    result_id: uuid.UUID | None = None

    @property
    def details(self) -> dict[str, Any]:
        """Return what the artifact keeps."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        del kept["id"]
        return kept


class Places:
    """Few files are made at a time, few of them for one company, and for one person one after the other."""

    def __init__(self) -> None:
        self._of_all = FairShare(FILES_AT_ONCE, FILES_OF_A_COMPANY)
        self._own = FairShare(PEOPLE, FILES_OF_A_PERSON)

    @contextlib.asynccontextmanager
    async def place(self, actor: Actor) -> AsyncGenerator[None]:
        """Wait for the turn of a file of `actor` and hold its place."""
        own = self._own.place(actor.user_id, PATIENCE_SECONDS)
        async with own, self._of_all.place(actor.tenant_id, PATIENCE_SECONDS):
            yield


class Exporter:
    """Makes files, few at a time. `base_url` is what their addresses begin with."""

    def __init__(
        self, queries: Queries, storage: FileStorage, *, max_rows: int, base_url: str, places: "Places | None" = None
    ) -> None:
        self.storage = storage
        self.max_rows = max_rows
        self._queries = queries
        self._base_url = base_url.rstrip("/")
        self._places = places or Places()

    def noting(self, ledger: Ledger) -> "Exporter":
        """Return the same exporter, with all that it begins on the business database noted in `ledger`."""
        queries = self._queries.noting(ledger)
        return Exporter(queries, self.storage, max_rows=self.max_rows, base_url=self._base_url, places=self._places)

    async def keep(self, folder: tuple[uuid.UUID, uuid.UUID], ending: str, content: bytes) -> tuple[uuid.UUID, str, str]:
        """Keep a file that was made elsewhere for a tenant's session; returns the id of its artifact, its key and address."""
        artifact_id, key = await keeping.keep(self.storage, folder, ending, content)
        return artifact_id, key, f"{self._base_url}/{artifact_id}.{ending}"

    async def table(
        self, actor: Actor, result: Artifact, title: str, form: Format, origin: Origin, progress: Progress = lambda _rows: None
    ) -> Exported:
        """Write a stored result, all of it: what was cut is asked for again. Raises `QueryError` and `WritingError`.

        `progress` is told how many rows were written, for the first time when the file's turn has come.
        """
        assert form != "pdf"
        columns, asked = columns_from(result.details), asked_from(result.details)
        formats, texts = formats_of(actor.locale), translator(actor.locale)
        rows = _Rows(self._queries, actor, result, self.max_rows)
        title = title or texts.gettext(N_("Result"))
        async with self._file(actor, result.session_id, form, title) as file:
            progress(0)
            work = TableWork(
                form, str(file.path), title, texts.gettext(N_("Data")),
                tuple(sheet_column(column, formats) for column in columns), (texts.gettext("yes"), texts.gettext("no")),
            )  # fmt: skip
            async with writing(work) as process:
                await self._fill(process, rows, progress)
                extent = Extent(rows.count, rows.truncated, rows.executed_at)
                await process.send(End(receipt(result.details, origin, extent, actor, now())))
                await process.written()
            exported = await file.kept(asked.tables if asked else ())
            return msgspec.structs.replace(exported, rows=rows.count, truncated=rows.truncated, result_id=result.id)

    async def document(
        self, actor: Actor, session_id: uuid.UUID, document: Document, progress: Progress = lambda _rows: None
    ) -> Exported:
        """Typeset a document; raises `WritingError`. `progress` is told when its turn has come."""
        async with self._file(actor, session_id, "pdf", document.title) as file:
            progress(0)
            for name, key in document.pictures.items():
                await self._fetch(key, file.path.with_name(name))
            async with writing(DocumentWork(str(file.path), document.content.decode())) as process:
                await process.written()
            return await file.kept(document.reads)

    async def _fetch(self, key: str, path: Path) -> None:
        """Put a kept file beside the one that is made, nothing where it is not there any more."""
        with contextlib.suppress(NotFound):
            async with contextlib.aclosing(self.storage.read(key)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(_append, path, piece)

    @staticmethod
    async def _fill(process: Writing, rows: "_Rows", progress: Progress) -> None:
        async with contextlib.aclosing(rows.batches()) as batches:
            async for batch in batches:
                await process.send(Batch(batch))
                progress(rows.count)

    @contextlib.asynccontextmanager
    async def _file(self, actor: Actor, session_id: uuid.UUID, form: Format, title: str) -> AsyncGenerator["_File"]:
        async with self._places.place(actor):
            folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="bichat-export-")
            try:
                yield _File(self.storage, self._base_url, (actor.tenant_id, session_id), form, title, Path(str(folder.name)))
            finally:
                await asyncio.to_thread(folder.cleanup)


class _File:
    """A file that is being made."""

    def __init__(
        self,
        storage: FileStorage,
        base_url: str,
        session: tuple[uuid.UUID, uuid.UUID],
        form: Format,
        title: str,
        folder: Path,
    ) -> None:
        self.id = new_id()
        ending, self._mime_type = TYPES[form]
        self._name = f"{file_name(title)}.{ending}"
        self._key = "/".join((*map(str, session), f"{self.id}.{ending}"))
        self._url = f"{base_url}/{self.id}.{ending}"
        self._storage = storage
        self.path = folder / f"export.{ending}"

    async def kept(self, reads: tuple[str, ...]) -> Exported:
        """Put the complete file into the storage; a cancellation leaves nothing there."""
        size = (await asyncio.to_thread(self.path.stat)).st_size
        keeping = asyncio.ensure_future(self._storage.keep(self._key, self.path))
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.wait([keeping])
            await self._storage.delete(self._key)
            raise
        return Exported(self.id, self._name, self._mime_type, size, self._key, self._url, 0, truncated=False, reads=reads)


class _Rows:
    """The rows of a stored result: as they are kept where that is all of them, else from the database once more."""

    def __init__(self, queries: Queries, actor: Actor, result: Artifact, max_rows: int) -> None:
        self.count = 0
        self.truncated = False
        self.executed_at = msgspec.convert(result.details["executed_at"], dt.datetime)
        self._queries = queries
        self._actor = actor
        self._result = result
        self._max_rows = max_rows

    async def batches(self) -> AsyncGenerator[list[list[Any]]]:
        """Yield all rows up to the cap, and count them."""
        async with contextlib.aclosing(self._again() if self._result.details["truncated"] else self._kept()) as batches:
            async for batch in batches:
                self.count += len(batch)
                yield batch

    async def _kept(self) -> AsyncGenerator[list[list[Any]]]:
        rows: list[list[Any]] = msgspec.json.decode(self._result.content or b"[]")
        self.truncated = len(rows) > self._max_rows
        for start in range(0, min(len(rows), self._max_rows), BATCH_ROWS):
            yield rows[start : min(start + BATCH_ROWS, self._max_rows)]

    async def _again(self) -> AsyncGenerator[list[list[Any]]]:
        sql, parameters, self.executed_at = self._result.details["sql"], self._result.details["parameters"], now()
        limits = {"max_rows": self._max_rows, "max_bytes": MOST_BYTES, "batch_rows": BATCH_ROWS}
        async with contextlib.aclosing(self._queries.stream(self._actor, sql, parameters, **limits)) as batches:
            async for batch in batches:
                self.truncated = batch.truncated
                yield batch.rows


def _append(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


def file_name(title: str) -> str:
    """Return a title as the name of a file, safe on every system."""
    return safe_name(title)[:80].strip(". ") or "export"


def safe_name(text: str) -> str:
    """Return a text without what names of files may not hold, however long; empty where nothing remains."""
    return " ".join(NOT_IN_NAMES.sub(" ", text).split()).strip(". ")
