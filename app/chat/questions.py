"""Questions of the agent: answered, dismissed or expired exactly once, and the run that goes on from there."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.approvals import ALLOW
from app.agent.events import APPROVAL, Finished
from app.agent.tool import AskedQuestion
from app.agent.work import ASK
from app.chat import approving, sessions
from app.chat.access import readable_by
from app.chat.event_log import Answered, MemoryEventLog, QuestionOpened, RunEvent
from app.chat.models import Message, Question, Run, RunStatus, Session
from app.chat.question_form import field_of
from app.chat.run_view import dom_key
from app.chat.runner import Runner
from app.chat.view import QuestionView, StepView
from app.data.reach import Reach
from app.database import Database, new_id, now
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity.actor import Actor
from app.telemetry.bus import AgentCompleted, MessageSaved

Answers = Mapping[str, Sequence[str]]
"""Option ids and own words by the question's id."""
MAX_OWN_WORDS = 2000
SETTLED = {
    "answered": N_("This question has already been answered."),
    "dismissed": N_("This question has already been skipped."),
    "expired": N_("This question has expired. Send your question again."),
    "cancelled": N_("This question belongs to an answer that was stopped. Send your question again."),
}


async def find(db: AsyncSession, actor: Actor, checkpoint_id: uuid.UUID) -> Question:
    """Return a question of a session that `actor` may read; raises `NotFound`."""
    statement = select(Question).join(Session, Session.id == Question.session_id)
    question = (await db.execute(statement.where(Question.id == checkpoint_id, readable_by(actor)))).scalar_one_or_none()
    if question is None:
        raise NotFound(N_("There is no such question."))
    return question


async def answer(
    database: Database, runner: Runner, event_log: MemoryEventLog, actor: Actor, checkpoint_id: uuid.UUID, answers: Answers
) -> Question:
    """Answer a question and go on with its run.

    Raises `NotFound`, `Forbidden`, `Conflict` when it is settled already, and `Invalid` with `details` by question id when
    an answer is missing or is none of the options.
    """
    return await _settle(database, runner, event_log, actor, checkpoint_id, answers)


async def dismiss(
    database: Database, runner: Runner, event_log: MemoryEventLog, actor: Actor, checkpoint_id: uuid.UUID
) -> Question:
    """Skip a question: the run goes on and the agent is told so. Raises as `answer` does."""
    return await _settle(database, runner, event_log, actor, checkpoint_id, None)


async def _settle(
    database: Database,
    runner: Runner,
    event_log: MemoryEventLog,
    actor: Actor,
    checkpoint_id: uuid.UUID,
    answers: Answers | None,
) -> Question:
    runner.refuse_while_draining()
    async with database.writing() as db:
        question = await find(db, actor, checkpoint_id)
        session = await sessions.find_writable(db, actor, question.session_id)
        if question.status == "open" and question.expires_at <= now():
            raise Conflict(SETTLED["expired"])
        if question.status != "open":
            raise Conflict(SETTLED[question.status])
        given = None if answers is None else checked(approving.asked_questions(question), answers)
        await _claim(db, question, actor, given)
        if question.kind == APPROVAL:
            approving.keep(db, actor, await db.get_one(Run, question.run_id), question)
        else:
            await _say(db, session, question, actor, given)
        waiting = update(Run).where(Run.id == question.run_id, Run.status == RunStatus.WAITING)
        claim = waiting.values(attempt=Run.attempt + 1, recoveries=0, **runner.claim()).returning(Run.attempt)
        attempt = (await db.execute(claim.execution_options(synchronize_session=False))).scalar_one_or_none()
        if attempt is None:
            raise Conflict(SETTLED["cancelled"])
    if log := event_log.find(question.run_id):
        log.begin(attempt)
        content = "" if question.kind == APPROVAL else _said(given)
        log.append(Answered(question.call_id, question.id, approving.settled(question), content))
    if question.kind != APPROVAL:
        runner.bus.tell(MessageSaved(
            tenant_id=question.tenant_id, user_id=actor.user_id, session_id=question.session_id, run_id=question.run_id,
            role="tool",
        ))  # fmt: skip
    runner.start(question.run_id)
    return question


async def _say(db: AsyncSession, session: Session, question: Question, actor: Actor, given: dict[str, list[str]] | None) -> None:
    """Add the answers as the result of the call that asked."""
    message: dict[str, Any] = {
        "id": new_id(), "created_at": now(), "tenant_id": question.tenant_id, "session_id": question.session_id,
        "run_id": question.run_id, "parent_id": session.head_message_id, "role": "tool", "call_id": question.call_id,
        "tool_name": ASK, "content": _said(given), "author_id": actor.user_id,
    }  # fmt: skip
    await db.execute(insert(Message).values(message))
    session.head_message_id, session.active_at = message["id"], now()


def _said(given: dict[str, list[str]] | None) -> str:
    """Return the answers as the agent reads them."""
    return msgspec.json.encode({"answers": given} if given is not None else {"dismissed": True, "answers": {}}).decode()


async def _claim(db: AsyncSession, question: Question, actor: Actor, given: dict[str, list[str]] | None) -> None:
    """Take the open question, so that of two submits at once only one goes on."""
    values = {
        "status": "dismissed" if given is None else "answered",
        "answers": given,
        "answered_by": actor.user_id,
        "answered_at": now(),
    }
    open_one = update(Question).where(Question.id == question.id, Question.status == "open").values(**values)
    result = await db.execute(open_one.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Conflict(SETTLED["answered"])
    await db.refresh(question)


def checked(questions: Sequence[AskedQuestion], answers: Answers) -> dict[str, list[str]]:
    """Return the answers by question id; raises `Invalid` with `details` by question id."""
    given: dict[str, list[str]] = {}
    faults: dict[str, Any] = {}
    for question in questions:
        values = list(
            dict.fromkeys(text for value in answers.get(question.id, ()) if (text := value.replace("\x00", "").strip()))
        )
        if not values:
            faults[question.id] = N_("Choose an option or answer in your own words.")
        elif question.tool and ALLOW in values and len(values) > 1:
            faults[question.id] = N_("What to do instead goes only with “Do not allow”.")
        elif question.type == "single_choice" and len(values) > 1 and not question.tool:
            faults[question.id] = N_("Choose one answer only.")
        elif any(len(value) > MAX_OWN_WORDS for value in values):
            faults[question.id] = N_("The answer is too long. Shorten it.")
        given[question.id] = values
    if unknown := set(answers) - set(given):
        faults.update({name: N_("There is no such question in this form.") for name in unknown})
    if faults:
        raise Invalid(N_("Some answers are missing or do not fit. Look at the marked questions."), details=faults)
    return given


async def expire(database: Database, runner: Runner, event_log: MemoryEventLog) -> None:
    """Close the questions whose time is over and stop the runs that waited for them."""
    moment = now()
    overdue = update(Question).where(Question.status == "open", Question.expires_at <= moment)
    ended = {"status": RunStatus.STOPPED, "finish_reason": "stopped", "finished_at": moment}
    async with database.writing() as db:
        quietly = {"synchronize_session": False}
        expired = overdue.values(status="expired").returning(Question.run_id)
        run_ids = (await db.scalars(expired, execution_options=quietly)).all()
        waiting = update(Run).where(Run.id.in_(run_ids), Run.status == RunStatus.WAITING).values(**ended)
        whose = waiting.returning(Run.tenant_id, Run.user_id, Run.session_id, Run.id.label("run_id"), Run.worked_ms)
        stopped = (await db.execute(whose, execution_options=quietly)).mappings().all()
    for row in stopped:
        runner.bus.tell(AgentCompleted(**row, reason="stopped"))
        runner.conclude(row["run_id"], *_expired(event_log, row["run_id"]), Finished("stopped"))


def _expired(event_log: MemoryEventLog, run_id: uuid.UUID) -> list[RunEvent]:
    log = event_log.find(run_id)
    opened = [logged.event for logged in log.events if isinstance(logged.event, QuestionOpened)] if log else []
    return [msgspec.structs.replace(opened[-1], status="expired")] if opened else []


def summary(question: Question, reach: Reach) -> StepView:
    """Return what became of a settled question, as the page shows it to a reader of the tables in `reach`."""
    answers = approving.settled_for(approving.settled(question), reach)
    return StepView(key=dom_key(question.call_id), tool=ASK, state="ok", answers=answers)


def form_view(
    question: Question, asked: Sequence[AskedQuestion], answers: Answers, faults: Mapping[str, str],
    translate: Callable[[str], str],
) -> QuestionView:  # fmt: skip
    """Return the form again as its reader is `asked`, with what was chosen and typed, and what is wrong beside each question."""
    asks = [field_of(each) for each in asked]
    for ask in asks:
        given = list(answers.get(ask.id, ()))
        for option in ask.options:
            option.chosen = option.id in given
        ask.other = next((value for value in given if value not in {option.id for option in ask.options}), "")
        ask.error = translate(faults[ask.id]) if ask.id in faults else ""
    return QuestionView(question.id, question.run_id, "open", asks, question.expires_at, is_approval=question.kind == APPROVAL)
