"""Match every figure of an answer to what it may rest on; what is left over is told by its place in the text.

A figure holds when it is, at the precision in which it is written, a number of a result, a usual calculation over one result,
what a calculation shown beside it gives, or something that was asked. A derived figure counts only where it stands apart
from others: of a result that gives every number, none is evidence.
"""

import functools
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from app.agent.claims.derived import Derived
from app.agent.claims.evidence import Evidence, Numbers
from app.agent.claims.figure import Figure, Passage, Reading
from app.agent.claims.prose import NOWHERE, passages
from app.agent.claims.reading import figures
from app.agent.claims.shown import CONSTANTS, Sum, sums

MILLION = 1_000_000
TELLING_DIGITS = 3
"""A figure with so many digits before its last zeros does not come about by chance."""
APART, NEAR_APART = 100, 20
"""How many units of the last digit a derived figure stands apart from others: of all, and of what its sentence names."""
SHORT_APART = 5
Find = Callable[[Reading], Decimal | None]


class Claims(msgspec.Struct, frozen=True):
    """What a check found: the places in the source of figures that nothing holds, and how many figures there were.

    Without `has_data` there was no result to compare with: then figures that say much are told, but hold as little.
    """

    unmatched: tuple[tuple[int, int], ...] = ()
    figures: int = 0
    has_data: bool = True


def check(answer: str, evidence: Evidence, locale: str, *, telling_only: bool = False) -> Claims:
    """Return what in a Markdown answer nothing holds; only figures that say much by themselves where others are no claims."""
    derived = [Derived(table, locale) for table in evidence.tables]
    unmatched: list[tuple[int, int]] = []
    count = 0
    for passage in passages(answer):
        found = figures(passage.text, locale)
        count += len(found)
        held = _Checker(passage, found, evidence, derived).held() if found else []
        left = [figure for figure, value in zip(found, held, strict=True) if value is None]
        if telling_only or not evidence.has_data:
            left = [figure for figure in left if _says_much(figure)]
        unmatched += [_place(figure, passage) for figure in left]
    return Claims(tuple(place for place in unmatched if place[0] != NOWHERE), count, evidence.has_data)


def _says_much(figure: Figure) -> bool:
    """Tell whether a figure claims something by itself: `12 million` and `7 %` do, `3 steps` do not."""
    if figure.plain is None:
        return False
    is_scaled = figure.plain.quantum >= MILLION
    return figure.is_percent or is_scaled or len(figure.plain.value.normalize().as_tuple().digits) >= TELLING_DIGITS


def _place(figure: Figure, passage: Passage) -> tuple[int, int]:
    """Return where a figure stands in the source; nowhere when it is written by entities alone."""
    places = [place for place in passage.places[figure.start : figure.end] if place != NOWHERE]
    return (min(places), max(places) + 1) if places else (NOWHERE, NOWHERE)


class _Checker:
    """Checks the figures of one passage."""

    def __init__(self, passage: Passage, found: Sequence[Figure], evidence: Evidence, derived: Sequence[Derived]) -> None:
        self._passage = passage
        self._figures = found
        self._evidence = evidence
        self._derived = derived

    def held(self) -> list[Decimal | None]:
        """Return for each figure the value that holds it, None where there is none."""
        held = [self._plainly(figure) for figure in self._figures]
        shown = sums(self._passage.text, self._figures)
        for calculation in shown:
            self._work_out(calculation, held)
        for place, figure in enumerate(self._figures):
            if held[place] is None:
                held[place] = self._by_pairs(figure)
        given = {}
        for calculation in shown:
            self._work_out(calculation, held)
            result = self._figures[calculation.result]
            given[result.ways, result.is_percent] = held[calculation.result]
        told = [given.get((figure.ways, figure.is_percent)) for figure in self._figures]
        return [again if value is None else value for value, again in zip(held, told, strict=True)]

    def _plainly(self, figure: Figure) -> Decimal | None:
        found = _by(figure, lambda reading: self._evidence.find(reading, figure))
        totals = (each.totals for each in self._derived)
        if found is None:
            found = next((value for each in totals if (value := _by(figure, _in(each, figure))) is not None), None)
        if found is None and self._evidence.names(figure, self._passage):
            return figure.plain.value if figure.plain else Decimal(0)
        return found

    def _by_pairs(self, figure: Figure) -> Decimal | None:
        is_short = figure.digits < TELLING_DIGITS
        for derived, (shares, near) in zip(self._derived, self._near, strict=True):
            reaches = (0, 0, SHORT_APART) if is_short else (0, NEAR_APART, APART)
            for numbers, reach in zip((shares, near, derived.pairs), reaches, strict=True):
                found = _by(figure, _apart(numbers, figure, reach))
                if found is not None:
                    return found
        return None

    @functools.cached_property
    def _near(self) -> list[tuple[Numbers, Numbers]]:
        named = [derived.named(self._passage.text) for derived in self._derived]
        return [(each.shares(rows), each.near(rows)) for each, rows in zip(self._derived, named, strict=True)]

    def _work_out(self, calculation: Sum, held: list[Decimal | None]) -> None:
        """Hold what a shown calculation gives, when all that it is worked out of holds."""
        terms = [self._figures[place] for place in calculation.terms]
        for place, term in zip(calculation.terms, terms, strict=True):
            if held[place] is None and term.plain and term.plain.value in CONSTANTS:
                held[place] = term.plain.value
        exact = [value for place in calculation.terms if (value := held[place]) is not None]
        if held[calculation.result] is not None or len(exact) < len(terms):
            return
        written = [-term.plain.value if term.sign < 0 else term.plain.value for term in terms if term.plain]
        shares = [value / 100 if term.is_percent else value for value, term in zip(written, terms, strict=False)]
        result = self._figures[calculation.result]
        for values in (written, exact, shares):
            for found in calculation.results(values):
                if _tells(result, found):
                    held[calculation.result] = found


def _by(figure: Figure, find: Find) -> Decimal | None:
    """Return what holds a figure in any way in which it may be read."""
    for way in figure.ways:
        found = [value for reading in way if (value := find(reading)) is not None]
        if len(found) == len(way):
            return found[0]
    return None


def _in(numbers: Numbers, figure: Figure) -> Find:
    return lambda reading: numbers.find(reading, figure.sign)


def _apart(numbers: Numbers, figure: Figure, reach: int) -> Find:
    return lambda reading: numbers.find_alone(reading, figure.sign, reach)


def _tells(figure: Figure, value: Decimal) -> bool:
    if figure.plain is None:
        return False
    low, high = figure.plain.bounds
    return low <= abs(value) <= high and (not figure.sign or (value < 0) == (figure.sign < 0))
