"""Calculations that an answer shows, such as `12 − 3 = 9` and `(5/20 = 25 %)`: read and worked out."""

import bisect
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, DecimalException

from app.agent.claims.figure import Figure

EQUALS = re.compile(r"=|≈")
OPERATORS = {
    "+": "+",
    "-": "-",
    "−": "-",
    "–": "-",
    "×": "*",
    "x": "*",
    "*": "*",
    "·": "*",
    "⋅": "*",
    "/": "/",
    "÷": "/",
    ":": "/",
}
UNIT = r"[\s\u00a0\u202f]*(?:%|[^\W\d_]{1,12}\.?|[$€£¥₽])?[\s\u00a0\u202f]*"
BETWEEN = re.compile(rf"^{UNIT}(?P<close>\)*)\s*(?P<operator>[-+−–×x*·⋅/÷:])\s*(?P<open>\(*){UNIT}$")
LAST = re.compile(rf"^{UNIT}(?P<close>\)*){UNIT}$")
AFTER = re.compile(rf"^{UNIT}[-−+]?{UNIT}$")
OPENED = re.compile(r"\(*[\s\u00a0\u202f$€£¥₽]*$")
MOST = 12
LOOK_BACK = 24
"""How many characters before a calculation are searched for the brackets that it opens."""
SUMS, PRODUCTS = {"+", "-"}, {"*", "/"}
WORKED_OUT = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
PER_CENT = 100
CONSTANTS = {Decimal(100), Decimal(1000)}
"""What figures are multiplied by to be told in another unit."""


class Sum:
    """A calculation that is shown: the places of its numbers among the figures of a passage, and of the one it gives."""

    def __init__(self, terms: Sequence[int], symbols: Sequence[str], result: int) -> None:
        """Take `symbols` as tokens, with the empty one where a number stands."""
        self.terms = terms
        self.result = result
        self._symbols = symbols

    def results(self, values: Sequence[Decimal]) -> list[Decimal]:
        """Return what it gives, as it is and in per cent; nothing where it cannot be worked out."""
        given = iter(values)
        tokens: list[str | Decimal] = [symbol or next(given) for symbol in self._symbols]
        try:
            found = _Parser(tokens).value()
        except (DecimalException, ValueError):
            return []
        return [found, found * PER_CENT] if found.is_finite() else []


def sums(text: str, figures: Sequence[Figure]) -> list[Sum]:
    """Return the calculations that a passage shows."""
    found = []
    starts, ends = [figure.start for figure in figures], [figure.end for figure in figures]
    for sign in EQUALS.finditer(text):
        last = bisect.bisect_right(ends, sign.start())
        before = range(max(0, last - MOST), last)
        result = bisect.bisect_left(starts, sign.end())
        if before and result < len(figures) and AFTER.match(text[sign.end() : figures[result].start]):
            found += _read(text, figures, before, sign.start(), result)
    return found


def _read(text: str, figures: Sequence[Figure], before: Sequence[int], end: int, result: int) -> list[Sum]:
    last = LAST.match(text[figures[before[-1]].end : end])
    if last is None:
        return []
    terms, symbols = [before[-1]], ["", *last["close"]]
    for place in reversed(before[:-1]):
        between = BETWEEN.match(text[figures[place].end : figures[place + 1].start])
        if between is None:
            break
        symbols = ["", *between["close"], OPERATORS[between["operator"]], *between["open"], *symbols]
        terms.insert(0, place)
    first = figures[terms[0]].start
    opened = OPENED.search(text[max(0, first - LOOK_BACK) : first])
    missing = symbols.count(")") - symbols.count("(")
    available = opened.group().count("(") if opened else 0
    if len(terms) == 1 or not 0 <= missing <= available:
        return []
    return [Sum(terms, ["("] * missing + symbols, result)]


class _Parser:
    """Works a row of tokens out: products before sums, brackets first."""

    def __init__(self, tokens: Sequence[str | Decimal]) -> None:
        self._tokens = tokens
        self._at = 0

    def value(self) -> Decimal:
        found = self._row(self._product, SUMS)
        if self._at < len(self._tokens):
            raise ValueError
        return found

    def _row(self, part: Callable[[], Decimal], signs: set[str]) -> Decimal:
        found = part()
        while isinstance(sign := self._next(), str) and sign in signs:
            self._at += 1
            found = WORKED_OUT[sign](found, part())
        return found

    def _product(self) -> Decimal:
        return self._row(self._term, PRODUCTS)

    def _term(self) -> Decimal:
        first = self._next()
        self._at += 1
        if isinstance(first, Decimal):
            return first
        if first != "(":
            raise ValueError
        found = self._row(self._product, SUMS)
        if self._next() != ")":
            raise ValueError
        self._at += 1
        return found

    def _next(self) -> str | Decimal:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""
