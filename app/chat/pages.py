"""A conversation as the page shows it: turns with their runs folded into views, finished ones rendered once."""

import uuid
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import approving, artifacts, debugging, model_calls, opinions, transcript, turns, versions
from app.chat.models import UNFINISHED, Message, Run, RunStatus
from app.chat.run_view import RunFold
from app.chat.sentences import NOT_FOUND, failure
from app.chat.view import RunView, TurnView
from app.database import Database
from app.errors import N_, NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name, initials
from app.web.locale import translator
from app.web.templating import Templates

KEPT = (RunStatus.COMPLETED, RunStatus.STOPPED)
"""Turns that nothing can change and that hold no form."""
CACHE_BYTES = 16 * 1024 * 1024
AFTERWARDS = 20


class Reader(msgspec.Struct, frozen=True):
    """Who reads a conversation, in which language, and whether they may write in it.

    `reach` holds the tables whose figures a reader of somebody else's conversation may see, in small letters; None is all.
    `reads_all` tells whether no table is kept from them, wherever they read.
    """

    actor: Actor
    locale: str
    can_write: bool
    reach: frozenset[str] | None = None
    reads_all: bool = False


class RenderedTurns:
    """The HTML of turns that have ended, bounded in memory; the least recently shown go first."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._html: OrderedDict[tuple[Any, ...], str] = OrderedDict()
        self._size = 0
        self._limit = limit

    def get(self, key: tuple[Any, ...]) -> str | None:
        """Return what was kept under `key`, or None."""
        html = self._html.get(key)
        if html is not None:
            self._html.move_to_end(key)
        return html

    def keep(self, key: tuple[Any, ...], html: str) -> None:
        """Keep `html`, whose size counts as one byte a character."""
        self._size += len(html) - len(self._html.pop(key, ""))
        self._html[key] = html
        while self._size > self._limit:
            self._size -= len(self._html.popitem(last=False)[1])


FOLLOWING = (
    select(Message.id)
    .where(
        Message.session_id == bindparam("session_id"), Message.role == "user", Message.deleted_at.is_(None),
        Message.set_aside.is_(False), Message.id > bindparam("turn"),
    )
    .order_by(Message.id)
    .limit(turns.PAGE)
)  # fmt: skip


FOLLOWING_SHOWN = FOLLOWING.where(Message.summary_id.is_(None))
FOLLOWING_SUMMARISED = FOLLOWING.where(Message.summary_id == bindparam("summary_id"))


async def page_end(
    database: Database, session_id: uuid.UUID, turn: uuid.UUID, *, summary_id: uuid.UUID | None = None
) -> uuid.UUID | None:
    """Return before which turn a page ends that shows `turn` and some that follow it; None where the latest page does.

    With `summary_id` it is a page of the turns that a summary replaced.
    """
    known = {"session_id": session_id, "turn": turn}
    if summary_id is None:
        rows = await database.rows(FOLLOWING_SHOWN, known)
    else:
        rows = await database.rows(FOLLOWING_SUMMARISED, {**known, "summary_id": summary_id})
    return rows[AFTERWARDS].id if len(rows) == turns.PAGE else None


async def turn_views(
    database: Database, templates: Templates, rendered: RenderedTurns, reader: Reader, session_id: uuid.UUID,
    rows: Sequence[Row[Any]],
) -> list[TurnView]:  # fmt: skip
    """Return turns from rows of `turns.page`; those that have ended carry their HTML, others the view of their run."""
    several = await versions.of(database, session_id, rows)
    said = await opinions.of(database, reader.actor, [row.run_id for row in rows if row.run_id])
    took = await debugging.of(database, reader.actor, [row.run_id for row in rows if row.run_id and row.options.get("debug")])
    keys = {
        row.id: (*_cache_key(row, reader), several.get(row.id), said.get(row.run_id), row.run_id in took) for row in rows
    }  # fmt: skip
    kept = {row.id: rendered.get(keys[row.id]) for row in rows}
    missing = [row.run_id for row in rows if row.run_id and not kept[row.id]]
    views: dict[uuid.UUID, RunView] = {}
    if missing:
        async with database.glancing() as db:
            views = await run_views(db, reader, missing)
    for run_id, view in views.items():
        view.feedback, view.debug = said.get(run_id), took.get(run_id)
    shown = [turn_view(row, session_id, views.get(row.run_id), kept[row.id] or "") for row in rows]
    for turn in shown:
        turn.versions, turn.can_write = several.get(turn.id, ()), reader.can_write
    for row, turn in zip(rows, shown, strict=True):
        if turn.run and turn.run.status in KEPT:
            turn.html = templates.render(reader.locale, "chat/_turn.html", turn=turn, zone=reader.actor.time_zone)
            rendered.keep(keys[row.id], turn.html)
    return shown


async def turn_of(database: Database, reader: Reader, session_id: uuid.UUID, run_id: uuid.UUID) -> TurnView:
    """Return the shown turn that a run answers, as it stands; raises `NotFound` where it is not shown."""
    row = next((row for row in await turns.page(database, session_id) if row.run_id == run_id), None)
    if row is None:
        raise NotFound(N_("There is no such answer."))
    async with database.glancing() as db:
        views = await run_views(db, reader, [run_id])
    views[run_id].feedback = (await opinions.of(database, reader.actor, [run_id])).get(run_id)
    views[run_id].debug = (await debugging.of(database, reader.actor, [run_id])).get(run_id)
    turn = turn_view(row, session_id, views[run_id])
    turn.versions, turn.can_write = (await versions.of(database, session_id, [row])).get(row.id, ()), reader.can_write
    return turn


def _cache_key(row: Row[Any], reader: Reader) -> tuple[Any, ...]:
    of_reader = (reader.locale, reader.can_write, reader.actor.time_zone, reader.reach, reader.reads_all)
    return (row.run_id, row.attempt, row.revision, row.status, *of_reader)


def turn_view(row: Row[Any], session_id: uuid.UUID, run: RunView | None, html: str = "") -> TurnView:
    """Return a turn from a row of `turns.page`."""
    name = full_name(row.first_name, row.last_name, row.email)
    letters = initials(row.first_name, row.last_name, row.email)
    return TurnView(row.id, session_id, row.content, row.created_at, name, letters, run, row.run_id, html)


RUN_IDS: BindParameter[Sequence[uuid.UUID]] = bindparam("run_ids", expanding=True)
RUNS = select(Run).where(Run.id.in_(RUN_IDS))
STOPPED = (
    select(Run.id, User.first_name, User.last_name, User.email)
    .join(User, User.id == Run.stopped_by)
    .where(Run.id.in_(RUN_IDS), Run.status == RunStatus.STOPPED, Run.stopped_by != Run.user_id)
)


async def run_views(db: AsyncSession, reader: Reader, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RunView]:
    """Return the views of runs that the caller has found."""
    if not run_ids:
        return {}
    runs = (await db.execute(RUNS, {"run_ids": run_ids})).scalars().all()
    told = await transcript.load_many(db, run_ids)
    folds = {run.id: fold_of(run, reader) for run in runs}
    for run in runs:
        fold = folds[run.id]
        for event in transcript.events(run, told[run.id]):
            fold.apply(event)
        fold.view.status = run.status
        translate_error(fold.view, reader)
    for run_id, name in (await stoppers(db, run_ids)).items():
        folds[run_id].view.stopped_by = name
    for run_id, name in (await model_calls.writers(db, run_ids)).items():
        folds[run_id].view.model = name
    await approving.name_askers(db, reader.actor, [fold.view.question for fold in folds.values() if fold.view.question])
    wanted = [artifact_id for fold in folds.values() for artifact_id in fold.artifacts]
    shown = await artifacts.load(db, reader.actor, wanted, locale=reader.locale, reach=reader.reach)
    for fold in folds.values():
        fold.view.artifacts = [shown[artifact_id] for artifact_id in fold.artifacts if artifact_id in shown]
        fold.settle()
    return {run_id: fold.view for run_id, fold in folds.items()}


async def stoppers(db: AsyncSession, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of those who stopped runs that somebody else had asked for."""
    stopped = await db.execute(STOPPED, {"run_ids": run_ids})
    return {row.id: full_name(row.first_name, row.last_name, row.email) for row in stopped}


def fold_of(run: Row[Any] | Run, reader: Reader) -> RunFold:
    """Return an empty fold of a run."""
    status = run.status if run.status in UNFINISHED else "running"
    view = RunView(run.id, run.session_id, status, can_write=reader.can_write, worked_ms=run.worked_ms)
    view.question_id = run.user_message_id
    is_asker = run.user_id == reader.actor.user_id
    mark_title = translator(reader.locale).gettext(NOT_FOUND)
    return RunFold(view, reader.reach, mark_title, is_asker=is_asker, reads_all=reader.reads_all)


def translate_error(view: RunView, reader: Reader) -> None:
    """Put the sentence of a failed run's code into the reader's language."""
    if view.error:
        view.error.message = translator(reader.locale).gettext(failure(view.error.code).sentence)
