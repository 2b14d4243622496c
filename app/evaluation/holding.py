"""Hold a suite: read its facts from the business database, have its conversations, and judge each turn."""

import asyncio
import dataclasses
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from app.chat.desk import Desk
from app.chat.questions import MAX_OWN_WORDS
from app.data.errors import QueryError
from app.data.periods import Calendar, named
from app.database import now
from app.evaluation.asking import Spent, ask
from app.evaluation.judging import KnownFact, Said, judge
from app.evaluation.model_judge import Case, Judge, Judged
from app.evaluation.suite import Conversation, Fact, Language, Suite, Turn, question_in, texts_in
from app.evaluation.suite_file import FaultySuite, Places
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import User

AT_ONCE = 4
"""Conversations that are held side by side."""
MOST_CELLS = 200
PERIOD = re.compile(r":(\w+)_(?:from|to)\b")


class Outcome(msgspec.Struct, frozen=True):
    """A turn that was held and judged; `number` counts from 1 within its conversation.

    `faults` is what the data and the suite's words say, `judged` what a model says of the checklist.
    """

    conversation: str
    number: int
    language: Language
    question: str
    answer: str
    faults: tuple[str, ...]
    facts: int
    missed: int
    spent: Spent
    judged: Judged = Judged()

    @property
    def passed(self) -> bool:
        """Tell whether nothing was wrong, and nothing is left that a model was to judge and did not."""
        return not self.wrong and not self.unjudged

    @property
    def wrong(self) -> tuple[str, ...]:
        """Return what is wrong, that of the checklist last."""
        unmet = [f"checklist: {each.item!r}: {each.reason}" for each in self.judged.checks if each.state == "not met"]
        return (*self.faults, *unmet)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Return what a model was to judge and did not."""
        return tuple(f"not judged: {each.item!r}: {each.reason}" for each in self.judged.checks if each.state == "not judged")

    @property
    def key(self) -> str:
        """Return what names the turn from one report to the next."""
        return f"{self.conversation}/{self.number}/{self.language}"


class Evaluation:
    """A suite that is held at a desk; with a `judge` its checklists are decided as well."""

    def __init__(self, desk: Desk, suite: Suite, places: Places, judge: Judge | None = None) -> None:
        self._desk = desk
        self._judge = judge
        self._suite = suite
        self._places = places
        self._people: dict[str, Actor] = {}
        self._known: dict[tuple[str, str], KnownFact] = {}

    async def run(self, tell: Callable[[Outcome], None]) -> list[Outcome]:
        """Return what came of every turn, in the suite's order, each told as it comes; raises `FaultySuite`."""
        await self._prepare()
        limit = asyncio.Semaphore(AT_ONCE)

        async def held(conversation: Conversation, language: Language) -> list[Outcome]:
            async with limit:
                return await self._hold(conversation, language, tell)

        every = [(conversation, language) for conversation in self._suite.conversations for language in conversation.languages]
        outcomes = await asyncio.gather(*(held(*each) for each in every))
        return [outcome for each in outcomes for outcome in each]

    async def _prepare(self) -> None:
        """Find everybody and read every fact before anything is asked."""
        faults: list[str] = []
        for at, conversation in enumerate(self._suite.conversations):
            person = conversation.person or self._suite.person
            if await self._actor(person) is None:
                faults.append(self._places.fault(f"conversations[{at}]", f"there is nobody with the address {person!r}"))
                continue
            for number, turn in enumerate(conversation.turns):
                place = f"conversations[{at}].turns[{number}]"
                wanted = [(name, True) for name in (*turn.facts, *turn.offers)] + [(name, False) for name in turn.absent]
                faults += [fault for each in wanted if (fault := await self._learn(*each, person, place))]
                faults += self._too_long(turn, conversation.languages, place)
        if faults:
            raise FaultySuite(list(dict.fromkeys(faults)))

    def _too_long(self, turn: Turn, languages: Sequence[Language], place: str) -> list[str]:
        """Return what no person could send: the site refuses it."""
        asked = [question_in(language, turn) for language in languages]
        answers = [text for language in languages for text in texts_in(language, turn.answers)]
        sent = (("ask", asked, self._desk.settings.max_message_chars), ("answers", answers, MAX_OWN_WORDS))
        return [
            self._places.fault(place, f"{field}: at most {most} characters can be sent")
            for field, texts, most in sent
            if any(len(text.strip()) > most for text in texts)
        ]

    async def _learn(self, name: str, is_wanted: bool, asker: str, place: str) -> str | None:  # noqa: FBT001 - of a pair
        """Read a fact as its person; return what is wrong with it."""
        fact = self._suite.facts[name]
        person = fact.person or asker
        if (name, person) not in self._known:
            actor = await self._actor(person)
            if actor is None:
                return self._places.fault(f"facts.{name}", f"there is nobody with the address {person!r}")
            try:
                cells = await self._cells(fact, actor)
            except (QueryError, ValueError) as error:
                return self._places.fault(f"facts.{name}", f"sql: {error}")
            self._known[name, person] = KnownFact(name, cells, fact.tolerance)
        if is_wanted and not self._known[name, person].cells:
            return self._places.fault(place, f"the data give nothing for [facts.{name}]")
        return None

    async def _cells(self, fact: Fact, actor: Actor) -> list[Any]:
        result = await self._desk.queries.execute(actor, fact.sql, _periods(fact.sql, actor), max_rows=MOST_CELLS)
        return [cell for row in result.rows for cell in row if cell is not None]

    async def _actor(self, email: str) -> Actor | None:
        if email not in self._people:
            async with self._desk.database.reading() as db:
                user_id: uuid.UUID | None = await db.scalar(select(User.id).where(User.email == email))
            actor = await sign_in.by_user_id(self._desk.database, user_id) if user_id else None
            if actor is None:
                return None
            self._people[email] = actor
        return self._people[email]

    async def _hold(self, conversation: Conversation, language: Language, tell: Callable[[Outcome], None]) -> list[Outcome]:
        person = conversation.person or self._suite.person
        actor = dataclasses.replace(self._people[person], locale=language)
        session_id: uuid.UUID | None = None
        outcomes: list[Outcome] = []
        for number, turn in enumerate(conversation.turns, 1):
            question = question_in(language, turn)
            asked = await ask(self._desk, actor, question, texts_in(language, turn.answers), session_id)
            session_id = asked.session_id
            outcome = self._judged(Outcome(conversation.name, number, language, question, "", (), 0, 0, asked.spent), turn,
                                   asked.said, person)  # fmt: skip
            if self._judge:
                before = [each.question for each in outcomes]
                case = self._case(turn, outcome, asked.said, before, person)
                outcome = msgspec.structs.replace(outcome, judged=await self._judge.judge(actor, case))
            outcomes.append(outcome)
            tell(outcome)
        return outcomes

    def _judged(self, held: Outcome, turn: Turn, said: Said, person: str) -> Outcome:
        facts, absent = self._facts(turn.facts, person), self._facts(turn.absent, person)
        verdict = judge(turn, held.language, said, facts, absent, self._facts(turn.offers, person))
        faults = verdict.faults
        if held.spent.wrong_claims:
            faults = (*faults, f"{held.spent.wrong_claims} figures are in no result")
        return msgspec.structs.replace(held, answer=said.answer, faults=faults, facts=len(facts), missed=verdict.missed)

    def _case(self, turn: Turn, held: Outcome, said: Said, before: Sequence[str], person: str) -> Case:
        facts = {fact.name: fact.cells for fact in self._facts(turn.facts, person)}
        checklist = texts_in(held.language, turn.checklist)
        return Case(held.language, held.question, before, said.answer, said.rows, facts, checklist)

    def _facts(self, names: Sequence[str], person: str) -> list[KnownFact]:
        return [self._known[name, self._suite.facts[name].person or person] for name in names]


def _periods(sql: str, actor: Actor) -> dict[str, str]:
    """Return the ends of the periods that a statement names by placeholders such as `:last_month_from`."""
    calendar, moment = Calendar(actor.time_zone, actor.first_weekday), now()
    bound: dict[str, str] = {}
    for name in PERIOD.findall(sql):
        period = named(name, calendar, moment)
        bound |= {f"{name}_from": period.start.isoformat(), f"{name}_to": period.end.isoformat()}
    return {name: value for name, value in bound.items() if f":{name}" in sql}
