"""The committed messages of a run, read back: as messages for the model, and as events for whoever follows late."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.context.shortening import SUMMARISED
from app.agent.events import (
    ANOTHER_PROVIDER,
    APPROVAL,
    Asked,
    Delegated,
    Finished,
    Status,
    Text,
    TextBlockEnd,
    Thinking,
    ThinkingEnd,
    ToolEnd,
)
from app.agent.model import AssistantText, ModelMessage, ToolCall, ToolOutput, UserText
from app.agent.tool import NewArtifact
from app.agent.tools import task
from app.agent.work import ASK, Begun
from app.chat import approving, far_history, thoughts
from app.chat.claims import checked_from
from app.chat.event_log import Answered, Failed, QuestionOpened, QuestionStatus, RunEvent
from app.chat.models import Message, Question, Run, RunStatus, Session
from app.chat.sources import cited_from
from app.data.reach import Reach, holds_call
from app.database import Database, table_of

COLUMNS = (
    Message.id, Message.run_id, Message.role, Message.content, Message.call_id, Message.tool_name, Message.tool_calls,
    Message.task_call_id, Message.error_code, Message.details, Message.duration_ms, Message.partial, Message.created_at,
)  # fmt: skip
WITHHELD = '{"error":"permission_denied","message":"this was read from tables that the person may not read any more"}'
UNTOLD = "{}"
"""The arguments of a call whose result is withheld: a statement names values, a program holds figures, a title tells of both."""
BY_ANOTHER = "by_another"
"""The name in an assistant message's details for that another provider than the usual one wrote it."""
STOPPED_CALL = '{"error":"cancelled","message":"the person stopped the run before this call ended"}'


class Transcript(msgspec.Struct, frozen=True):
    """A run's committed rows in order, with those of sub-agents among them, and its questions by the call that asked them."""

    every: Sequence[Row[Any]]
    questions: dict[str, Question]

    @property
    def rows(self) -> Sequence[Row[Any]]:
        """Return the rows that are no sub-agent's."""
        return [row for row in self.every if not row.task_call_id]

    @property
    def told_by_another(self) -> list[RunEvent]:
        """Return what readers are told where another provider wrote any of it, nothing where the usual one wrote all."""
        is_by_another = any((row.details or {}).get(BY_ANOTHER) for row in self.every if row.role == "assistant")
        return [Status(ANOTHER_PROVIDER), Status("thinking")] if is_by_another else []

    def steps(self, reach: Reach) -> list[ModelMessage]:
        """Return the messages for the model, within `reach`; calls that were never answered stay so."""
        return _told([_model_message(row, reach) for row in self.rows if not row.partial])

    def begun(self, reach: Reach) -> dict[str, Begun]:
        """Return what sub-agents have done, within `reach`, by the call that gave them the task."""
        tasks: dict[str, list[Row[Any]]] = {}
        for row in self.every:
            if row.task_call_id:
                tasks.setdefault(row.task_call_id, []).append(row)
        return {
            call_id: Begun(
                _told([_model_message(row, reach) for row in rows]), _is_answered(rows),
                [(row.details or {}).get("shown", {}) for row in rows if row.role == "tool"],
            )
            for call_id, rows in tasks.items()
        }  # fmt: skip

    @property
    def is_answered(self) -> bool:
        """Tell whether the last assistant step was the answer."""
        return _is_answered(self.rows)


def _is_answered(rows: Sequence[Row[Any]]) -> bool:
    last = next((row for row in reversed(rows) if row.role == "assistant" and not row.partial), None)
    return bool(last and (last.details or {}).get("final"))


NOTHING = Transcript((), {})
RUN = (
    select(table_of(Run), Session.user_id.label("owner_id"), (Session.user_id == Run.user_id).label("is_own"))
    .join(Session, Session.id == Run.session_id)
    .where(Run.id == bindparam("run_id"))
)
STEPS = (
    select(*COLUMNS, Message.reasoning)
    .where(Message.run_id == bindparam("run_id"), Message.role != "user", Message.deleted_at.is_(None))
    .order_by(Message.id)
)
RUN_IDS: BindParameter[Sequence[uuid.UUID]] = bindparam("run_ids", expanding=True)
STEPS_OF_MANY = (
    select(*COLUMNS, Message.reasoning)
    .where(Message.run_id.in_(RUN_IDS), Message.role != "user", Message.deleted_at.is_(None))
    .order_by(Message.id)
)
QUESTIONS_OF_MANY = select(Question).where(Question.run_id.in_(RUN_IDS))


async def run_of(database: Database, run_id: uuid.UUID) -> Row[Any]:
    """Return the columns of a run that the caller has found, and whose its session is (`owner_id`, `is_own` for the asker's)."""
    return (await database.rows(RUN, {"run_id": run_id}))[0]


async def load(database: Database, run: Row[Any]) -> Transcript:
    """Read what a run has committed so far; the caller has checked the reach."""
    rows = await database.rows(STEPS, {"run_id": run.id})
    if not any(row.tool_calls for row in rows):
        return Transcript(rows, {})
    async with database.glancing() as db:
        questions = (await db.execute(select(Question).where(Question.run_id == run.id))).scalars()
        return Transcript(rows, {question.call_id: question for question in questions})


async def load_many(db: AsyncSession, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Transcript]:
    """Read several runs at once."""
    found: dict[uuid.UUID, list[Any]] = {run_id: [] for run_id in run_ids}
    for row in await db.execute(STEPS_OF_MANY, {"run_ids": run_ids}):
        found[row.run_id].append(row)
    questions = (await db.execute(QUESTIONS_OF_MANY, {"run_ids": run_ids})).scalars().all()
    return {
        run_id: Transcript(rows, {question.call_id: question for question in questions if question.run_id == run_id})
        for run_id, rows in found.items()
    }


SAID = (
    select(*COLUMNS, Message.parent_id)
    .where(
        Message.session_id == bindparam("session_id"), Message.id <= bindparam("question_id"), Message.deleted_at.is_(None),
        Message.task_call_id == "",
    )
    .order_by(Message.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip


SUMMARY = select(*COLUMNS, Message.parent_id).where(
    Message.session_id == bindparam("session_id"), Message.role == "summary", Message.summary_id.is_(None),
    Message.deleted_at.is_(None),
)  # fmt: skip


async def history(database: Database, run: Row[Any], *, max_messages: int, reach: Reach) -> list[ModelMessage]:
    """Return what was said before the run's question, and the question: at most `max_messages`, whole turns only.

    The summary that people see and what was said after it in few words come first, besides.
    Of what tools read from tables outside `reach` the model hears nothing, so that it cannot tell it again.
    """
    known = {"session_id": run.session_id, "question_id": run.user_message_id, "limit": max_messages * 2}
    rows = {row.id: row for row in await database.rows(SAID, known)}
    chain: list[Row[Any]] = []
    at: uuid.UUID | None = run.user_message_id
    while at is not None and at in rows and len(chain) < max_messages:
        chain.append(rows[at])
        at = rows[at].parent_id
    chain.reverse()
    earlier: list[ModelMessage] = []
    if at is not None:
        first, told = await far_history.begun(database, run, max_messages)
        chain = [row for row in chain if row.id >= first]
        earlier = [_model_message(row, reach) for row in await database.rows(SUMMARY, {"session_id": run.session_id})]
        earlier += [told] if told else []
    return _with_every_call_answered(_told([*earlier, *(_model_message(row, reach) for row in chain)]))


def _model_message(row: Row[Any], reach: Reach) -> ModelMessage:
    if row.role == "assistant":
        return AssistantText(row.content, tuple(_calls(row)))
    if row.role == "tool":
        is_told = holds_call(reach, (row.details or {}).get("shown", {}))
        return ToolOutput(row.call_id, row.tool_name, row.content if is_told else WITHHELD)
    return UserText(SUMMARISED + row.content if row.role == "summary" else row.content)


def _calls(row: Row[Any]) -> Iterable[ToolCall]:
    return (ToolCall(**call) for call in row.tool_calls or ())


def _told(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    """Return the messages without what calls whose results are withheld worked with."""
    withheld = {message.call_id for message in messages if isinstance(message, ToolOutput) and message.content == WITHHELD}
    return [_without(message, withheld) if withheld and isinstance(message, AssistantText) else message for message in messages]


def _without(step: AssistantText, withheld: set[str]) -> AssistantText:
    calls = [ToolCall(call.id, call.name, UNTOLD) if call.id in withheld else call for call in step.tool_calls]
    return AssistantText(step.content, tuple(calls))


def _with_every_call_answered(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    answered = {message.call_id for message in messages if isinstance(message, ToolOutput)}
    complete: list[ModelMessage] = []
    for message in messages:
        complete.append(message)
        if isinstance(message, AssistantText):
            complete += [ToolOutput(call.id, call.name, STOPPED_CALL) for call in message.tool_calls if call.id not in answered]
    return complete


def events(run: Row[Any] | Run, transcript: Transcript) -> list[RunEvent]:
    """Tell the committed part of a run again, as the events that a reader would have seen."""
    told: list[RunEvent] = transcript.told_by_another
    calls: dict[str, ToolCall] = {}
    pauses = approving.Told(transcript.questions.values())
    blocks = 0
    for row in transcript.every:
        within = within_of(row, calls)
        told += pauses.before(row.task_call_id, calls)
        if row.role == "assistant":
            if row.reasoning:
                took_ms = (row.details or {}).get(thoughts.DETAIL, 0.0)
                told += [Thinking(row.reasoning, within), ThinkingEnd(took_ms, within=within, is_kept=not row.partial)]
            if row.content and not within:
                told.append(Text(row.content))
            if found := cited_from(row.details):
                told.append(found)
            if checked := checked_from(row.details):
                told.append(checked)
            if row.content and not within and not row.partial and not (row.details or {}).get("final"):
                told.append(TextBlockEnd(blocks))
                blocks += 1
            calls |= {call.id: call for call in _calls(row)}
            told += pauses.begun(list(_calls(row)), within)
        elif row.call_id in calls:
            told += pauses.before(row.call_id, calls)
            told += _ended(row, calls[row.call_id], within, transcript.questions.get(row.call_id))
            told += pauses.after(row.call_id)
    told += pauses.rest(calls)
    told += [
        opened(question)
        for question in transcript.questions.values()
        if question.status not in approving.SETTLED and (question.kind == APPROVAL or question.call_id in calls)
    ]
    return told + _end(run)


def within_of(row: Row[Any], calls: Mapping[str, ToolCall]) -> Delegated | None:
    """Return which task a row belongs to."""
    given = calls.get(row.task_call_id)
    return Delegated(given.id, agent_of(given.arguments)) if given else None


def agent_of(arguments: str) -> str:
    """Return the agent that a call gives a task to, empty where it names none."""
    given = task.told(arguments)
    return given.agent if given else ""


def calls(transcript: Transcript) -> list[tuple[ToolCall, Delegated | None]]:
    """Return the calls of a run in order, those for a task behind it, with the task that they are made for."""
    known = {call.id: call for row in transcript.every for call in _calls(row)}
    made = [(call, within_of(row, known)) for row in transcript.every for call in _calls(row)]
    return [
        each for top in made if top[1] is None
        for each in (top, *(inner for inner in made if inner[1] and inner[1].call_id == top[0].id))
    ]  # fmt: skip


def _ended(row: Row[Any], call: ToolCall, within: Delegated | None, question: Question | None) -> list[RunEvent]:
    if question is not None:
        return [Answered(call.id, question.id, approving.settled(question), row.content)]
    details = row.details or {}
    artifacts = tuple(msgspec.convert(artifact, NewArtifact) for artifact in details.get("artifacts", ()))
    return [ToolEnd(call, row.content, row.error_code, row.duration_ms or 0.0, details.get("shown", {}), artifacts, within)]


def opened(question: Question) -> QuestionOpened:
    """Return the event that tells of a stored question as it stands."""
    call = ToolCall(question.call_id, APPROVAL if question.kind == APPROVAL else ASK, "{}")
    asked = Asked(call, question.agent_name, approving.asked_questions(question))
    return QuestionOpened(
        question.id, int(question.expires_at.timestamp() * 1000), asked, cast("QuestionStatus", question.status)
    )


def _end(run: Row[Any] | Run) -> list[RunEvent]:
    if run.status == RunStatus.FAILED:
        return [Failed(run.error_code or "internal")]
    if run.status in {RunStatus.COMPLETED, RunStatus.STOPPED}:
        return [Finished(run.finish_reason or "stop")]
    return []
