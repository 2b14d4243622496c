"""Turns: a person's message and the run that answers it, added in one transaction."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.agent.events import Finished
from app.chat import access, company_rules, search_index, sessions, titles, versions
from app.chat.access import STANDING, Access, known_of
from app.chat.models import UNFINISHED, Message, Question, Run, RunRequest, RunStatus, Session
from app.chat.runner import FIRST_ATTEMPT, Runner
from app.database import Database, new_id, now, table_of
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.telemetry import tracing
from app.telemetry.bus import AgentCompleted, MessageSaved, SessionCreated

REQUEST_LIFETIME = dt.timedelta(minutes=30)
PAGE = 50
BUSY = N_("The last question is still being answered. Wait for it, or stop it, then send again.")
WAITING = N_("The analyst is waiting for your answer above. Answer or skip it, then send again.")


class Draft(msgspec.Struct, frozen=True):
    """What a person sends. `options` may hold `model`, `reasoning_effort` and `debug`.

    `replaces` is the id of an earlier question of the session: this one takes its place, and what followed is set aside.
    """

    content: str
    request_id: uuid.UUID | None = None
    options: dict[str, Any] = {}
    replaces: uuid.UUID | None = None


class Added(msgspec.Struct, frozen=True):
    """The turn that a draft became; `is_new` is false when the same request had been sent before.

    With `made_session` the sender has to be told the session: it did not name one, or had sent this request to another.
    """

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
    await company_rules.check_options(database, actor, draft.options)
    runner.refuse_while_draining()
    asked = await search_index.stems_of_long(content)
    sending = _Sending(actor, draft, content, session_id, runner.claim(), asked)
    try:
        added = await database.write(sending.add)
    except IntegrityError:
        added = await database.write(lambda db: sending.after_race(db, Conflict(BUSY)))
    except Conflict as refused:
        raised = refused
        added = await database.write(lambda db: sending.after_race(db, raised))
    if added.is_new:
        _tell(runner, actor, added)
        runner.start_new(added.run_id)
    return added


def _tell(runner: Runner, actor: Actor, added: Added) -> None:
    whose: dict[str, Any] = {
        "tenant_id": actor.tenant_id,
        "user_id": actor.user_id,
        "session_id": added.session_id,
        "run_id": added.run_id,
    }
    if added.made_session:
        runner.bus.tell(SessionCreated(**whose))
    runner.bus.tell(MessageSaved(**whose, role="user"))


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


SESSION = select(*STANDING, Session.title, Session.head_message_id).where(*sessions.REACHED)
GOING = select(Run.status).where(Run.session_id == bindparam("session_id"), Run.status.in_(UNFINISHED))
KNOWN = (
    select(RunRequest.content_hash, Run.id, Run.session_id, Run.user_message_id)
    .join(Run, Run.id == RunRequest.run_id)
    .where(RunRequest.user_id == bindparam("user_id"), RunRequest.request_id == bindparam("request_id"))
)
FORGET = delete(table_of(RunRequest)).where(
    RunRequest.user_id == bindparam("user_id"), RunRequest.request_id == bindparam("request_id"),
    RunRequest.created_at < bindparam("before"),
)  # fmt: skip
ADD_SESSION, ADD_MESSAGE = insert(table_of(Session)), insert(table_of(Message))
ADD_RUN, ADD_REQUEST = insert(table_of(Run)), insert(table_of(RunRequest))
MOVE_HEAD = update(table_of(Session)).where(Session.id == bindparam("of_session"))


class _Sending:
    """One message on its way into the database; `claim` makes its run this process's own, by `asked` it is found."""

    def __init__(
        self, actor: Actor, draft: Draft, content: str, session_id: uuid.UUID | None, claim: dict[str, Any], asked: str
    ) -> None:
        self._actor = actor
        self._draft = draft
        self._content = content
        self._session_id = session_id
        self._claim = claim
        self._asked = asked
        self._traceparent = tracing.current().traceparent or None

    def add(self, db: Connection) -> Added:
        """Return the turn that the same request made before, or add it."""
        if known := self._repeated(db):
            return known
        session_id, owner_id, head, title = self._session(db)
        moment, message_id, run_id = now(), new_id(), new_id()
        common = {"tenant_id": self._actor.tenant_id, "session_id": session_id, "created_at": moment}
        message = {**common, "id": message_id, "parent_id": head, "author_id": self._actor.user_id, "role": "user"}
        db.execute(ADD_MESSAGE, {**message, "content": self._content, "partial": False})
        search_index.add_turn(db, message, owner_id, self._asked)
        run = {
            "id": run_id, "user_id": self._actor.user_id, "token_id": self._actor.token_id, "user_message_id": message_id,
            "locale": self._actor.locale, "options": self._draft.options, "started_at": moment,
            "attempt": FIRST_ATTEMPT, "recoveries": 0, "worked_ms": 0.0, "traceparent": self._traceparent,
        }  # fmt: skip
        db.execute(ADD_RUN, {**common, **run, **self._claim})
        moved = {"head_message_id": message_id, "active_at": moment, "updated_at": moment, "title": title}
        db.execute(MOVE_HEAD, {"of_session": session_id, **moved})
        if self._draft.request_id:
            request = {"user_id": self._actor.user_id, "request_id": self._draft.request_id, "run_id": run_id}
            db.execute(ADD_REQUEST, {**request, "created_at": moment, "content_hash": self._hash()})
        return Added(session_id, run_id, message_id, is_new=True, made_session=self._session_id is None)

    def after_race(self, db: Connection, refused: Conflict) -> Added:
        """Two requests came at once and the other one won: it is this request, or this one is `refused`."""
        if known := self._repeated(db):
            return known
        raise refused

    def _session(self, db: Connection) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID | None, str]:
        """Return the session, its owner, the message to hang on and the title; raises as `add` does."""
        title = titles.from_question(self._content)
        if self._session_id is None:
            session = sessions.new_row(self._actor)
            db.execute(ADD_SESSION, session)
            return session["id"], self._actor.user_id, None, title
        found = db.execute(SESSION, {"session_id": self._session_id, **known_of(self._actor)}).one_or_none()
        access.check_writable(access.of(self._actor, found))
        assert found is not None
        status = db.execute(GOING, {"session_id": self._session_id}).scalar_one_or_none()
        if status is not None:
            raise Conflict(WAITING if status == RunStatus.WAITING else BUSY)
        head = found.head_message_id
        if self._draft.replaces:
            head = versions.set_aside_from(db, self._session_id, self._draft.replaces)
            if head is None:
                search_index.put_title(db, self._session_id, found.owner_id, self._actor.tenant_id, found.title)
        return self._session_id, found.owner_id, head, found.title or title

    def _repeated(self, db: Connection) -> Added | None:
        if self._draft.request_id is None:
            return None
        key = {"user_id": self._actor.user_id, "request_id": self._draft.request_id}
        db.execute(FORGET, {**key, "before": now() - REQUEST_LIFETIME})
        found = db.execute(KNOWN, key).one_or_none()
        if found is None:
            return None
        if found.content_hash != self._hash():
            raise Conflict(N_("This request was already sent with another text. Send it again as a new message."))
        is_elsewhere = found.session_id != self._session_id
        return Added(found.session_id, found.id, found.user_message_id, is_new=False, made_session=is_elsewhere)

    def _hash(self) -> str:
        """Return what tells contents apart; the session is none: one door names it, another does not."""
        return hashlib.sha256(f"{self._draft.replaces or ''}\n{self._content}".encode()).hexdigest()


SUMMARY = (
    select(Message.id)
    .where(
        Message.session_id == bindparam("session_id"), Message.role == "summary", Message.deleted_at.is_(None),
        Message.summary_id.is_(None),
    )
    .limit(1)
    .scalar_subquery()
    .label("summary_id")
)  # fmt: skip
"""The summary that a session begins with."""
TURNS = (
    select(
        Message.id, Message.parent_id, Message.content, Message.created_at, Message.author_id, User.first_name, User.last_name,
        User.email, Run.id.label("run_id"), Run.status, Run.attempt, Run.revision, Run.error_code,
        Run.options, SUMMARY, versions.HIDDEN_QUESTIONS.exists().label("has_versions"),
    )
    .outerjoin(Run, Run.user_message_id == Message.id)
    .outerjoin(User, User.id == Message.author_id)
    .where(
        Message.session_id == bindparam("session_id"), Message.role == "user", Message.deleted_at.is_(None),
        Message.set_aside.is_(False),
    )
    .order_by(Message.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip
SHOWN_TURNS = TURNS.where(Message.summary_id.is_(None))
SUMMARISED_TURNS = TURNS.where(Message.summary_id == bindparam("summary_id"))
BEFORE = Message.id < bindparam("before")


async def page(
    database: Database, session_id: uuid.UUID, *, before: uuid.UUID | None = None, limit: int = PAGE,
    summary_id: uuid.UUID | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Return the latest turns of a session the caller has found, oldest first: the user's message, its author and the run.

    Each also tells the summary that the session begins with, and whether any question of it has several versions.
    Of turns with several versions only the shown one is among them; of those that a summary replaced only the ones of
    `summary_id`, which are not shown otherwise.
    """
    known: dict[str, Any] = {"session_id": session_id, "limit": limit}
    query = SHOWN_TURNS
    if summary_id is not None:
        query, known["summary_id"] = SUMMARISED_TURNS, summary_id
    if before is not None:
        query, known["before"] = query.where(BEFORE), before
    return (await database.rows(query, known))[::-1]


REACHED_RUN = (
    select(table_of(Run), *(column for column in STANDING if column.name != "session_id"))
    .join(Session, Session.id == Run.session_id)
    .where(Run.id == bindparam("run_id"), Session.tenant_id == bindparam("tenant_id"), Session.deleted_at.is_(None))
)


async def find_run(database: Database, actor: Actor, run_id: uuid.UUID) -> tuple[Row[Any], Access]:
    """Return the columns of a run of a session that `actor` may read, and what they may do there; raises `NotFound`."""
    rows = await database.rows(REACHED_RUN, {"run_id": run_id, **known_of(actor)})
    try:
        allowed = access.of(actor, rows[0] if rows else None)
    except NotFound as error:
        raise NotFound(N_("There is no such answer.")) from error
    return rows[0], allowed


async def stop(database: Database, runner: Runner, actor: Actor, run_id: uuid.UUID, *, by: uuid.UUID | None = None) -> Row[Any]:
    """Stop a run, at work or waiting; stopping an ended one changes nothing. Raises `NotFound` and `Forbidden`.

    `by` is who wants it where that is not `actor`.
    """
    run, allowed = await find_run(database, actor, run_id)
    access.check_writable(allowed)
    async with database.writing() as db:
        going = update(Run).where(Run.id == run_id, Run.status.in_(UNFINISHED)).values(stopped_by=by or actor.user_id)
        await db.execute(going.execution_options(synchronize_session=False))
    await runner.stop(run_id)
    async with database.writing() as db:
        values: dict[str, Any] = {"status": RunStatus.STOPPED, "finish_reason": "stopped", "finished_at": now()}
        values |= {"owner": None, "lease_until": None}
        idle = update(Run).where(Run.id == run_id, Run.status.in_(UNFINISHED)).values(**values).returning(Run.worked_ms)
        worked = (await db.execute(idle.execution_options(synchronize_session=False))).scalar_one_or_none()
        waiting = update(Question).where(Question.run_id == run_id, Question.status == "open")
        await db.execute(waiting.values(status="cancelled").execution_options(synchronize_session=False))
    if worked is not None:
        runner.bus.tell(AgentCompleted(
            tenant_id=run.tenant_id, user_id=run.user_id, session_id=run.session_id, run_id=run_id, reason="stopped",
            worked_ms=worked,
        ))  # fmt: skip
    runner.conclude(run_id, Finished("stopped"))
    return run
