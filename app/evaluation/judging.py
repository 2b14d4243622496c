"""The deterministic judge: what was said and shown, held against the facts of the data and the words of the suite."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.agent.claims.figure import Figure
from app.agent.claims.reading import figures
from app.data import words
from app.evaluation.suite import Language, Turn, question_in, texts_in

LARGE = 1000
"""A figure so large is no count of suggestions: a refusal does not hold it."""
EXACT = Decimal("1e-12")
"""By so little two calculations of the same figure may differ."""


class Said(msgspec.Struct, frozen=True):
    """What came of a turn: the answer, the rows of results that it shows, whether it shows any, and what was left over.

    `failure` is the code of a failed run. `asked` counts the analyst's questions, `unanswered` those without a scripted answer;
    `unused` counts scripted answers that it never asked for. `offered` is what the options say.
    """

    answer: str = ""
    rows: Sequence[Sequence[Any]] = ()
    shows_result: bool = False
    asked: int = 0
    unanswered: int = 0
    unused: int = 0
    failure: str = ""
    offered: str = ""


class KnownFact(msgspec.Struct, frozen=True):
    """A fact by its name, with the cells that the data gave."""

    name: str
    cells: Sequence[Any]
    tolerance: float = 0.0


class Verdict(msgspec.Struct, frozen=True):
    """What is wrong with a turn, nothing when it passed; how many of its facts are `missed`."""

    faults: tuple[str, ...]
    missed: int


def judge(
    turn: Turn, language: Language, said: Said, facts: Sequence[KnownFact], absent: Sequence[KnownFact],
    offers: Sequence[KnownFact] = (),
) -> Verdict:  # fmt: skip
    """Return what is wrong with what was said."""
    told = Told(said, language)
    missed = [fact for fact in facts if not told.holds(fact)]
    faults = [f"{fact.name} is missed: {', '.join(str(cell) for cell in told.missing(fact)[:3])}" for fact in missed]
    faults += [f"{fact.name} is told" for fact in absent if len(told.missing(fact)) < len(fact.cells)]
    options = Told(Said(said.offered), language)
    faults += [f"{fact.name} is on no option" for fact in offers if not options.holds(fact)]
    faults += _of_run(turn, said)
    faults += _of_words(turn, language, said.answer)
    if turn.refuses:
        faults += _of_refusal(said, told, question_in(language, turn))
    return Verdict(tuple(faults), len(missed))


class Told:
    """The figures and texts of an answer and of the results beside it."""

    def __init__(self, said: Said, language: Language) -> None:
        """Read them."""
        self.figures = figures(said.answer, language)
        self._text = _folded(said.answer)
        cells = [cell for row in said.rows for cell in row]
        self._numbers = [number for cell in cells if (number := _number(cell)) is not None]
        self._names = {_folded(str(cell)) for cell in cells if isinstance(cell, str)}

    def holds(self, fact: KnownFact) -> bool:
        """Tell whether all of a fact is told."""
        return not self.missing(fact)

    def missing(self, fact: KnownFact) -> list[Any]:
        """Return the cells that are neither told nor shown."""
        return [cell for cell in fact.cells if not self._has(cell, fact.tolerance)]

    def _has(self, cell: Any, tolerance: float) -> bool:
        number = _number(cell)
        if number is None:
            text = _folded(str(cell))
            return text in self._text or text in self._names
        reach = abs(number) * max(Decimal(str(tolerance)), EXACT)
        shown = any(abs(number - other) <= reach for other in self._numbers)
        return shown or any(_tells(figure, number, reach) for figure in self.figures)


def _tells(figure: Figure, number: Decimal, reach: Decimal) -> bool:
    """Tell whether a figure in prose is the number as far as it is written out; without a sign it may be of either."""
    value = number if figure.sign else abs(number)
    for way in figure.ways:
        if len(way) == 1:
            low, high = way[0].bounds
            low, high = (-high, -low) if figure.sign < 0 else (low, high)
            if low - reach <= value <= high + reach:
                return True
    return False


def _of_run(turn: Turn, said: Said) -> Iterator[str]:
    if said.failure:
        yield f"the run failed: {said.failure}"
    elif not said.answer:
        yield "there is no answer"
    if said.unanswered:
        yield "asked what nothing in the suite answers"
    if turn.answers and not said.asked:
        yield "did not ask"
    elif said.unused:
        yield f"asked {said.unused} times less than expected"


def _of_words(turn: Turn, language: Language, answer: str) -> Iterator[str]:
    text = _folded(answer)
    for wanted in texts_in(language, turn.must):
        if not any(_folded(word) in text for word in wanted.split("|")):
            yield f"does not say {wanted!r}"
    for unwanted in texts_in(language, turn.must_not):
        if _folded(unwanted) in text:
            yield f"says {unwanted!r}"


def _of_refusal(said: Said, told: Told, question: str) -> Iterator[str]:
    if said.shows_result:
        yield "shows a result instead of refusing"
    large = [figure for figure in told.figures if figure.plain and figure.plain.value >= LARGE]
    if any(said.answer[figure.start : figure.end] not in question for figure in large):
        yield "tells figures instead of refusing"


def _folded(text: str) -> str:
    """Return a text as words compare: small letters, no apostrophes, ё as е, plain spaces."""
    return " ".join(words.fold(part) for part in text.split())


def _number(cell: Any) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    number = Decimal(str(cell))
    return number if number.is_finite() else None
