"""Turns: a person's message and the run that answers it, added in one transaction."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.events import Finished
from app.chat import sessions, titles
from app.chat.checkpoints import forget_partial
from app.chat.models import UNFINISHED, Message, Question, Run, RunRequest, RunStatus, Session
from app.chat.runner import Runner
from app.chat.sessions import readable_by
from app.database import Database, new_id, now
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity.actor import Actor
from app.identity.models import User

REQUEST_LIFETIME = dt.timedelta(minutes=30)
PAGE = 100
BUSY = N_("The last question is still being answered. Wait for it, or stop it, then send again.")
WAITING = N_("The analyst is waiting for your answer above. Answer or skip it, then send again.")


class Draft(msgspec.Struct, frozen=True):
    """What a person sends. `options` may hold `model`, `reasoning_effort` and `debug`."""

    content: str
    request_id: uuid.UUID | None = None
    options: dict[str, Any] = {}


class Added(msgspec.Struct, frozen=True):
    """The turn that a draft became; `is_new` is false when the same request had been sent before."""

    session_id: uuid.UUID
    run_id: uuid.UUID
    message_id: uuid.UUID
    is_new: bool
    made_session: bool


async def add(
    database: Database, runner: Runner, actor: Actor, draft: Draft, *, session_id: uuid.UUID | None, max_chars: int
) -> Added:
    """Commit the message and its run, and start the run; without `session_id` in a new session.

    Raises `Invalid`, `NotFound`, `Forbidden`, `Conflict` while another run of the session is not finished, and `Unavailable`
    while the process shuts down.
    """
    content = _checked(draft.content, max_chars)
    runner.refuse_while_draining()
    try:
        async with database.writing() as db:
            added = await _repeated(db, actor, draft, session_id)
            if added is None:
                added = await _insert(db, runner, actor, draft, content, session_id)
    except IntegrityError as error:
        added = await _after_race(database, actor, draft, session_id, error)
    if added.is_new:
        runner.start(added.run_id)
    return added


def _checked(content: str, max_chars: int) -> str:
    text = content.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid(N_("Write a question first."), details={"content": "empty"})
    if len(text) > max_chars:
        raise Invalid(
            N_("The message is too long: %(length)s characters, at most %(limit)s are allowed. Shorten it and send again."),
            details={"content": "too long"},
            length=len(text),
            limit=max_chars,
        )
    return text


async def _insert(
    db: AsyncSession, runner: Runner, actor: Actor, draft: Draft, content: str, session_id: uuid.UUID | None
) -> Added:
    if session_id is None:
        session = sessions.create(db, actor, title=titles.from_question(content))
        await db.flush()
    else:
        session = await sessions.find_writable(db, actor, session_id)
        await _refuse_while_unfinished(db, session.id)
        if not session.title:
            session.title = titles.from_question(content)
    moment, message_id, run_id = now(), new_id(), new_id()
    common = {"tenant_id": actor.tenant_id, "session_id": session.id, "created_at": moment}
    message = {
        "id": message_id,
        "parent_id": session.head_message_id,
        "author_id": actor.user_id,
        "role": "user",
        "content": content,
    }
    run = {
        "id": run_id, "user_id": actor.user_id, "token_id": actor.token_id, "user_message_id": message_id,
        "locale": actor.locale, "options": draft.options, "started_at": moment, **runner.claim(),
    }  # fmt: skip
    await db.execute(insert(Message).values(**common, **message))
    await db.execute(insert(Run).values(**common, **run))
    session.head_message_id, session.active_at, session.updated_at = message_id, moment, moment
    if draft.request_id:
        request = {"user_id": actor.user_id, "request_id": draft.request_id, "run_id": run_id, "created_at": moment}
        await db.execute(insert(RunRequest).values(**request, content_hash=_hash(draft, session_id)))
    return Added(session.id, run_id, message_id, is_new=True, made_session=session_id is None)


async def _refuse_while_unfinished(db: AsyncSession, session_id: uuid.UUID) -> None:
    statement = select(Run.status).where(Run.session_id == session_id, Run.status.in_(UNFINISHED))
    status = (await db.execute(statement)).scalar_one_or_none()
    if status is not None:
        raise Conflict(WAITING if status == RunStatus.WAITING else BUSY)


async def _repeated(db: AsyncSession, actor: Actor, draft: Draft, session_id: uuid.UUID | None) -> Added | None:
    if draft.request_id is None:
        return None
    key = (RunRequest.user_id == actor.user_id, RunRequest.request_id == draft.request_id)
    await db.execute(delete(RunRequest).where(*key, RunRequest.created_at < now() - REQUEST_LIFETIME))
    statement = select(RunRequest.content_hash, Run.id, Run.session_id, Run.user_message_id).join(
        Run, Run.id == RunRequest.run_id
    )
    found = (await db.execute(statement.where(*key))).one_or_none()
    if found is None:
        return None
    if found.content_hash != _hash(draft, session_id):
        raise Conflict(N_("This request was already sent with another text. Send it again as a new message."))
    return Added(found.session_id, found.id, found.user_message_id, is_new=False, made_session=session_id is None)


async def _after_race(
    database: Database, actor: Actor, draft: Draft, session_id: uuid.UUID | None, error: IntegrityError
) -> Added:
    """Two requests came at once and the other one won: it is this request, or it keeps the session busy."""
    async with database.writing() as db:
        added = await _repeated(db, actor, draft, session_id)
    if added is None:
        raise Conflict(BUSY) from error
    return added


def _hash(draft: Draft, session_id: uuid.UUID | None) -> str:
    return hashlib.sha256(f"{session_id or ''}\n{draft.content.strip()}".encode()).hexdigest()


TURNS = (
    select(
        Message.id, Message.content, Message.created_at, User.first_name, User.last_name, User.email,
        Run.id.label("run_id"), Run.status, Run.attempt,
    )
    .outerjoin(Run, Run.user_message_id == Message.id)
    .outerjoin(User, User.id == Message.author_id)
    .where(Message.session_id == bindparam("session_id"), Message.role == "user", Message.deleted_at.is_(None))
    .order_by(Message.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip
EARLIER_TURNS = TURNS.where(Message.id < bindparam("before"))


async def page(
    database: Database, session_id: uuid.UUID, *, before: uuid.UUID | None = None, limit: int = PAGE
) -> Sequence[Row[Any]]:
    """Return the latest turns of a session the caller has found, oldest first: the user's message, its author and the run."""
    known = {"session_id": session_id, "limit": limit}
    rows = await (database.rows(TURNS, known) if before is None else database.rows(EARLIER_TURNS, {**known, "before": before}))
    return rows[::-1]


async def find_run(db: AsyncSession, actor: Actor, run_id: uuid.UUID) -> Run:
    """Return a run of a session that `actor` may read; raises `NotFound`."""
    statement = select(Run).join(Session, Session.id == Run.session_id).where(Run.id == run_id, readable_by(actor))
    run = (await db.execute(statement)).scalar_one_or_none()
    if run is None:
        raise NotFound(N_("There is no such answer."))
    return run


async def stop(database: Database, runner: Runner, actor: Actor, run_id: uuid.UUID) -> Run:
    """Stop a run, at work or waiting; stopping an ended one changes nothing. Raises `NotFound` and `Forbidden`."""
    async with database.reading() as db:
        run = await find_run(db, actor, run_id)
        await sessions.find_writable(db, actor, run.session_id)
    await runner.stop(run_id)
    async with database.writing() as db:
        values = {
            "status": RunStatus.STOPPED,
            "finish_reason": "stopped",
            "owner": None,
            "lease_until": None,
            "finished_at": now(),
        }
        idle = update(Run).where(Run.id == run_id, Run.status.in_(UNFINISHED))
        await db.execute(idle.values(**values).execution_options(synchronize_session=False))
        waiting = update(Question).where(Question.run_id == run_id, Question.status == "open")
        await db.execute(waiting.values(status="cancelled").execution_options(synchronize_session=False))
        stopped = (await db.execute(select(Run).where(Run.id == run_id))).scalar_one()
    runner.conclude(run_id, Finished("stopped"))
    return stopped


async def retry(database: Database, runner: Runner, actor: Actor, run_id: uuid.UUID) -> Run:
    """Go on with a failed run from its last committed step. Raises `NotFound`, `Forbidden`, and `Conflict` for any other run."""
    runner.refuse_while_draining()
    async with database.writing() as db:
        run = await find_run(db, actor, run_id)
        session = await sessions.find_writable(db, actor, run.session_id)
        await _refuse_while_unfinished(db, run.session_id)
        if run.status != RunStatus.FAILED or not await _is_last(db, session, run):
            raise Conflict(N_("Only the last answer can be tried again, and only after it failed."))
        if parent := await forget_partial(db, run.id):
            session.head_message_id = parent
        cleared = {"error_code": None, "finish_reason": None, "finished_at": None, "recoveries": 0, "worked_ms": 0.0}
        claim = update(Run).where(Run.id == run_id).values(attempt=Run.attempt + 1, **cleared, **runner.claim())
        await db.execute(claim.execution_options(synchronize_session=False))
        await db.flush()
        await db.refresh(run)
    runner.start(run_id)
    return run


async def _is_last(db: AsyncSession, session: Session, run: Run) -> bool:
    head = select(Message.id).where(Message.id == session.head_message_id)
    own = head.where(or_(Message.run_id == run.id, Message.id == run.user_message_id))
    return (await db.execute(own)).scalar_one_or_none() is not None
