"""Approvals in the transcript: what a settled form decided about calls, and where it stands among them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.approvals import ALLOW, DENY, Decision
from app.agent.events import APPROVAL, ToolStart
from app.agent.model import ToolCall
from app.agent.tool import AskedQuestion
from app.audit.record import record
from app.chat.event_log import Answered, RunEvent
from app.chat.models import Question, Run
from app.errors import N_, Forbidden
from app.identity.actor import Actor

SETTLED = frozenset({"answered", "dismissed"})


def asked_questions(question: Question) -> tuple[AskedQuestion, ...]:
    """Return the typed questions of a checkpoint."""
    return msgspec.convert(question.questions, tuple[AskedQuestion, ...])


def answer_pairs(question: Question) -> tuple[tuple[str, str], ...]:
    """Return each question's text with the labels, or the own words, that answered it; empty when it was dismissed."""
    is_refused = question.kind == APPROVAL and question.status == "dismissed"
    pairs = []
    for asked in asked_questions(question):
        labels = {option.id: option.label for option in asked.options}
        given = [DENY] if is_refused else (question.answers or {}).get(asked.id)
        if given:
            pairs.append((asked.text, ", ".join(labels.get(answer, answer) for answer in given)))
    return tuple(pairs)


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
    """Approvals of a run told again among its calls: nothing of a call is seen before it was allowed or refused."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._of_call = {
            asked.id: question for question in questions if question.kind == APPROVAL for asked in asked_questions(question)
        }
        self._left = {question.id: question for question in self._of_call.values() if question.status in SETTLED}

    def holds(self, call: ToolCall) -> bool:
        """Tell whether a call was to be approved, so that its start is told by `before` or `rest`."""
        return call.id in self._of_call

    def before(self, call_id: str, calls: Mapping[str, ToolCall]) -> list[RunEvent]:
        """Return what precedes the result of a call."""
        question = self._of_call.get(call_id)
        return self._answered(question, calls) if question and self._left.pop(question.id, None) else []

    def rest(self, calls: Mapping[str, ToolCall]) -> list[RunEvent]:
        """Return what was decided about calls of which none has ended."""
        left, self._left = list(self._left.values()), {}
        return [event for question in left for event in self._answered(question, calls)]

    def _answered(self, question: Question, calls: Mapping[str, Any]) -> list[RunEvent]:
        begun = [ToolStart(calls[asked.id]) for asked in asked_questions(question) if asked.id in calls]
        return [Answered(question.call_id, question.id, answer_pairs(question)), *begun]
