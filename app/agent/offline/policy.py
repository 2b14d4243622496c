"""What the offline analyst does about a question: find the validated query that answers it, or say that there is none."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent.offline.answers import answer, cannot, could_not, introduction
from app.agent.offline.asking import MOST_OPTIONS, Option, ask
from app.agent.offline.binding import MissingValue, Understood, bind, look_up, periods
from app.agent.offline.earlier import EXECUTE, SEARCH, Asked, last_asked
from app.agent.offline.names import Mention, mentions
from app.agent.offline.small_talk import is_small_talk
from app.agent.offline.turn import ToolFailed, Turn
from app.data import words
from app.data.period_phrases.vocabulary import number
from app.knowledge.language import language
from app.knowledge.terms import without_periods
from app.web.locale import translator

FITS = 0.62
"""From this score on a query is taken to be what was meant; from MAY_FIT on the person is asked."""
MAY_FIT = 0.5
LITERAL, LITERAL_TIE = 0.96, 0.95
"""From LITERAL on the question is written almost as a known one: only what is nearer than LITERAL_TIE rivals it then."""
TIE = 0.93
"""Queries whose scores are nearer than this share of the best one fit about equally."""
COMPARED = "versus"
"""What naming two periods says."""
NONE = "something_else"
CANDIDATES = 15
SHORT_QUESTION = 6
LEADS_ON = re.compile(r"\s*(and|also|what about|how about|now|а|и|теперь|а теперь|va|endi)\b|.*-chi\W*$", re.IGNORECASE)
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


def decide(turn: Turn) -> str:
    """Return the answer; raises `Needed` while tools have to be called first."""
    before = last_asked(turn.earlier)
    locale = language(turn.question) or turn.request.locale
    if not turn.has(SEARCH) or not turn.has(EXECUTE) or not turn.request.may_call_tools:
        return could_not("failed", locale)
    try:
        return _answered(turn, before, locale)
    except ToolFailed as failure:
        return could_not(failure.code, locale)
    except MissingValue as missing:
        return missing.sentence


def _answered(turn: Turn, before: Asked | None, locale: str) -> str:
    plain = _search(turn, turn.question, locale)
    if is_small_talk(turn.question) and not plain["matches"]:
        return introduction(plain["closest_questions"], locale)
    reading = _with_names(turn, plain, before, locale)
    understood = Understood(turn.question, reading.names)
    query: Mapping[str, Any] | None
    if before and _goes_on(turn, reading):
        query, understood = _same_query(turn, before, locale), Understood(turn.question, reading.names, before)
    elif (
        before and (not reading.is_clear or _leads_on(turn.question)) and (narrowed := _continued(turn, reading, before, locale))
    ):
        query, understood = narrowed, Understood(turn.question, reading.names, before)
    else:
        query = _chosen(turn, reading, locale)
    if query is None:
        return cannot(reading.found.get("closest_questions", ()), _unnamed(turn, reading), locale)
    bound = bind(turn, query, understood, locale)
    result = turn.call(EXECUTE, query=query["sql"], params=bound.params, limit=1000)
    return answer(turn, query, bound, result, locale)


def _search(turn: Turn, text: str, locale: str) -> Found:
    return turn.call(SEARCH, question=text, limit=CANDIDATES, locale=locale)


def _with_names(turn: Turn, plain: Found, before: Asked | None, locale: str) -> Reading:
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
    return max(readings, key=lambda each: each.score, default=reading)


def _needs_name(match: Mapping[str, Any]) -> bool:
    return any(param["type"] == "text" and not param["optional"] for param in match["params"])


def _lookups(queries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        param["name"]: param["lookup"] for query in queries for param in query["params"] if param["type"] == "text"
    }  # fmt: skip


def _readings(named: Mapping[str, Sequence[Mention]]) -> list[dict[str, list[Mention]]]:
    """Return the ways to give each mentioned place to one parameter; the best mention of a place comes first."""
    places: list[list[tuple[str, Mention]]] = []
    every = [(name, mention) for name, found in named.items() for mention in found]
    for name, mention in sorted(every, key=lambda pair: (-(pair[1].end - pair[1].start), -pair[1].score)):
        place = next((each for each in places if _overlap(each[0][1], mention)), None)
        if place is None:
            places.append([(name, mention)])
        else:
            place.append((name, mention))
    ways = itertools.islice(itertools.product(*places), 4) if places else ()
    return [_by_name(way) for way in ways]


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
    return Reading(text, _search(turn, text, locale), names)


def _goes_on(turn: Turn, reading: Reading) -> bool:
    """Tell whether the question says nothing but a period, a name or a number: the last question is asked again with it."""
    if reading.matches or reading.found.get("unknown_words"):
        return False
    numbers = any(number(token.text) for token in words.tokens(without_periods(turn.question)))
    return bool(reading.names or numbers or periods(turn, turn.question))


def _leads_on(text: str) -> bool:
    """Tell whether the words go on from something said before: "and …", "а …", "va …", "what about …"."""
    return LEADS_ON.match(text) is not None


def _same_query(turn: Turn, before: Asked, locale: str) -> Mapping[str, Any]:
    """Return the query of before with its texts in the language of now."""
    found = _search(turn, before.question, locale)["matches"]
    return next((match for match in found if match["name"] == before.query["name"]), before.query)


def _continued(turn: Turn, reading: Reading, before: Asked, locale: str) -> Mapping[str, Any] | None:
    """Return the query that a short question means together with the one before ("and by category?")."""
    if len(words.tokens(turn.question)) > SHORT_QUESTION or reading.found.get("unknown_words") or not reading.matches:
        return None
    both = Reading("", _search(turn, f"{before.query['title']} {reading.text}", locale), reading.names)
    return both.matches[0] if both.is_clear and both.matches[0]["name"] != before.query["name"] else None


def _chosen(turn: Turn, reading: Reading, locale: str) -> Mapping[str, Any] | None:
    """Return the query that fits, asking when several fit about equally or the best one only may; None when none does."""
    able = [match for match in reading.matches if not match["unmatched"]]
    if _unnamed(turn, reading) or not able or able[0]["score"] < MAY_FIT:
        return None
    if len(periods(turn, turn.question)) == 2 and (comparing := _comparing(turn, reading, locale)):
        return comparing
    best = able[0]["score"]
    tie = LITERAL_TIE if best >= LITERAL else TIE
    rivals = [match for match in able if match["score"] >= (best * tie if best >= FITS else MAY_FIT)]
    if len(rivals) == 1 and (best >= FITS or reading.names):
        return able[0]
    return _asked_for(turn, rivals[:MOST_OPTIONS], able[0] if best >= FITS else None, locale)


def _asked_for(
    turn: Turn, offered: Sequence[Mapping[str, Any]], usual: Mapping[str, Any] | None, locale: str
) -> Mapping[str, Any] | None:
    """Return the query that the person chooses, by an option or in other words, or `usual` when they skip the question."""
    _ = translator(locale).gettext
    options = [Option(match["name"], match["title"], match["description"]) for match in offered]
    if len(options) == 1:
        options.append(Option(NONE, _("Something else")))
    reply = ask(turn, _("What would you like to see?"), _("Question"), options)
    if not reply.option and not reply.words:
        return usual
    if reply.words:
        again = Reading(reply.words, _search(turn, reply.words, locale), {})
        return again.matches[0] if again.is_clear else None
    return next((match for match in offered if match["name"] == reply.option), None)


def _comparing(turn: Turn, reading: Reading, locale: str) -> Mapping[str, Any] | None:
    """Return the query that sets a period against another one, where two are named."""
    found = _search(turn, f"{without_periods(reading.text)} {COMPARED}", locale)["matches"]
    able = [match for match in found if not match["unmatched"] and match["score"] >= MAY_FIT]
    return next((match for match in able if "_prev_from" in match["sql"]), None)


def _unnamed(turn: Turn, reading: Reading) -> list[str]:
    """Return the words that nothing explains: unknown ones, and names that this company's data does not have."""
    named = [(mention.start, mention.end) for found in reading.names.values() for mention in found]
    doubtful = {*reading.found.get("unknown_words", ()), *reading.found.get("names_words", ())}
    return [
        token.text
        for token in words.tokens(turn.question)
        if token.text in doubtful and not any(start <= token.start < end for start, end in named)
    ]
