"""The first turns of a conversation put into one summary: the analyst goes on with it, people can unfold what it replaced.

The summary becomes the root of the tree that the kept turns hang on; what it replaced stays as it was and names the summary.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.analysts import summary_prompt
from app.agent.context.shortening import SUMMARISED
from app.agent.model import AssistantText, ModelMessage, UserText
from app.audit.record import record
from app.chat import access, brief_calls, plain_summaries, sessions, summaries, transcript, versions
from app.chat.desk import Desk
from app.chat.models import UNFINISHED, Message, Run, Session
from app.data.reach import reach_of
from app.database import Database, now, table_of
from app.errors import N_, Conflict, Unavailable
from app.files.models import Artifact
from app.identity.actor import Actor

SHOWN: tuple[Any, ...] = (*transcript.COLUMNS, Message.parent_id)
KEPT_TURNS = 2
"""So many of the last questions stay as they are: what people go on from is rarely older."""
SECONDS = 90
LONGEST_PART, ALL_PARTS = 4_000, 240_000
"""Characters of a question or an answer that the model is shown, and of all of them."""
LONGEST = 12_000
ASKING = "Write the summary of this conversation."
FAILURE = N_("The summary could not be written, and nothing was changed. Try again.")
NOTHING = N_("There is nothing to summarise yet: the last two questions always stay as they are.")
CHANGED = N_("The conversation has changed meanwhile, and nothing was summarised. Try again.")
GONE = N_("What this summary replaced cannot be brought back any more.")


class Compacted(msgspec.Struct, frozen=True):
    """The summary, and how many messages and results went behind it."""

    summary: str
    messages: int
    artifacts: int


class _Part(msgspec.Struct, frozen=True):
    """What is summarised: its messages, and `first_kept`, the question that stays, with what it hangs on now."""

    rows: Sequence[Row[Any]]
    first_kept: uuid.UUID
    hangs_on: uuid.UUID


async def compact(desk: Desk, actor: Actor, session_id: uuid.UUID) -> Compacted:
    """Summarise all but the last turns of a session.

    Raises `NotFound`, `Forbidden`, `Conflict` while a run goes on or when there is too little, `QuotaSpent`, and `Unavailable`
    when the model fails; then nothing has changed.
    """
    async with desk.database.reading() as db:
        session = await sessions.find_writable(db, actor, session_id)
        part = await _part(db, session_id)
    if desk.is_offline:
        reach = await reach_of(desk.queries.catalogue, actor, is_own=session.user_id == actor.user_id)
        async with desk.database.reading() as db:
            text = await plain_summaries.written(db, part.rows, actor.locale, LONGEST, reach)
    else:
        wanted = brief_calls.Wanted(summary_prompt(), ASKING, FAILURE, SECONDS)
        text = (await brief_calls.ask(desk, actor, session_id, wanted, _shown(part.rows))).strip()[:LONGEST]
    if not text:
        raise Unavailable(FAILURE)
    async with desk.database.writing() as db:
        session = await sessions.find_writable(db, actor, session_id)
        return await _replace(db, actor, session, part, text)


async def _part(db: AsyncSession, session_id: uuid.UUID) -> _Part:
    """Return what is to be summarised; raises `Conflict`."""
    await _refuse_while_unfinished(db, session_id)
    shown = select(*SHOWN).where(*_of(session_id), Message.set_aside.is_(False), Message.task_call_id == "")
    rows = (await db.execute(shown.order_by(Message.id))).all()
    questions = [row for row in rows if row.role == "user"]
    if len(questions) <= KEPT_TURNS:
        raise Conflict(NOTHING)
    first_kept = questions[-KEPT_TURNS]
    return _Part([row for row in rows if row.id < first_kept.id], first_kept.id, first_kept.parent_id)


def _of(session_id: uuid.UUID) -> tuple[Any, ...]:
    return Message.session_id == session_id, Message.deleted_at.is_(None), Message.summary_id.is_(None)


async def _refuse_while_unfinished(db: AsyncSession, session_id: uuid.UUID) -> None:
    if await db.scalar(select(Run.id).where(Run.session_id == session_id, Run.status.in_(UNFINISHED))):
        raise Conflict(versions.GOING_ON)


def _shown(rows: Sequence[Row[Any]]) -> list[ModelMessage]:
    """Return what the model summarises: what was said, without what tools brought; long texts are cut the more there are."""
    said = [row for row in rows if row.role != "tool" and row.content]
    most = min(LONGEST_PART, ALL_PARTS // max(len(said), 1))
    return [_message(row, row.content[: LONGEST if row.role == "summary" else most]) for row in said]


def _message(row: Row[Any], content: str) -> ModelMessage:
    if row.role == "assistant":
        return AssistantText(content)
    return UserText(SUMMARISED + content if row.role == "summary" else content)


async def _replace(db: AsyncSession, actor: Actor, session: Session, part: _Part, text: str) -> Compacted:
    """Put the summary in the place of what it speaks for, unless the conversation is not what it was any more."""
    await _refuse_while_unfinished(db, session.id)
    tree = {row.id: row.parent_id for row in await db.execute(select(Message.id, Message.parent_id).where(*_of(session.id)))}
    if tree.get(part.first_kept) != part.hangs_on or any(row.id not in tree for row in part.rows):
        raise Conflict(CHANGED)
    kept = {each for each, parent in tree.items() if parent == part.hangs_on}
    replaced = tree.keys() - versions.below(tree, kept)
    place = uuid.UUID(int=min(kept).int - 1)  # Ids order what was said: the summary stands before what is kept.
    whose = {"tenant_id": session.tenant_id, "session_id": session.id, "author_id": actor.user_id}
    await db.execute(insert(table_of(Message)), {
        **whose, "id": place, "created_at": now(), "role": "summary", "content": text, "partial": False, "set_aside": False,
    })  # fmt: skip
    await _change(db, *_of(session.id), Message.id < place, summary_id=place)
    for each in [each for each in replaced if each > place]:
        await _change(db, Message.id == each, summary_id=place)
    await _change(db, Message.session_id == session.id, Message.id.in_(kept), parent_id=place)
    hidden = await db.scalar(HIDDEN.where(Message.summary_id == place)) or 0
    counts = {"turns": sum(row.role == "user" for row in part.rows), "messages": len(replaced), "artifacts": hidden}
    await _change(db, Message.id == place, details={"after": str(part.hangs_on), **counts})
    session.updated_at = now()
    record(db, actor, "session.compacted", session.id, session_id=str(session.id), **counts)
    return Compacted(text, len(replaced), hidden)


HIDDEN = (
    select(func.count())
    .select_from(Artifact)
    .join(Run, Run.id == Artifact.run_id)
    .join(Message, Message.id == Run.user_message_id)
    .where(Artifact.kind != "result", Artifact.deleted_at.is_(None))
)


async def _change(db: AsyncSession, *which: ColumnElement[bool], **values: Any) -> None:
    await db.execute(update(Message).where(*which).values(**values).execution_options(synchronize_session=False))


async def undo(database: Database, actor: Actor, summary_id: uuid.UUID) -> uuid.UUID:
    """Bring back what a summary replaced, and return its session.

    Raises `NotFound`, `Forbidden`, and `Conflict` while a run goes on or when it cannot be brought back any more.
    """
    async with database.writing() as db:
        found = await summaries.find(db, actor, summary_id)
        session_id: uuid.UUID = found.session_id
        access.check_writable(await sessions.access_of(db, actor, session_id))
        await _refuse_while_unfinished(db, session_id)
        if found.summary_id is not None or not summaries.is_kept(found.created_at):
            raise Conflict(GONE)
        hangs_on = uuid.UUID(found.details["after"])
        await _change(db, Message.parent_id == summary_id, parent_id=hangs_on)
        await _change(db, Message.summary_id == summary_id, summary_id=None)
        await db.execute(delete(Message).where(Message.id == summary_id))
        record(db, actor, "session.uncompacted", session_id, session_id=str(session_id))
    return session_id
