"""A conversation as a list of messages, the oldest first: what was asked and what was answered, in turn."""

import uuid

from msgspec import UNSET
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.api.caller import Caller
from app.api.conversations import told
from app.api.params import Page
from app.api.shapes import MessageShape, Turn
from app.audit.record import record_opening
from app.chat import sessions, turns
from app.chat.models import Message, Run

STEP = aliased(Message)
ANSWERED = exists(select(STEP.id).where(STEP.run_id == Run.id, STEP.role == "assistant", STEP.deleted_at.is_(None)))


class MessagesParams(Page, kw_only=True, frozen=True):
    """A part of a session's messages."""

    session_id: uuid.UUID


async def listed(caller: Caller, params: MessagesParams) -> list[MessageShape]:
    """Return a part of the messages that are shown now."""
    database = caller.desk.database
    shown = (
        select(Message.id, ANSWERED.label("is_answered"))
        .outerjoin(Run, Run.user_message_id == Message.id)
        .where(
            Message.session_id == params.session_id, Message.role == "user", Message.deleted_at.is_(None),
            Message.set_aside.is_(False), Message.summary_id.is_(None),
        )
        .order_by(Message.id)
    )  # fmt: skip
    async with database.reading() as db:
        session = await sessions.find(db, caller.actor, params.session_id)
        questions = (await db.execute(shown)).all()
    await record_opening(database, caller.actor, session.id, session.user_id)
    places = [row.id for row in questions for _ in range(1 + row.is_answered)]
    wanted = places[params.offset : params.offset + params.limit]
    if not wanted:
        return []
    after_last = uuid.UUID(int=wanted[-1].int + 1)
    rows = await turns.page(database, session.id, before=after_last, limit=len(set(wanted)))
    said = [message for turn in await told(caller, session, rows) for message in _messages(turn)]
    skipped = params.offset - places.index(wanted[0])
    return said[skipped : skipped + len(wanted)]


def _messages(turn: Turn) -> list[MessageShape]:
    user, assistant = turn.user_turn, turn.assistant_turn
    asked = MessageShape(
        id=user.id, session_id=turn.session_id, role="user", content=user.content, author=user.author,
        attachments=user.attachments, created_at=user.created_at,
    )  # fmt: skip
    if assistant is UNSET:
        return [asked]
    answered = MessageShape(
        id=assistant.id, session_id=turn.session_id, role="assistant", content=assistant.content, author=None,
        explanation=assistant.explanation, reasoning=assistant.reasoning, citations=assistant.citations,
        tool_calls=assistant.tool_calls, artifacts=assistant.artifacts, code_outputs=assistant.code_outputs,
        debug=assistant.debug, unmatched_claims=assistant.unmatched_claims, created_at=assistant.created_at,
    )  # fmt: skip
    return [asked, answered]
