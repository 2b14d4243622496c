"""Read a question: which of its words are names of the data, and what the search says of it with them set aside."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent.offline.binding import look_up
from app.agent.offline.earlier import EXECUTE, SEARCH, Asked
from app.agent.offline.names import Mention, mentions
from app.agent.offline.turn import Turn
from app.data import words
from app.knowledge.terms import without_periods

FITS = 0.62
"""From this score on a query is taken to be what was meant; from MAY_FIT on the person is asked."""
MAY_FIT = 0.5
COMPARED = "versus"
"""What naming two periods says."""
CANDIDATES = 15
MOST_WAYS = 16
UNLIKELY = 0.06
"""A name that fits a place so much worse than another is not meant there."""
Found = Mapping[str, Any]


class Reading(msgspec.Struct, frozen=True):
    """The question with its names replaced by their parameters, what the search said of it, and those names."""

    text: str
    found: Found
    names: Mapping[str, Sequence[Mention]]

    @property
    def matches(self) -> Sequence[Mapping[str, Any]]:
        """The queries found, best first."""
        matches: Sequence[Mapping[str, Any]] = self.found["matches"]
        return matches

    @property
    def score(self) -> float:
        """The best score."""
        return self.matches[0]["score"] if self.matches else 0.0

    @property
    def is_clear(self) -> bool:
        """Tell whether the best query fits and knows every word."""
        return self.score >= FITS and not self.matches[0]["unmatched"]


def search(turn: Turn, text: str, locale: str) -> Found:
    """Return the queries found for `text`, and the words of it that are not certain."""
    return turn.call(SEARCH, question=text, limit=CANDIDATES, locale=locale)


def comparing(turn: Turn, text: str, locale: str) -> Mapping[str, Any] | None:
    """Return the query that sets a period against another one for what `text` is about."""
    found = search(turn, f"{without_periods(text)} {COMPARED}", locale)["matches"]
    able = [match for match in found if not match["unmatched"] and match["score"] >= MAY_FIT]
    return next((match for match in able if "_prev_from" in match["sql"]), None)


def with_names(turn: Turn, plain: Found, before: Asked | None, locale: str) -> Reading:
    """Look for names of the data in the words that say nothing else, and search again with their parameters instead."""
    reading = Reading(turn.question, plain, {})
    needs_name = any(_needs_name(match) for match in reading.matches[:1])
    if reading.is_clear and not needs_name and not plain.get("rare_words"):
        return reading
    lookups = _lookups([*reading.matches, *([before.query] if before else [])])
    unknown = {*plain.get("unknown_words", ()), *plain.get("names_words", ())}
    doubtful = set(plain.get("rare_words", ()))
    if not lookups or not (unknown or doubtful or needs_name):
        return reading
    calls = [(EXECUTE, {"query": lookup, "limit": 1000}) for lookup in dict.fromkeys(lookups.values())]
    turn.all_of(calls)
    text = without_periods(turn.question)
    named = {name: mentions(text, look_up(turn, lookup), unknown, doubtful) for name, lookup in lookups.items()}
    named = {name: found for name, found in named.items() if found}
    if reading.is_clear and any(len(found) > 1 for found in named.values()):
        return Reading(turn.question, plain, named)
    readings = [_masked(turn, names, locale) for names in _readings(named)]
    best = max(readings, key=lambda each: each.score, default=reading)
    return reading if reading.is_clear and best.score < MAY_FIT and not needs_name else best


def _needs_name(match: Mapping[str, Any]) -> bool:
    return any(param["type"] == "text" and not param["optional"] for param in match["params"])


def _lookups(queries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        param["name"]: param["lookup"] for query in queries for param in query["params"] if param["type"] == "text"
    }  # fmt: skip


def _readings(named: Mapping[str, Sequence[Mention]]) -> list[dict[str, list[Mention]]]:
    """Return the ways to give each mentioned place to one parameter: few parameters first, then the best mention of a place."""
    places: list[list[tuple[str, Mention]]] = []
    every = [(name, mention) for name, found in named.items() for mention in found]
    for name, mention in sorted(every, key=lambda pair: (-(pair[1].end - pair[1].start), -pair[1].score)):
        place = next((each for each in places if _overlap(each[0][1], mention)), None)
        if place is None:
            places.append([(name, mention)])
        else:
            place.append((name, mention))
    likely = [[(name, mention) for name, mention in place if mention.score > place[0][1].score - UNLIKELY] for place in places]
    ways = [_by_name(way) for way in itertools.islice(itertools.product(*likely), MOST_WAYS)] if likely else []
    return sorted(ways, key=len)[:4]


def _overlap(first: Mention, second: Mention) -> bool:
    return first.start < second.end and second.start < first.end


def _by_name(way: Sequence[tuple[str, Mention]]) -> dict[str, list[Mention]]:
    names: dict[str, list[Mention]] = {}
    for name, mention in way:
        names.setdefault(name, []).append(mention)
    return names


def _masked(turn: Turn, names: Mapping[str, Sequence[Mention]], locale: str) -> Reading:
    text = turn.question
    every = [(mention, name) for name, found in names.items() for mention in found]
    for mention, name in sorted(every, key=lambda pair: -pair[0].start):
        text = f"{text[: mention.start]}{{{name}}}{text[mention.end :]}"
    return Reading(text, search(turn, text, locale), names)


def unnamed(turn: Turn, reading: Reading) -> list[str]:
    """Return the words that nothing explains: unknown ones, and names that this company's data does not have."""
    named = [(mention.start, mention.end) for found in reading.names.values() for mention in found]
    doubtful = {*reading.found.get("unknown_words", ()), *reading.found.get("names_words", ())}
    return [
        token.text
        for token in words.tokens(turn.question)
        if token.text in doubtful and not any(start <= token.start < end for start, end in named)
    ]
