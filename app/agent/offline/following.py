"""Understand a question as going on from the one before it: another period or name, another breakdown, a comparison."""

import re
from collections.abc import Mapping
from typing import Any

from app.agent.offline.binding import periods
from app.agent.offline.earlier import Asked
from app.agent.offline.reading import Reading, comparing, search, unnamed
from app.agent.offline.turn import Turn
from app.agent.offline.understood import Understood, Way
from app.data import words
from app.data.period_phrases.vocabulary import number
from app.knowledge.terms import concepts_in, subject_of, without_periods

SHORT_QUESTION = 6
LEADS_ON = re.compile(
    r"\s*(and|also|what about|how about|now|by|per|а|и|теперь|а теперь|по|в разрезе|va|endi)\b|.*-(?:chi|чи)\W*$"
    r"|\W*\w+ (bo.?yicha|kesimida)\W*$",
    re.IGNORECASE,
)
JOINS = re.compile(
    r"\s*(?:and|also|plus|what about|how about|now|а|и|ну а|теперь|а теперь|а что (?:с|по)|va|endi"
    r"|bu(?! (?:oy|yil|hafta|kun|chorak)))\b"
    r"|.*-(?:chi|чи)\W*$|.*\b(?:(?:is|was|are|were) (?:that|those|it)|of (?:that|those|them)|это|из них|shundan|bundan)\W*$",
    re.IGNORECASE,
)
"""What a question that asks for something else of the same period and place begins or ends with."""
EVERYTHING = {"total"}
COMPARISON = {"compare", "against"}
"""The concepts of questions that say nothing else but "overall" or "compare"."""


def followed(turn: Turn, reading: Reading, before: Asked, locale: str) -> Way | None:
    """Return the query that the question means together with the one before it; None where it stands for itself."""
    said = concepts_in(reading.text)
    going_on = Understood(turn.question, reading.names, before)
    if said and said <= COMPARISON and periods(turn, turn.question):
        query = comparing(turn, before.query["title"], locale)
        together = Understood(turn.question, reading.names, before, is_comparison=True)
        return Way(query, together) if query else Way(_same_query(turn, before, locale), going_on)
    if said and said <= EVERYTHING and any(param["type"] == "text" and param["optional"] for param in before.query["params"]):
        return Way(_same_query(turn, before, locale), Understood(turn.question, reading.names, before, keeps_names=False))
    if _goes_on(turn, reading):
        return Way(_same_query(turn, before, locale), going_on)
    is_open = not reading.is_clear or LEADS_ON.match(turn.question) is not None
    narrowed = _continued(turn, reading, before, locale) if is_open else None
    if narrowed:
        return Way(narrowed, going_on)
    return Way(reading.matches[0], going_on) if _joins(turn, reading) else None


def _joins(turn: Turn, reading: Reading) -> bool:
    """Tell whether a short question that says all by itself ("and the orders?") is put as one more about the same."""
    is_short = len(words.tokens(turn.question)) <= SHORT_QUESTION
    return is_short and reading.is_clear and not unnamed(turn, reading) and JOINS.match(turn.question) is not None


def _goes_on(turn: Turn, reading: Reading) -> bool:
    """Tell whether the question says nothing but a period, a name or a number: the last question is asked again with it."""
    if reading.matches or reading.found.get("unknown_words"):
        return False
    numbers = any(number(token.text) for token in words.tokens(without_periods(turn.question)))
    return bool(reading.names or numbers or periods(turn, turn.question))


def _same_query(turn: Turn, before: Asked, locale: str) -> Mapping[str, Any]:
    """Return the query of before with its texts in the language of now."""
    found = search(turn, before.question, locale)["matches"]
    return next((match for match in found if match["name"] == before.query["name"]), before.query)


def _continued(turn: Turn, reading: Reading, before: Asked, locale: str) -> Mapping[str, Any] | None:
    """Return the query that a short question means together with the one before ("and by category?")."""
    if len(words.tokens(turn.question)) > SHORT_QUESTION or reading.found.get("unknown_words") or not reading.matches:
        return None
    both = Reading("", search(turn, f"{before.query['title']} {reading.text}", locale), reading.names)
    if both.is_clear and both.matches[0]["name"] != before.query["name"]:
        return both.matches[0]
    return _changed(reading, before) if LEADS_ON.match(turn.question) else None


def _changed(reading: Reading, before: Asked) -> Mapping[str, Any] | None:
    """Return the query whose title is that of before but for what is said now: "by quantity" becomes "by revenue"."""
    title, said = before.query["title"], subject_of(reading.text)
    kept = [
        match
        for match in reading.matches
        if not match["unmatched"] and match["name"] != before.query["name"] and _differs_by(said, match["title"], title)
    ]
    return max(kept, key=lambda match: len(concepts_in(match["title"]) & concepts_in(title)), default=None)


def _differs_by(said: frozenset[str], title: str, before: str) -> bool:
    """Tell whether a title is of the same subject as the one before, and what it has more is what was said."""
    now, then = subject_of(title), subject_of(before)
    return bool(now & then) and now - then <= said <= now
