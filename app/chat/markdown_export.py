"""A whole conversation as Markdown: what a reader sees of it, in their language, for pasting and keeping elsewhere."""

import asyncio
import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from app.chat import document_exhibits, documents, pages, sessions, summaries, turns
from app.chat.artifact_view import CodeFileView, ExportView
from app.chat.pages import Reader
from app.chat.sessions import Shown
from app.chat.settled import Settled
from app.chat.view import RunView, StepView, TurnView
from app.data.exports import exhibits, markdown
from app.data.exports.receipt import LEAD_BACK
from app.database import Database, now
from app.errors import N_
from app.files.models import Artifact
from app.web.formats import formats_of
from app.web.locale import translator

MOST_ROWS = 100
"""So many rows of a table are written."""
MOST_CHARACTERS = 4_000_000
"""Turns before those that make so many are left out."""
AT_ONCE = 20
HIDDEN = N_("This result is not shown: it was read from tables that you may not see.")
UNFINISHED = N_("The answer was not finished when this was exported.")
STOPPED = N_("Stopped")
WANTED = N_("The analyst wanted to use “%(tool)s”")
ALLOWED, REFUSED = N_("Allowed once"), N_("Not allowed")


class Written(msgspec.Struct, frozen=True):
    """The text, what it is called, how many turns it holds and the tables that its figures were read from."""

    title: str
    text: str
    turns: int
    reads: Sequence[str]


async def written(database: Database, reader: Reader, session_id: uuid.UUID, link: str) -> Written:
    """Return a conversation, its last turns where it is too long; raises `NotFound`."""
    session = await sessions.shown(database, reader.actor, session_id)
    reader = msgspec.structs.replace(reader, actor=dataclasses.replace(reader.actor, locale=reader.locale))
    rows = await turns.page(database, session_id, limit=documents.MOST_TURNS + 1)
    first, length = len(rows) - min(len(rows), documents.MOST_TURNS), 0
    parts: list[str] = []
    reads = set[str]()
    while first < len(rows) - len(parts) and length < MOST_CHARACTERS:
        end = len(rows) - len(parts)
        start = max(first, end - AT_ONCE)
        texts, read = await _part(database, reader, session_id, rows[start:end], start + 1 - first)
        parts, reads, length = [*texts, *parts], reads | read, length + sum(map(len, texts))
    is_cut = len(parts) < len(rows)
    opening = "" if is_cut else await _summary(database, reader, session_id)
    head = _head(reader, session, link, len(parts) if is_cut else 0)
    text = "\n\n".join(part for part in (head, opening, *parts) if part)
    return Written(session.title or translator(reader.locale).gettext(N_("New chat")), f"{text}\n", len(parts), sorted(reads))


def _head(reader: Reader, session: Shown, link: str, cut_to: int) -> str:
    actor, texts, formats = reader.actor, translator(reader.locale), formats_of(reader.locale)
    who = {"name": actor.name, "company": actor.tenant_name, "moment": formats.datetime(now(), actor.time_zone)}
    lines = [
        f"# {markdown.plain(session.title or texts.gettext(N_('New chat')))}",
        markdown.plain(texts.gettext(N_("Chat of %(name)s"), name=session.owner)),
        markdown.plain(texts.gettext(N_("Exported by %(name)s, %(company)s, on %(moment)s"), **who)),
        f"[{texts.gettext(LEAD_BACK)}](<{link}>)",
        f"*{documents.cut_notice(cut_to, texts, formats)}*" if cut_to else "",
    ]
    return "\n\n".join(line for line in lines if line)


async def _summary(database: Database, reader: Reader, session_id: uuid.UUID) -> str:
    summary = await summaries.of_session(database, session_id)
    if summary is None:
        return ""
    heading = documents.summary_heading(summary, translator(reader.locale), formats_of(reader.locale))
    return f"## {heading}\n\n{markdown.closed(summary.content)}"


async def _part(
    database: Database, reader: Reader, session_id: uuid.UUID, rows: Sequence[Row[Any]], number: int
) -> tuple[list[str], set[str]]:
    """Return some turns, the first of which is the `number`th, and what their figures were read from."""
    async with database.reading() as db:
        views = await pages.run_views(db, reader, [row.run_id for row in rows if row.run_id])
    stored = await documents.stored_of(database, reader, list(views.values()))
    told = [pages.turn_view(row, session_id, views.get(row.run_id)) for row in rows]
    return await asyncio.to_thread(_texts, reader, told, stored, number)


def _texts(
    reader: Reader, told: Sequence[TurnView], stored: dict[uuid.UUID, Artifact], number: int
) -> tuple[list[str], set[str]]:
    written = [_Turn(reader, turn, stored, place) for place, turn in enumerate(told, start=number)]
    return [turn.text() for turn in written], {name for turn in written for name in turn.reads}


class _Turn:
    """A question with its answer. Its tables are numbered within it, and its charts name the table of their figures."""

    def __init__(self, reader: Reader, turn: TurnView, stored: dict[uuid.UUID, Artifact], number: int) -> None:
        self.reads = set[str]()
        self._reader = reader
        self._turn = turn
        self._stored = stored
        self._number = number
        self._texts = translator(reader.locale)
        self._printing = document_exhibits.printing_of(turn.run, stored)
        self._tables = {result_id: f"{number}.{place}" for place, result_id in enumerate(self._printing, start=1)}

    def text(self) -> str:
        """Return all of it."""
        turn = self._turn
        asked = formats_of(self._reader.locale).datetime(turn.created_at, self._reader.actor.time_zone)
        head = f"## {self._number}. {markdown.plain(turn.author)}, {markdown.plain(asked)}"
        parts = [head, markdown.quoted(turn.content), *(self._answer(turn.run) if turn.run else ())]
        return "\n\n".join(part for part in parts if part)

    def _answer(self, run: RunView) -> Iterator[str]:
        for step in run.steps:
            told = [self._told(settled) for settled in step.answers]
            yield "\n".join(f"- {markdown.plain(asked)} — {markdown.plain(said)}" for asked, said in told)
        yield markdown.closed(documents.marked_answer(run, self._texts))
        yield self._ending(run)
        for note in documents.notes(run, formats_of(self._reader.locale), self._reader.actor):
            yield f"*{markdown.plain(note)}*"
        for shown in run.artifacts:
            if getattr(shown, "is_hidden", False):
                yield f"*{self._texts.gettext(HIDDEN)}*"
            elif isinstance(shown, ExportView | CodeFileView):
                yield self._said(N_("File “%(name)s”"), name=shown.file_name)
            elif shown.id in self._stored:
                yield from self._exhibit(self._stored[shown.id])
        yield from self._statements(run.every_step)

    def _told(self, settled: Settled) -> tuple[str, str]:
        """Return a question with its answer; of an approval what the tool is for and what was decided."""
        gettext = self._texts.gettext
        if not settled.tool:
            return settled.question, settled.answer
        wanted = gettext(WANTED, tool=gettext(settled.purpose))
        if settled.is_allowed:
            return wanted, gettext(ALLOWED)
        return wanted, f"{gettext(REFUSED)}: {settled.answer}" if settled.answer else gettext(REFUSED)

    def _ending(self, run: RunView) -> str:
        if run.error:
            return f"*{markdown.plain(run.error.message)}*"
        if run.status == "stopped":
            return f"*{self._texts.gettext(STOPPED)}*"
        return f"*{self._texts.gettext(UNFINISHED)}*" if run.is_live else ""

    def _exhibit(self, artifact: Artifact) -> Iterator[str]:
        """Yield a table, or where the figures of a chart are, with the figures unless a table has them."""
        result = self._stored.get(uuid.UUID(artifact.details.get("result_id") or str(artifact.id)))
        if artifact.kind not in {"table", "chart"} or result is None:
            return
        number = self._tables[result.id]
        self.reads |= document_exhibits.tables_of(result)
        if self._printing[result.id] == artifact.id:
            table = exhibits.written(result, self._reader.actor, most_rows=MOST_ROWS)
            name = artifact.name if artifact.kind == "table" else ""
            heading = self._texts.gettext(N_("Table %(number)s"), number=number)
            yield f"**{heading}{f'. {markdown.plain(name)}' if name else ''}**"
            yield markdown.table(table)
            yield f"*{markdown.plain(table['note'])}*" if table["note"] else ""
        if artifact.kind == "chart":
            name = artifact.name or self._texts.gettext(N_("Chart"))
            yield self._said(N_("Chart “%(name)s”, drawn from table %(number)s"), name=name, number=number)

    def _said(self, sentence: str, **values: str) -> str:
        return f"*{markdown.plain(self._texts.gettext(sentence, **values))}*"

    def _statements(self, steps: Sequence[StepView]) -> Iterator[str]:
        """Yield each statement that gave figures, with its parameters, and each program."""
        told = set[str]()
        for step in steps:
            if step.code:
                yield markdown.fenced(step.code, "python")
            if not step.sql or step.state != "ok" or step.sql in told:
                continue
            told.add(step.sql)
            given = ", ".join(f"{name} = {value}" for name, value in step.parameters.items() if value is not None)
            yield markdown.fenced(step.sql, "sql")
            yield markdown.plain(f"{self._texts.gettext(N_('Parameters'))}: {given}") if given else ""
