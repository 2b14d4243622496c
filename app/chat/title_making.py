"""A title made on request: by the model from the first question and its answer, in the language of the conversation."""

import uuid

from sqlalchemy import select

from app.agent.analysts import title_prompt
from app.agent.model import AssistantText, ModelMessage, UserText
from app.chat import brief_calls, search_index, sessions, titles
from app.chat.desk import Desk
from app.chat.models import Message, Session
from app.database import now
from app.errors import N_
from app.identity.actor import Actor

SECONDS = 30
ASKING = "Write the title of this conversation."
FAILURE = N_("The title could not be made. Try again, or type one.")
LONGEST_PART = 4000
"""Characters of a question or an answer that the model is shown."""


async def regenerate(desk: Desk, actor: Actor, session_id: uuid.UUID) -> Session:
    """Give a session a new title and return it; one that a person typed stays, and so does that of an empty session.

    Raises `NotFound`, `Forbidden`, `QuotaSpent`, and `Unavailable` when the model fails.
    """
    async with desk.database.reading() as db:
        session = await sessions.find_own(db, actor, session_id)
        shown = (
            Message.session_id == session_id,
            Message.deleted_at.is_(None),
            Message.set_aside.is_(False),
            Message.task_call_id == "",
        )
        said = select(Message.role, Message.content).where(*shown, Message.role.in_(("user", "assistant")), Message.content != "")
        first = (await db.execute(said.order_by(Message.id).limit(2))).all()
    if session.title_is_typed or not first:
        return session
    title = titles.from_question(first[0].content)
    if not desk.is_offline:
        messages = [_message(row.role, row.content[:LONGEST_PART]) for row in first]
        wanted = brief_calls.Wanted(title_prompt(), ASKING, FAILURE, SECONDS)
        title = titles.tidied(await brief_calls.ask(desk, actor, session_id, wanted, messages)) or title
    async with desk.database.writing() as db:
        session = await sessions.find_own(db, actor, session_id)
        if not session.title_is_typed:
            session.title, session.updated_at = title, now()
            await search_index.title_changed(db, session)
    return session


def _message(role: str, content: str) -> ModelMessage:
    return UserText(content) if role == "user" else AssistantText(content)
