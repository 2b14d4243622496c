"""The answers that are being worked on in a company, and stopping one."""

import datetime as dt
import uuid

import msgspec
from sqlalchemy import select

from app.audit.record import record
from app.chat import turns
from app.chat.models import UNFINISHED, Message, Run, Session
from app.chat.runner import Runner
from app.database import Database
from app.errors import N_, NotFound
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name
from app.identity.permissions import Names

SHOWN = 200
LONGEST = 300


class Active(msgspec.Struct, frozen=True):
    """A run that is not over: who asked, what (its beginning), since when, and whether it works or waits for an answer."""

    id: uuid.UUID
    status: str
    since: dt.datetime
    who: str
    email: str
    question: str


async def listed(database: Database, actor: Actor) -> list[Active]:
    """Return the unfinished runs of the actor's company, oldest first."""
    query = (
        select(Run.id, Run.status, Run.created_at, User.first_name, User.last_name, User.email, Message.content)
        .join(User, User.id == Run.user_id)
        .join(Message, Message.id == Run.user_message_id)
        .join(Session, Session.id == Run.session_id)
        .where(Run.tenant_id == actor.tenant_id, Run.status.in_(UNFINISHED), Session.deleted_at.is_(None))
        .order_by(Run.created_at)
        .limit(SHOWN)
    )
    async with database.reading() as db:
        rows = (await db.execute(query)).all()
    return [
        Active(id_, status, at, full_name(first, last, email), email, " ".join(content[: LONGEST + 1].split()))
        for id_, status, at, first, last, email, content in rows
    ]


async def stop(database: Database, runner: Runner, actor: Actor, run_id: uuid.UUID, *, names: Names) -> None:
    """Stop a run of the actor's company as its asker would; raises `NotFound`, also when it is over.

    Who did so is recorded first: the run ends in transactions of its own, and none may lack its entry.
    """
    query = select(Run.user_id, Run.session_id).where(
        Run.id == run_id, Run.tenant_id == actor.tenant_id, Run.status.in_(UNFINISHED)
    )
    async with database.reading() as db:
        run = (await db.execute(query)).one_or_none()
    asker = await sign_in.by_user_id(database, run.user_id, names=names) if run else None
    if run is None or asker is None:
        raise NotFound(N_("This answer is not being worked on any more."))
    async with database.writing() as db:
        record(db, actor, "run.stopped", run.user_id, run_id=str(run_id), session_id=str(run.session_id))
    await turns.stop(database, runner, asker, run_id, by=actor.user_id)
