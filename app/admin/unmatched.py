"""Answers with figures that no result holds: how many there were, and the latest, for managers to look at."""

import datetime as dt
import uuid
from typing import Any

import msgspec
from sqlalchemy import Row, func, select

from app.admin import usage
from app.chat.models import Run, Session
from app.database import Database
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

MOST = 20


class Answer(msgspec.Struct, frozen=True):
    """An answer with how many `figures` nothing holds.

    Its `name` is its chat's title, with an `address`, for those who may open it, else its run's id.
    """

    run_id: uuid.UUID
    at: dt.datetime
    figures: int
    who: str
    address: str
    name: str


class Unmatched(msgspec.Struct, frozen=True):
    """How many answers had such figures, how many these were, and the latest answers."""

    answers: int
    figures: int
    latest: list[Answer]


async def unmatched(database: Database, actor: Actor, span: int, *, reads_all: bool) -> Unmatched:
    """Return what the answers of the last `span` days in the actor's company told without a result; `reads_all` opens all."""
    days = usage.days_of(actor, span)
    of = (
        Run.tenant_id == actor.tenant_id, Run.unmatched_claims > 0, Run.finished_at >= days[0][1], Run.finished_at < days[-1][2],
    )  # fmt: skip
    columns: tuple[Any, ...] = (
        Run.id, Run.finished_at, Run.unmatched_claims, User.first_name, User.last_name, User.email,
        Run.user_message_id, Session.id.label("session_id"), Session.user_id.label("owner_id"), Session.title,
    )  # fmt: skip
    latest = (
        select(*columns)
        .join(User, User.id == Run.user_id)
        .join(Session, (Session.id == Run.session_id) & Session.deleted_at.is_(None))
        .where(*of)
        .order_by(Run.finished_at.desc(), Run.id)
        .limit(MOST)
    )
    async with database.reading() as db:
        answers, figures = (await db.execute(select(func.count(), func.sum(Run.unmatched_claims)).where(*of))).one()
        rows = (await db.execute(latest)).all()
    return Unmatched(
        answers, int(figures or 0), [_told(row, may_open=reads_all or row.owner_id == actor.user_id) for row in rows]
    )


def _told(row: Row[Any], *, may_open: bool) -> Answer:
    turn = row.user_message_id
    address = f"/bi-chat/sessions/{row.session_id}?turn={turn}#turn-{turn}" if may_open else ""
    name = row.title if may_open and row.title else str(row.id)
    who = full_name(row.first_name, row.last_name, row.email)
    return Answer(row.id, row.finished_at, row.unmatched_claims, who, address, name)
