"""Approvals and questions in the transcript: what a settled form decided about calls, and where it stands among them."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.approvals import ALLOW, DENY, Decision
from app.agent.events import APPROVAL, Delegated, ToolStart
from app.agent.model import ToolCall
from app.agent.tool import AskedQuestion
from app.agent.work import ASK
from app.audit.record import record
from app.chat.claims import Offered
from app.chat.event_log import Answered, RunEvent
from app.chat.models import Question, Run
from app.chat.settled import Settled
from app.chat.view import QuestionView
from app.data.reach import Reach
from app.errors import N_, Forbidden
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

SETTLED = frozenset({"answered", "dismissed"})


def asked_questions(question: Question) -> tuple[AskedQuestion, ...]:
    """Return the typed questions of a checkpoint, as `told_to` takes them."""
    return msgspec.convert(question.questions, tuple[Offered, ...])


def settled(question: Question) -> tuple[Settled, ...]:
    """Return what became of each of the questions, for readers of everything; empty when they were dismissed."""
    if question.kind == APPROVAL:
        decided = decisions([question])
        return tuple(
            Settled(asked.text, decided[asked.id].words, asked.tool, decided[asked.id].is_allowed, asked.arguments)
            for asked in asked_questions(question) if asked.id in decided
        )  # fmt: skip
    answered = []
    for asked in asked_questions(question):
        labels = {option.id: option.label for option in asked.options}
        if given := (question.answers or {}).get(asked.id):
            answered.append(Settled(asked.text, ", ".join(labels.get(answer, answer) for answer in given)))
    return tuple(answered)


def settled_for(answers: Iterable[Settled], reach: Reach) -> list[Settled]:
    """Return what became of questions as a reader of the tables in `reach` may learn of it."""
    return [answer if reach is None else answer.without_arguments for answer in answers]


def open_to(questions: Iterable[AskedQuestion], reach: Reach, *, is_asker: bool) -> tuple[AskedQuestion, ...]:
    """Return questions with what a reader may learn and the options that they have: only the asker may allow a call."""
    told = told_to(questions, reach, is_asker=is_asker)
    return told if is_asker else tuple(_refusable(asked) if asked.tool else asked for asked in told)


def told_to(questions: Iterable[AskedQuestion], reach: Reach, *, is_asker: bool) -> tuple[AskedQuestion, ...]:
    """Return questions as a reader of the tables in `reach` may learn of them.

    Which tables a call reads is not known before it is made: only who may see everything, and the asker, who decides, are
    told what it is to be made with.
    """
    plain = [asked.plain(reach) if isinstance(asked, Offered) else asked for asked in questions]
    if is_asker or reach is None:
        return tuple(plain)
    return tuple(_without_arguments(asked) if asked.tool else asked for asked in plain)


def _without_arguments(asked: AskedQuestion) -> AskedQuestion:
    return msgspec.structs.replace(asked, text=f"{asked.header}: {asked.tool}", arguments=())


def _refusable(asked: AskedQuestion) -> AskedQuestion:
    return msgspec.structs.replace(asked, options=tuple(option for option in asked.options if option.id != ALLOW))


async def name_askers(db: AsyncSession, reader: Actor, questions: Iterable[QuestionView]) -> None:
    """Note in the forms of approvals who asked, where that is somebody else than their reader."""
    forms = {form.run_id: form for form in questions if form.is_approval and form.status == "open"}
    if not forms:
        return
    people = select(Run.id, User.first_name, User.last_name, User.email).join(User, User.id == Run.user_id)
    for row in await db.execute(people.where(Run.id.in_(forms), Run.user_id != reader.user_id)):
        forms[row.id].asker = full_name(row.first_name, row.last_name, row.email)


def decisions(questions: Iterable[Question]) -> dict[str, Decision]:
    """Return what was decided, by the id of the call."""
    decided: dict[str, Decision] = {}
    for question in questions:
        if question.kind == APPROVAL and question.status in SETTLED:
            for asked in asked_questions(question):
                given = (question.answers or {}).get(asked.id, [])
                words = ", ".join(answer for answer in given if answer not in {ALLOW, DENY})
                decided[asked.id] = Decision(given == [ALLOW], words)
    return decided


def keep(db: AsyncSession, actor: Actor, run: Run, question: Question) -> None:
    """Note in the audit what `actor` decided; raises `Forbidden` where another person than the asker allows something.

    The call is made with the asker's rights, so nobody else says that it may be.
    """
    decided = decisions([question])
    if actor.user_id != run.user_id and any(decision.is_allowed for decision in decided.values()):
        raise Forbidden(N_("Only the person who asked the question may allow this."))
    for asked in asked_questions(question):
        action = "tool.approved" if decided[asked.id].is_allowed else "tool.refused"
        record(db, actor, action, question.session_id, session_id=str(question.session_id), run_id=str(run.id), tool=asked.tool)


class Told:
    """The pauses of a run told again among its calls.

    Nothing of a call is seen before it was allowed or refused, or before the question that stands in front of it is answered.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        known = list(questions)
        self._of_call = {
            asked.id: question for question in known if question.kind == APPROVAL for asked in asked_questions(question)
        }
        self._left = {question.id: question for question in self._of_call.values() if question.status in SETTLED}
        self._asked = {question.call_id for question in known if question.kind != APPROVAL}
        self._held: dict[str, ToolStart] = {}

    def begun(self, calls: Sequence[ToolCall], within: Delegated | None) -> list[RunEvent]:
        """Return what a step begins with; what it does later is told by the others."""
        starts = {call.id: ToolStart(call, within) for call in calls if call.id not in self._of_call}
        behind = {call.id for call in itertools.dropwhile(lambda call: call.name != ASK, calls) if call.name != ASK}
        self._held |= {call_id: start for call_id, start in starts.items() if call_id in behind}
        return [start for call_id, start in starts.items() if call_id not in behind]

    def before(self, call_id: str, calls: Mapping[str, ToolCall]) -> list[RunEvent]:
        """Return what precedes the result of a call."""
        question = self._of_call.get(call_id)
        answered = self._answered(question, calls) if question and self._left.pop(question.id, None) else []
        return [*answered, self._held.pop(call_id)] if call_id in self._held else answered

    def after(self, call_id: str) -> list[RunEvent]:
        """Return what begins when a question is answered."""
        if call_id not in self._asked:
            return []
        starts, self._held = list(self._held.values()), {}
        return [*starts]

    def rest(self, calls: Mapping[str, ToolCall]) -> list[RunEvent]:
        """Return what was decided about calls of which none has ended."""
        left, self._left = list(self._left.values()), {}
        return [event for question in left for event in self._answered(question, calls)]

    def _answered(self, question: Question, calls: Mapping[str, Any]) -> list[RunEvent]:
        begun = [ToolStart(calls[asked.id]) for asked in asked_questions(question) if asked.id in calls]
        return [Answered(question.call_id, question.id, settled(question)), *begun]
