"""A run's events as partials of the page, over server-sent events."""

import contextlib
import itertools
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Row

from app.agent import hosted
from app.agent.events import AssistantStep, Finished, Reset, Status, Text, TextBlockEnd, Thinking, ThinkingEnd, ToolEnd, ToolStart
from app.chat import approving, artifacts, debugging, model_calls, opinions, pages, transcript
from app.chat.artifact_view import ArtifactView, ChartView, TableView
from app.chat.claims import Checked
from app.chat.event_log import Answered, Failed, Follower, LoggedEvent, MemoryEventLog, QuestionOpened
from app.chat.pages import Reader
from app.chat.run_logs import log_of
from app.chat.sources import Cited
from app.chat.usage_sum import UsageSum
from app.chat.view import StepView
from app.database import Database
from app.web.templating import Templates

log = structlog.get_logger()
Suggest = Callable[[uuid.UUID, uuid.UUID], Awaitable[Sequence[str]]]
"""Returns what to ask after an answer, by the ids of its session and run."""

REDRAW_SECONDS = 0.05
RETRY_MS = 1000
PING = b": ping\n\n"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Anything short of `no-store` makes a second tab wait: Chromium lets one request at a time write an address's cache entry."""


def message(html: str, event_id: str, *, retry: bool = False) -> bytes:
    """Return an unnamed server-sent event, which htmx swaps."""
    data = html.replace("\r", "").replace("\n", "\ndata: ")
    return f"id: {event_id}\n{f'retry: {RETRY_MS}' + chr(10) if retry else ''}data: {data}\n\n".encode()


def done(event_id: str) -> bytes:
    """Return the last event of a stream whose run has ended."""
    return f"id: {event_id}\nevent: done\ndata: end\n\n".encode()


class PageStream:
    """The stream of one run for one reader's page."""

    def __init__(
        self, database: Database, event_log: MemoryEventLog, templates: Templates, reader: Reader, run: Row[Any],
        *, suggest: Suggest,
    ) -> None:  # fmt: skip
        self._database = database
        self._event_log = event_log
        self._templates = templates
        self._reader = reader
        self._run = run
        self._suggest = suggest
        self._fold = pages.fold_of(run, reader)
        self._follower: Follower | None = None
        self._has_left = False
        self._has_begun = False

    def leave(self) -> None:
        """End the stream: the reader may not read any more."""
        self._has_left = True
        if self._follower:
            self._follower.leave()

    async def messages(self, last_event_id: str | None) -> AsyncGenerator[bytes, None]:
        """Yield the messages after `last_event_id`, or the whole run drawn anew; `done` ends it after the run has ended."""
        run_log = await log_of(self._database, self._event_log, self._run.id)
        position = run_log.position_after(last_event_id) if last_event_id else None
        told = [logged for logged in run_log.events if position is None or logged.index < position]
        for logged in told:
            self._fold.apply(logged.event)
        if position is None:
            yield await self._redraw(told[-1].id if told else f"{run_log.attempt}-x")
        else:
            self._fold.settle()
        if self._fold.view.is_live or (position is not None and position < run_log.next_index):
            self._follower = Follower(run_log, told[-1].index + 1 if told else 0, pace=REDRAW_SECONDS)
            async with contextlib.aclosing(self._follower.batches()) as batches:
                async for batch in batches:
                    async for told_now in self._draw(batch):
                        yield told_now
                    if self._has_left or not self._fold.view.is_live:
                        break
        if not self._fold.view.is_live and not self._has_left:
            yield done(run_log.end_id)

    async def _redraw(self, event_id: str) -> bytes:
        view = self._fold.settle()
        if not view.is_live:
            await self._load_end()
        await self._load(self._fold.artifacts)
        await self._load_asker()
        await self._load_opinion()
        await self._load_debug()
        pages.translate_error(view, self._reader)
        further = "" if view.is_live else await self._suggestions()
        return message(self._render("redraw", run=view) + further, event_id, retry=True)

    async def _draw(self, batch: Sequence[LoggedEvent]) -> AsyncGenerator[bytes]:
        """Yield messages. htmx finds all targets of one before it swaps: what goes into a new element comes with the next."""
        pieces: list[str] = []
        for kind, group in itertools.groupby(batch, key=lambda logged: type(logged.event)):
            if issubclass(kind, Text | Thinking):
                for logged in group:
                    self._fold.apply(logged.event)
                pieces += [self._text()] if issubclass(kind, Text) else []
                continue
            for logged in group:
                self._has_begun = False
                partials = await self._partials(logged)
                pieces += [self._render("gone", key=key) for key in self._fold.thoughts.take_gone()]
                pieces += partials
                if self._has_begun:
                    yield self._message(pieces, logged.id)
                    pieces = []
        if batch and (any(pieces) or self._fold.thoughts.has_grown):
            yield self._message(pieces, batch[-1].id)
        else:
            yield PING

    def _message(self, pieces: Sequence[str], event_id: str) -> bytes:
        """Return a message after whose id its reader may come back: it has all of what is considered so far."""
        return message("".join([*pieces, *self._thoughts()]), event_id)

    def _thoughts(self) -> list[str]:
        return [
            self._begun(step) if is_new else self._render("thinking", step=step, finished=finished)
            for step, is_new, finished in self._fold.thoughts.draw_all()
        ]

    def _thought(self, step: StepView) -> list[str]:
        """Return what has been considered: a step that is new says already that it is over."""
        is_drawn = self._fold.thoughts.is_drawn(step)
        return [*self._thoughts(), *([self._render("thought", step=step)] if is_drawn else [])]

    def _ended(self, step: StepView) -> str:
        return self._render("step_ended", step=step)

    def _begun(self, step: StepView) -> str:
        self._has_begun = True
        return self._render("step_started", step=step)

    def _text(self) -> str:
        finished = self._fold.take_blocks()
        return self._render("text", finished=finished, open_block=self._fold.view.open_block)

    async def _partials(self, logged: LoggedEvent) -> list[str]:  # noqa: C901, PLR0911 - one case an event
        event, fold = logged.event, self._fold
        shown = len(fold.artifacts)
        step = fold.apply(event)
        run = fold.view
        match event:
            case Status():
                return [self._render("progress", run=run)]
            case TextBlockEnd():
                return [self._render("note", step=step)]
            case ThinkingEnd():
                return self._thought(step) if step else []
            case ToolStart():
                return [self._begun(step)] if step else []
            case ToolEnd():
                earlier, loaded = list(run.artifacts), await self._load(fold.artifacts[shown:])
                drawn = [self._render("artifact", artifact=artifact) for artifact in loaded]
                tabled = await self._tabled(earlier, loaded)
                lost = [self._render("lost", run=run)] if event.details.get("lost") else []
                # Steps that are known only when they end come as new ones.
                ended = self._begun if event.call.name in hosted.TOOLS else self._ended
                return [*([ended(step)] if step else []), *drawn, *tabled, *lost]
            case QuestionOpened():
                await self._load_asker()
                return [self._render("question", question=run.question), self._render("progress", run=run)]
            case Answered():
                return [self._render("answered", step=step), self._render("progress", run=run)]
            case Failed() | Finished():
                await self._load_end()
                await self._load_opinion()
                await self._load_debug()
                pages.translate_error(run, self._reader)
                return [self._text(), self._render("finished", run=run), await self._suggestions()]
            case Checked():
                return [self._render("checked", run=run)] if run.checked else []
            case Cited():
                return [self._render("cited", run=run)]
            case Reset():
                fold.settle()
                fold.thoughts.take_gone()
                self._has_begun = True
                return [self._render("redraw", run=run)]
            case Thinking() | AssistantStep() | UsageSum() | Text():
                return []

    async def _load(self, artifact_ids: Sequence[uuid.UUID]) -> list[ArtifactView]:
        found = await self._found(artifact_ids)
        loaded = [found[artifact_id] for artifact_id in artifact_ids if artifact_id in found]
        self._fold.view.artifacts += loaded
        return loaded

    async def _tabled(self, earlier: Sequence[ArtifactView], loaded: Sequence[ArtifactView]) -> list[str]:
        """Take their exports from charts that were drawn before the table of their result: that has them from now on."""
        has_table = any(isinstance(view, TableView) for view in loaded)
        lone = [view for view in earlier if isinstance(view, ChartView) and view.is_lone] if has_table else []
        found = await self._found([view.id for view in lone])
        for view in lone:
            now_drawn = found.get(view.id)
            view.is_lone = now_drawn.is_lone if isinstance(now_drawn, ChartView) else True
        chart_ids = [view.id for view in lone if not view.is_lone]
        return [self._render("tabled", chart_ids=chart_ids)] if chart_ids else []

    async def _found(self, artifact_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, ArtifactView]:
        if not artifact_ids:
            return {}
        reader = self._reader
        async with self._database.glancing() as db:
            return await artifacts.load(db, reader.actor, artifact_ids, locale=reader.locale, reach=reader.reach)

    async def _load_end(self) -> None:
        view = self._fold.view
        view.worked_ms = (await transcript.run_of(self._database, self._run.id)).worked_ms
        async with self._database.glancing() as db:
            view.model = (await model_calls.writers(db, [view.id])).get(view.id, "")
            if view.finish_reason == "stopped":
                view.stopped_by = (await pages.stoppers(db, [view.id])).get(view.id, "")

    async def _load_asker(self) -> None:
        if (question := self._fold.view.question) and question.is_approval:
            async with self._database.reading() as db:
                await approving.name_askers(db, self._reader.actor, [question])

    async def _load_debug(self) -> None:
        view = self._fold.view
        if not view.is_live:
            view.debug = (await debugging.of(self._database, self._reader.actor, [view.id])).get(view.id)

    async def _suggestions(self) -> str:
        offered = await self._suggest(self._run.session_id, self._run.id)
        return self._render("suggestions", session_id=self._run.session_id, suggestions=offered) if offered else ""

    async def _load_opinion(self) -> None:
        said = await opinions.of(self._database, self._reader.actor, [self._run.id])
        self._fold.view.feedback = said.get(self._run.id)

    def _render(self, name: str, **values: object) -> str:
        return self._templates.render(
            self._reader.locale, f"chat/events/{name}.html", run_id=self._run.id, zone=self._reader.actor.time_zone,
            can_write=self._reader.can_write, **values,
        )  # fmt: skip
