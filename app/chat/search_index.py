"""Keeps what search finds, in the transactions that write what is searched.

What is deleted, cleared or set aside stays here until its rows go: `app.chat.search` leaves it out.
"""

import asyncio
import uuid
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.models import Run, SearchEntry, Session
from app.data import words
from app.data.stemming import forms
from app.database import table_of

MOST_CHARS = 100_000
LONG = 500
LONGEST_WORD = 64

ADD = insert(table_of(SearchEntry))
OF_TURN = table_of(SearchEntry).c.message_id == bindparam("of_message")
ANSWERED = update(table_of(SearchEntry)).where(OF_TURN)
OF_TITLE = (table_of(SearchEntry).c.session_id == bindparam("of_session")) & table_of(SearchEntry).c.message_id.is_(None)
RENAMED = update(table_of(SearchEntry)).where(OF_TITLE)
UNNAMED = delete(table_of(SearchEntry)).where(OF_TITLE)


def stems_of(text: str) -> str:
    """Return the stems of a text, each once, in the form that the index holds."""
    found = {form for token in words.tokens(text[:MOST_CHARS]) if len(token.text) <= LONGEST_WORD for form in forms(token.text)}
    return " ".join(sorted(found))


async def stems_of_long(text: str) -> str:
    """Return what `stems_of` does; new words of a long text take milliseconds, which no request waits for."""
    return stems_of(text) if len(text) <= LONG else await asyncio.to_thread(stems_of, text)


def add_turn(db: Connection, message: dict[str, Any], user_id: uuid.UUID, asked: str) -> None:
    """Have a question found; `message` holds the columns of its row, `user_id` is the session's owner, `asked` its stems."""
    entry = {"tenant_id": message["tenant_id"], "session_id": message["session_id"], "message_id": message["id"]}
    db.execute(ADD, {**entry, "user_id": user_id, "asked": asked, "told": ""})


def answered(question_id: uuid.UUID, answer_id: uuid.UUID, told: str) -> tuple[Update, dict[str, Any]]:
    """Return the statement, with its values, that has a turn found by its answer, whose stems are `told`."""
    return ANSWERED, {"of_message": question_id, "answer_id": answer_id, "told": told}


def forget_answer(run_id: uuid.UUID) -> Update:
    """Return the statement after which the turn of a run is found by its question alone."""
    question = select(Run.user_message_id).where(Run.id == run_id).scalar_subquery()
    return update(table_of(SearchEntry)).where(SearchEntry.message_id == question).values(answer_id=None, told="")


def put_title(db: Connection, session_id: uuid.UUID, owner_id: uuid.UUID, tenant_id: uuid.UUID, title: str) -> None:
    """Have a session found by its title. Titles made from questions need not be put: the question is found."""
    if not (asked := stems_of(title)):
        db.execute(UNNAMED, {"of_session": session_id})
    elif not db.execute(RENAMED, {"of_session": session_id, "asked": asked}).rowcount:
        entry = {"tenant_id": tenant_id, "user_id": owner_id, "session_id": session_id, "message_id": None}
        db.execute(ADD, {**entry, "asked": asked, "told": ""})


async def title_changed(db: AsyncSession, session: Session) -> None:
    """Do as `put_title` for a session that the transaction of `db` made or changed."""
    await db.flush()
    connection = await db.connection()
    await connection.run_sync(put_title, session.id, session.user_id, session.tenant_id, session.title)
