"""The model that judges: it decides the items of a turn's checklist, each with its reason, and nothing else.

What it does not decide, or does not decide plainly, is not judged; that is never taken for met.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.agent import prompt_files
from app.agent.model import Model, ModelError, ModelRequest, ModelResponse, ToolSpec, UserText
from app.agent.prices import Prices
from app.chat.unkept_calls import UnkeptCalls
from app.data.periods import Calendar
from app.database import now
from app.evaluation.suite import Language
from app.identity.actor import Actor

AT_ONCE = 4
"""Answers that are judged side by side."""
SECONDS = 180.0
MOST_ROWS = 50
LONGEST_REASON = 500
TOOL = "give_verdicts"
VERDICT: Mapping[str, Any] = {
    "type": "object",
    "properties": {"item": {"type": "integer"}, "reason": {"type": "string"}, "is_met": {"type": "boolean"}},
    "required": ["item", "reason", "is_met"],
    "additionalProperties": False,
}
VERDICTS = ToolSpec(TOOL, "Give a verdict on each item of the checklist.", {
    "type": "object",
    "properties": {"verdicts": {"type": "array", "items": VERDICT}},
    "required": ["verdicts"],
    "additionalProperties": False,
})  # fmt: skip


class Check(msgspec.Struct, frozen=True):
    """What the judge says of an item, and why; of one that is not judged, why not."""

    item: str
    state: Literal["met", "not met", "not judged"]
    reason: str


class Judged(msgspec.Struct, frozen=True):
    """What the judge says of a turn, and what that took; `cost` is in USD, None where a price is not known."""

    checks: tuple[Check, ...] = ()
    tokens: int = 0
    cost: Decimal | None = Decimal(0)


class Case(msgspec.Struct, frozen=True):
    """What the judge is shown of a turn."""

    language: Language
    question: str
    asked_before: Sequence[str]
    answer: str
    rows: Sequence[Sequence[Any]]
    facts: Mapping[str, Sequence[Any]]
    checklist: Sequence[str]


class _Verdict(msgspec.Struct, frozen=True):
    item: int
    reason: str
    is_met: bool


class _Verdicts(msgspec.Struct, frozen=True):
    verdicts: tuple[_Verdict, ...]


class Judge:
    """A model, by its `name`, that judges so many answers at once."""

    def __init__(self, model: Model, name: str, prices: Prices, *, at_once: int = AT_ONCE, seconds: float = SECONDS) -> None:
        self.name = name
        self._model = model
        self._prices = prices
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def judge(self, actor: Actor, case: Case) -> Judged:
        """Return a check for each item of the checklist; a provider that fails leaves them not judged."""
        if not case.checklist:
            return Judged()
        if not case.answer:
            return Judged(_unjudged(case, "there is no answer"))
        calls, response, reason = UnkeptCalls(), None, "the judge did not answer"
        async with self._turns:
            asking = calls.watched(self._model, self.name).stream(_request(actor, case))
            try:
                async with asyncio.timeout(self._seconds), contextlib.aclosing(asking) as events:
                    async for event in events:
                        response = event if isinstance(event, ModelResponse) else response
            except ModelError as error:
                reason = f"the judge failed: {error.code}"
            except TimeoutError:
                reason = "the judge failed: timeout"
        checks = _checks(case, response) if response else _unjudged(case, reason)
        return Judged(checks, *self._spent([call.response for call in calls.all]))

    def _spent(self, responses: Sequence[ModelResponse]) -> tuple[int, Decimal | None]:
        costs = [self._prices.cost_of(each.model, each.usage) for each in responses]
        tokens = sum(each.usage.input_tokens + each.usage.output_tokens for each in responses)
        return tokens, None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


def _request(actor: Actor, case: Case) -> ModelRequest:
    shown = {
        "language": case.language, "question": case.question, "asked_before": case.asked_before, "answer": case.answer,
        "rows": case.rows[:MOST_ROWS], "facts": case.facts,
        "checklist": {str(number): item for number, item in enumerate(case.checklist, 1)},
    }  # fmt: skip
    content = msgspec.json.encode(shown, enc_hook=str).decode()
    return ModelRequest(
        prompt_files.written("judge"), [UserText(content)], [VERDICTS], "en", now(),
        Calendar(actor.time_zone, actor.first_weekday), actor.currency, cache_key="judge",
    )  # fmt: skip


def _checks(case: Case, response: ModelResponse) -> tuple[Check, ...]:
    """Return the verdicts of an answer; an item with none, or with several that differ, is not judged."""
    given: dict[int, list[_Verdict]] = {}
    try:
        for call in response.tool_calls:
            for verdict in msgspec.json.decode(call.arguments, type=_Verdicts).verdicts if call.name == TOOL else ():
                given.setdefault(verdict.item, []).append(verdict)
    except msgspec.DecodeError:
        return _unjudged(case, "the verdicts cannot be read")
    return tuple(_check(item, given.get(number, ())) for number, item in enumerate(case.checklist, 1))


def _check(item: str, verdicts: Sequence[_Verdict]) -> Check:
    if len({verdict.is_met for verdict in verdicts}) > 1:
        return Check(item, "not judged", "the verdicts contradict each other")
    reason = next((reason for verdict in verdicts if (reason := " ".join(verdict.reason.split())[:LONGEST_REASON])), "")
    if not reason:
        return Check(item, "not judged", "a reason is missing" if verdicts else "there is no verdict")
    return Check(item, "met" if verdicts[0].is_met else "not met", reason)


def _unjudged(case: Case, reason: str) -> tuple[Check, ...]:
    return tuple(Check(item, "not judged", reason) for item in case.checklist)
