"""What people of a company say of answers, as its managers read it, and how such an answer came about."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, and_, or_, select

from app.admin.asking import Fields
from app.admin.audit import Person
from app.audit.record import record_opening
from app.audit.trail import Cursor
from app.chat import pages
from app.chat.models import Feedback, Message, ModelCall, Run, Session
from app.chat.opinions import REASONS
from app.chat.pages import Reader
from app.chat.view import RunView
from app.data import reach
from app.data.catalogue import Catalogue
from app.database import Database, now
from app.errors import N_, Invalid, NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

PAGE = 50
SPANS = (1, 7, 30, 90, 365)
"""How many days back can be asked for."""
LONGEST = 300


class Asked(Fields, frozen=True):
    """The fields of the form as they were sent; `days` is one of `SPANS` or empty for all."""

    verdict: str = ""
    reason: str = ""
    who: str = ""
    days: str = ""


class Line(msgspec.Struct, frozen=True):
    """What somebody said of an answer to a question, of which `question` is the beginning; empty where the chat was emptied."""

    id: uuid.UUID
    at: dt.datetime
    verdict: str
    reason: str
    comment: str
    who: str
    email: str
    question: str

    @property
    def cursor(self) -> str:
        """Return the place of the line, for going on after it."""
        return f"{int(self.at.timestamp() * 1_000_000)}-{self.id.hex}"


class ToolCalled(msgspec.Struct, frozen=True):
    """A call of a tool that ended; `error` is the code of its failure or empty."""

    name: str
    error: str
    duration_ms: float | None


class Trace(msgspec.Struct, frozen=True):
    """How an answer came about. `is_readable` tells that the manager may open the conversation itself."""

    line: Line
    question: str
    asked_by: str
    session_id: uuid.UUID
    turn_id: uuid.UUID
    asked_at: dt.datetime
    run: RunView
    tools: list[ToolCalled]
    models: Sequence[Row[Any]]
    is_readable: bool


def check(asked: Asked, people: Iterable[Person]) -> None:
    """Raise `Invalid` for fields that the form does not offer."""
    if asked.verdict not in {"", *REASONS}:
        raise Invalid(N_("There is no such verdict."), details={"verdict": "unknown"})
    if asked.reason not in {"", *(reason for reasons in REASONS.values() for reason in reasons)}:
        raise Invalid(N_("There is no such reason."), details={"reason": "unknown"})
    if asked.who not in {"", *(str(person.id) for person in people)}:
        raise Invalid(N_("There is no such person in your company."), details={"who": "unknown"})
    if asked.days not in {"", *map(str, SPANS)}:
        raise Invalid(N_("There is no such period."), details={"days": "unknown"})


async def listed(database: Database, actor: Actor, asked: Asked, *, after: Cursor | None = None) -> list[Line]:
    """Return the newest opinions of the actor's company after a place, one more than `PAGE` where there are more."""
    query = _opinions(actor)
    if asked.verdict:
        query = query.where(Feedback.verdict == asked.verdict)
    if asked.reason:
        query = query.where(Feedback.reason == asked.reason)
    if asked.who:
        query = query.where(Feedback.user_id == uuid.UUID(asked.who))
    if asked.days:
        query = query.where(Feedback.created_at > now() - dt.timedelta(days=int(asked.days)))
    if after:
        older = or_(Feedback.created_at < after.at, and_(Feedback.created_at == after.at, Feedback.id < after.id))
        query = query.where(Feedback.created_at <= after.at, older)
    query = query.order_by(Feedback.created_at.desc(), Feedback.id.desc()).limit(PAGE + 1)
    async with database.reading() as db:
        return [_line(row) for row in await db.execute(query)]


async def trace(
    database: Database, catalogue: Catalogue, actor: Actor, feedback_id: uuid.UUID, *, locale: str, reads_all: bool
) -> Trace:
    """Return how the answer came about that an opinion is of, as far as `actor` may see its figures; raises `NotFound`.

    Reading it is recorded as opening the conversation is.
    """
    asker = select(User.first_name, User.last_name, User.email).join(Run, Run.user_id == User.id)
    async with database.reading() as db:
        found = (await db.execute(_opinions(actor).where(Feedback.id == feedback_id))).one_or_none()
        if found is None or found.question is None:
            raise NotFound(N_("There is no such feedback, or its chat was emptied or deleted."))
        first, last, email = (await db.execute(asker.where(Run.id == found.run_id))).one()
    await record_opening(database, actor, found.session_id, found.owner_id)
    is_own = found.owner_id == actor.user_id
    within = await reach.reach_of(catalogue, actor, is_own=is_own)
    reader = Reader(actor, locale, can_write=False, reach=within, reads_all=await reach.reads_all(catalogue, actor))
    async with database.reading() as db:
        run = (await pages.run_views(db, reader, [found.run_id]))[found.run_id]
        said = Message.run_id == found.run_id, Message.role == "tool", Message.deleted_at.is_(None)
        tools = await db.execute(
            select(Message.tool_name, Message.error_code, Message.duration_ms).where(*said).order_by(Message.id)
        )
        calls = select(ModelCall.__table__).where(ModelCall.run_id == found.run_id, ModelCall.tenant_id == actor.tenant_id)
        models = (await db.execute(calls.order_by(ModelCall.created_at, ModelCall.id))).all()
    return Trace(
        _line(found), found.question, full_name(first, last, email), found.session_id, found.turn_id, found.asked_at, run,
        [ToolCalled(name or "", error or "", ms) for name, error, ms in tools], models, is_own or reads_all,
    )  # fmt: skip


def _opinions(actor: Actor) -> Select[Any]:
    """Return the query of what is known of opinions in conversations that were not deleted."""
    columns: tuple[Any, ...] = (
        Feedback.id, Feedback.created_at, Feedback.verdict, Feedback.reason, Feedback.comment, Feedback.run_id,
        User.first_name, User.last_name, User.email, Message.content.label("question"), Message.id.label("turn_id"),
        Message.created_at.label("asked_at"), Session.id.label("session_id"), Session.user_id.label("owner_id"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(User, User.id == Feedback.user_id)
        .join(Session, Session.id == Feedback.session_id)
        .join(Run, Run.id == Feedback.run_id)
        .outerjoin(Message, and_(Message.id == Run.user_message_id, Message.deleted_at.is_(None)))
        .where(Feedback.tenant_id == actor.tenant_id, Session.deleted_at.is_(None))
    )


def _line(row: Row[Any]) -> Line:
    question = " ".join((row.question or "")[: LONGEST + 1].split())
    who = full_name(row.first_name, row.last_name, row.email)
    return Line(row.id, row.created_at, row.verdict, row.reason, row.comment, who, row.email, question)
