"""What a question is made of once periods, numbers and names are set aside."""

import datetime as dt
import functools
import re
from collections.abc import Collection, Mapping

import msgspec

from app.data import words
from app.data.period_phrases.search import find
from app.data.period_phrases.vocabulary import number
from app.data.periods import Calendar
from app.knowledge.concepts import STRONG, WEAK, Concepts

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ANY_DAY = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
"""Only the places of periods matter here, not their days."""
BARE_PERIOD = re.compile(
    r"\b(?:за|for\s+the|in\s+the|this)\s+(?:день|недел[юя]|месяц|квартал|год|day|week|month|quarter|year)\b"
    r"(?!\s+(?:before|за)\b)",
    re.IGNORECASE,
)


DAYS_OF_THE_WEEK = re.compile(
    r"\bdays?\s+of\s+(?:the\s+)?week\b|\bд(?:ень|ни|ней|ня|ням|нях|нями)\s+недели\b|\bhafta(?:ning)?\s+(?:qaysi\s+)?kun\w*|\bҳафта\s+кун\w*",
    re.IGNORECASE,
)
WEEKDAY = " weekday "
OF_A_NAME = re.compile(r"\bпо\s+(?=\{)|(?<=\})\s+bo.?yicha\b", re.IGNORECASE)
"""What before or behind a name says of it, and elsewhere by what to break down: «по Ташкенту»."""


class Term(msgspec.Struct, frozen=True):
    """A word that says something. `strength` is `strong`, `weak`, `name` (a parameter's value) or `unknown`.

    `is_learned` tells that only known questions have the word.
    """

    text: str
    concepts: tuple[str, ...]
    strength: str
    is_learned: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether the knowledge has the word."""
        return self.strength != "unknown"


def without_periods(text: str) -> str:
    """Return `text` with blanks where it names periods; places stay as they are."""
    for found in find(text, Calendar(), ANY_DAY):
        text = _blanked(text, found.start, found.end)
    for bare in BARE_PERIOD.finditer(text):
        text = _blanked(text, *bare.span())
    return text


def concepts_in(text: str) -> frozenset[str]:
    """Return what `text` says by the words of business alone, `?word` for a word that is none of them."""
    return frozenset(concept for term in terms(text, _business(), {}) for concept in term.concepts)


def subject_of(text: str) -> frozenset[str]:
    """Return those of its concepts that say what `text` is about, not how it is put."""
    return frozenset(concept for term in terms(text, _business(), {}) if term.strength != WEAK for concept in term.concepts)


@functools.cache
def _business() -> Concepts:
    return Concepts()


def terms(text: str, concepts: Concepts, labels: Mapping[str, Collection[str]]) -> list[Term]:
    """Return what `text` says.

    `{branch}` in it stands for a name that was recognised as a value of the parameter `branch`; the parameter's own word
    beside it ("the {branch} branch") says nothing more. `labels` are the concepts of those words by parameter.
    """
    text = OF_A_NAME.sub(" ", DAYS_OF_THE_WEEK.sub(WEEKDAY, without_periods(text)))
    read = [_name(name) for name in PLACEHOLDER.findall(text)]
    named = {concept for name in PLACEHOLDER.findall(text) for concept in labels.get(name, ())}
    for token in words.tokens(PLACEHOLDER.sub(" ", text)):
        term = _read(token.text, concepts)
        if term and not (named and set(term.concepts) <= named):
            read.append(term)
    return read


def _read(word: str, concepts: Concepts) -> Term | None:
    if any(letter.isdecimal() for letter in word) or (number(word) is not None and not concepts.is_written(word)):
        return None
    entry = concepts.find(word)
    if entry is None:
        return Term(word, (f"?{word}",), "unknown") if len(word) > 1 else None
    return Term(word, entry.concepts, entry.strength, entry.is_learned) if entry.strength in {STRONG, WEAK} else None


def _name(name: str) -> Term:
    return Term(f"{{{name}}}", (f"{{{name}}}",), "name")


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
