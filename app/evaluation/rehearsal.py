"""What tools are given when their calls are repeated: today's results, and nothing that they make or save is kept."""

import asyncio
import dataclasses
import hashlib
import tempfile
import uuid
import zipfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from app.agent import skill_files
from app.agent.tool import Exports, ToolContext, ToolError
from app.chat import documents
from app.chat.desk import Desk
from app.chat.documents import Wanted
from app.chat.pages import Reader
from app.data.errors import QueryError
from app.data.exports.exporter import Document, Exporter
from app.data.exports.receipt import Origin
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.data.queries import Queries
from app.data.reach import Reach
from app.data.results import QueryResult, details_of, encode_rows
from app.database import Database, now
from app.errors import NotFound
from app.files.artifacts import ArtifactReader
from app.files.models import Artifact
from app.files.storage import FileStorage
from app.identity.actor import Actor
from app.knowledge import proposals
from app.knowledge.library import Library
from app.knowledge.proposals import Category, Proposal, Saved
from app.knowledge.validated_queries import ValidatedQueries

DATA_SHEET = "xl/worksheets/sheet1.xml"
"""The sheet of a workbook that holds the rows; the one behind it tells when they were exported."""
SHARE = 0.5
"""Of the time that a tool has, to ask again what earlier answers of a document asked."""
NOT_SAVED = Saved(uuid.UUID(int=0), "", "checked", 0, is_new=False)


class TodaysResults(ArtifactReader):
    """The stored outcomes of a session, with today's rows in the place of the recorded ones."""

    def __init__(
        self, database: Database, actor: Actor, session_id: uuid.UUID, queries: Queries, knowledge: ValidatedQueries
    ) -> None:
        super().__init__(database, actor, session_id)
        self.by_id: dict[uuid.UUID, Artifact] = {}
        self._failed: set[uuid.UUID] = set()
        self._reader, self._queries, self._knowledge = actor, queries, knowledge

    def put(self, recorded: Artifact, today: QueryResult | None) -> None:
        """Have a result stand for a recorded one; None where it could not be had today."""
        if today is None:
            self._failed.add(recorded.id)
            return
        self.by_id[recorded.id] = Artifact(
            id=recorded.id, tenant_id=recorded.tenant_id, session_id=recorded.session_id, run_id=recorded.run_id,
            tool_call_id=recorded.tool_call_id, kind="result", name=recorded.name, created_at=recorded.created_at,
            details=details_of(today), content=encode_rows(today),
        )  # fmt: skip

    async def find(self, artifact_id: uuid.UUID) -> Artifact:
        """Return the artifact with its content, a result with today's; raises `NotFound` and `ToolError`."""
        if not self.is_known(artifact_id):
            found = await super().find(artifact_id)
            if found.kind != "result":
                return found
            await self.ask_again(found)
        if artifact_id not in self.by_id:
            raise ToolError("not_found", "the call that gave this result fails today")
        return self.by_id[artifact_id]

    def is_known(self, result_id: uuid.UUID) -> bool:
        """Tell whether a result was asked for today, with or without success."""
        return result_id in self._failed or result_id in self.by_id

    async def ask_again(self, recorded: Artifact) -> None:
        """Have today's rows stand for a result of an earlier answer."""
        self.put(recorded, await self._again(recorded))

    async def _again(self, recorded: Artifact) -> QueryResult | None:
        """Ask again what an earlier answer asked, None where that fails."""
        sql, parameters = str(recorded.details["sql"]), recorded.details.get("parameters") or {}
        try:
            result = await self._queries.execute(self._reader, sql, parameters, max_rows=self._queries.max_rows)
        except QueryError:
            return None
        columns = await asyncio.to_thread(self._knowledge.labelled, sql, result.columns)
        return msgspec.structs.replace(result, columns=columns)


class UnkeptFiles:
    """A storage that looks at files and drops them; what is in `kept` can be read. `sheet` tells the last one's rows apart."""

    def __init__(self, kept: FileStorage) -> None:
        self.sheet = ""
        self._kept = kept

    async def keep(self, key: str, path: Path) -> None:
        """Drop the file."""
        self.sheet = await asyncio.to_thread(_sheet, path) if key.endswith(".xlsx") else ""

    async def read(self, key: str) -> AsyncGenerator[bytes]:
        """Yield a kept file in pieces."""
        async for piece in self._kept.read(key):
            yield piece

    async def delete(self, key: str) -> None:
        """Do nothing: nothing was kept."""

    async def examine(self) -> tuple[str, bool]:
        """Say so."""
        return "no files are kept", True

    async def sheet_of(self, key: str) -> str:
        """Return what tells the rows of a kept workbook apart from others, empty where it is gone."""
        with tempfile.TemporaryFile(prefix="bichat-replay-") as file:
            try:
                async for piece in self._kept.read(key):
                    await asyncio.to_thread(file.write, piece)
            except NotFound:
                return ""
            return await asyncio.to_thread(_sheet, file)


class Papers:
    """Documents as they are today.

    Of the last one, `differs` tells whether today's results are others than the recorded, `missing` how many cannot be had,
    `unasked` how many of earlier answers are the recorded ones because there was no time: a tool has `seconds` for all.
    """

    def __init__(
        self, database: Database, reader: Reader, run: Row[Any], results: TodaysResults, link: str, seconds: float
    ) -> None:
        self.differs = False
        self.missing = self.unasked = 0
        self._database, self._reader, self._run, self._results, self._link = database, reader, run, results, link
        self._seconds = seconds * SHARE

    async def document(self, scope: Literal["answer", "conversation"], title: str, text: str) -> Document:
        """Return what a PDF is made of."""
        only, after = self._run.id if scope == "answer" else None, uuid.UUID(int=self._run.user_message_id.int + 1)
        wanted = Wanted(self._run.session_id, only, self._link, title, text, before=after)
        then = await documents.document(self._database, self._reader, wanted)
        wanted = msgspec.structs.replace(wanted, instead=self._todays)
        today = await documents.document(self._database, self._reader, wanted)
        self.differs = _turns(then) != _turns(today)
        return today

    async def _todays(self, stored: dict[uuid.UUID, Artifact]) -> dict[uuid.UUID, Artifact]:
        """Return what is shown today: without results that cannot be had any more."""
        clock, self.missing, self.unasked = asyncio.get_running_loop(), 0, 0
        until, shown = clock.time() + self._seconds, dict(stored)
        for found in [each for each in stored.values() if each.kind == "result"]:
            if not self._results.is_known(found.id):
                if clock.time() >= until:
                    self.unasked += 1
                    continue
                await self._results.ask_again(found)
            if today := self._results.by_id.get(found.id):
                shown[found.id] = today
            else:
                del shown[found.id]
                self.missing += 1
        return shown


class CheckingLibrary(Library):
    """What a company knows, searched by words alone; what is proposed to it is checked and not kept."""

    async def save_query(
        self, queries: Queries, actor: Actor, new: Proposal, *, run_id: uuid.UUID | None = None, approve: bool = False
    ) -> Saved:
        """Check a query; raises `Invalid`."""
        del run_id, approve
        await proposals.checked_query(queries, actor, new)
        return NOT_SAVED

    async def save_learning(
        self, actor: Actor, *, category: Category, title: str, text: str, tables: Sequence[str] = ()
    ) -> Saved:
        """Check a lesson; raises `Invalid`."""
        del actor, category, tables
        proposals.checked_learning(title, text)
        return NOT_SAVED


class Rehearsal:
    """What the calls of a run are repeated with; what is asked of the business database is noted in `ledger`.

    `is_without_meanings` tells that knowledge is searched by meaning too, but not here: that asks an embeddings endpoint.
    """

    def __init__(self, desk: Desk, run: Row[Any], actor: Actor, reach: Reach, known: ValidatedQueries, ledger: Ledger) -> None:
        link = f"{desk.settings.site}/bi-chat/sessions/{run.session_id}"
        reader = Reader(dataclasses.replace(actor, locale=run.locale), run.locale, can_write=True, reach=reach)
        self.results = TodaysResults(desk.database, actor, run.session_id, desk.queries.noting(ledger), known)
        self.files = UnkeptFiles(desk.exports.exporter.storage)
        self.papers = Papers(desk.database, reader, run, self.results, link, desk.settings.tool_timeout)
        self.library = CheckingLibrary(desk.database) if desk.knowledge.library else None
        self.is_without_meanings = bool(desk.knowledge.library and desk.knowledge.library.embedder)
        self._desk, self._run, self._actor, self._known, self._link = desk, run, actor, known, link

    async def context(self, question: str) -> ToolContext:
        """Return what tools are given; `question` is the run's."""
        desk, run, actor = self._desk, self._run, self._actor
        most, base_url = desk.exports.exporter.max_rows, desk.settings.storage_base_url
        exporter = Exporter(desk.queries, self.files, max_rows=most, base_url=base_url)
        exports = Exports(exporter, Origin(question, self._link), self.papers.document)
        return ToolContext(
            actor, desk.queries, self._known, self.results, run.locale, now(), Calendar(actor.time_zone, actor.first_weekday),
            exports, run.is_own, self.library, await asyncio.to_thread(skill_files.load, desk.settings),
        )  # fmt: skip


def _turns(document: Document) -> Any:
    return msgspec.json.decode(document.content)["turns"]


def _sheet(file: Any) -> str:
    with zipfile.ZipFile(file) as book:
        return hashlib.sha256(book.read(DATA_SHEET)).hexdigest()
