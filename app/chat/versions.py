"""Versions of a turn: a question that is edited or asked again becomes a sibling in the tree, and one path is shown.

The messages off that path are marked `set_aside`, so that reading a page never walks the tree.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, update

from app.chat import access
from app.chat.access import STANDING, known_of
from app.chat.models import UNFINISHED, Message, Run, Session
from app.database import Database, now, table_of
from app.errors import N_, Conflict, NotFound
from app.identity.actor import Actor

NO_QUESTION = N_("There is no such question in this conversation.")
GOING_ON = N_("The last question is still being answered. Wait for it, or stop it, then try again.")


class Question(msgspec.Struct, frozen=True):
    """A question of a session that its asker may ask in another way."""

    id: uuid.UUID
    session_id: uuid.UUID
    content: str


ASKED = (
    select(Message.id, Message.content, *STANDING)
    .join(Session, Session.id == Message.session_id)
    .where(
        Message.id == bindparam("message_id"), Session.tenant_id == bindparam("tenant_id"), Message.role == "user",
        Message.deleted_at.is_(None), Session.deleted_at.is_(None), Message.summary_id.is_(None),
    )
)  # fmt: skip
PARENT = select(Message.parent_id).where(
    Message.id == bindparam("message_id"), Message.session_id == bindparam("session_id"), Message.role == "user",
    Message.deleted_at.is_(None), Message.set_aside.is_(False), Message.summary_id.is_(None),
)  # fmt: skip
AFTER = update(table_of(Message)).where(
    Message.session_id == bindparam("of_session"), Message.id >= bindparam("first"), Message.set_aside.is_(False)
)
TREE = select(Message.id, Message.parent_id, Message.set_aside).where(
    Message.session_id == bindparam("session_id"), Message.deleted_at.is_(None), Message.summary_id.is_(None),
    Message.task_call_id == "",
)  # fmt: skip
HIDDEN_QUESTIONS = select(Message.id, Message.parent_id).where(
    Message.session_id == bindparam("session_id"), Message.role == "user", Message.set_aside, Message.deleted_at.is_(None),
    Message.summary_id.is_(None),
)  # fmt: skip
MARK = update(table_of(Message)).where(Message.id == bindparam("message"))
UNENDED = select(Run.id).where(Run.session_id == bindparam("session_id"), Run.status.in_(UNFINISHED))
MOVE_HEAD = update(table_of(Session)).where(Session.id == bindparam("of_session"))


async def find(database: Database, actor: Actor, message_id: uuid.UUID) -> Question:
    """Return a question of a session that `actor` may write in; raises `NotFound` and `Forbidden`."""
    rows = await database.rows(ASKED, {"message_id": message_id, **known_of(actor)})
    access.check_writable(access.of(actor, rows[0] if rows else None))
    return Question(rows[0].id, rows[0].session_id, rows[0].content)


def set_aside_from(db: Connection, session_id: uuid.UUID, message_id: uuid.UUID) -> uuid.UUID | None:
    """Set aside a shown question and all that follows it; returns the message that its next version hangs on, None at the start.

    Raises `NotFound`.
    """
    found = db.execute(PARENT, {"message_id": message_id, "session_id": session_id}).one_or_none()
    if found is None:
        raise NotFound(NO_QUESTION)
    db.execute(AFTER, {"of_session": session_id, "first": message_id, "set_aside": True})
    parent: uuid.UUID | None = found.parent_id
    return parent


async def show(database: Database, actor: Actor, message_id: uuid.UUID) -> Question:
    """Show the path through a question, down to what was said last on it.

    Raises `NotFound`, `Forbidden`, and `Conflict` while a run of the session goes on.
    """
    question = await find(database, actor, message_id)

    def write(db: Connection) -> None:
        if db.execute(UNENDED, {"session_id": question.session_id}).first():
            raise Conflict(GOING_ON)
        rows = db.execute(TREE, {"session_id": question.session_id}).all()
        path = _path_through({row.id: row.parent_id for row in rows}, message_id)
        marks = [{"message": row.id, "set_aside": row.id not in path} for row in rows if row.set_aside == (row.id in path)]
        if marks:
            db.execute(MARK, marks)
        db.execute(MOVE_HEAD, {"of_session": question.session_id, "head_message_id": max(path), "updated_at": now()})

    await database.write(write)
    return question


def _path_through(parents: Mapping[uuid.UUID, uuid.UUID | None], message_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the messages from the root through `message_id` to the last one said below it; ids grow with time."""
    path = set[uuid.UUID]()
    at: uuid.UUID | None = max(below(parents, {message_id}))
    while at is not None:
        path.add(at)
        at = parents.get(at)
    return path


def below(parents: Mapping[uuid.UUID, uuid.UUID | None], roots: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return `roots` and all messages that hang on them; ids grow with time."""
    found = set(roots)
    for each in sorted(parents):
        if parents[each] in found:
            found.add(each)
    return found


async def of(database: Database, session_id: uuid.UUID, shown: Sequence[Row[Any]]) -> Mapping[uuid.UUID, tuple[uuid.UUID, ...]]:
    """Return the versions of those questions that have several, oldest first, by the shown one's id; rows of `turns.page`."""
    if not any(row.has_versions for row in shown):
        return {}
    by_parent: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for row in await database.rows(HIDDEN_QUESTIONS, {"session_id": session_id}):
        by_parent.setdefault(row.parent_id, []).append(row.id)
    if not by_parent:
        return {}
    return {row.id: tuple(sorted([row.id, *by_parent[row.parent_id]])) for row in shown if row.parent_id in by_parent}
