"""What the offline analyst does about a question: find the validated query that answers it, or say that there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.agent.offline.advice import asks_advice
from app.agent.offline.answers import (
    answer,
    cannot,
    could_not,
    introduction,
    may_not,
    no_date,
    no_such_day,
    only_own,
    titled,
    too_long,
)
from app.agent.offline.asking import MOST_OPTIONS, Option, ask
from app.agent.offline.binding import MissingValue, periods
from app.agent.offline.earlier import EXECUTE, SEARCH, Asked, last_asked
from app.agent.offline.figures import is_empty
from app.agent.offline.filing import Shown, of_earlier, with_files
from app.agent.offline.following import followed
from app.agent.offline.meaning import explained
from app.agent.offline.other_companies import asks_of_other_companies
from app.agent.offline.reading import FITS, MAY_FIT, Found, Reading, comparing, search, unnamed, with_names
from app.agent.offline.small_talk import is_small_talk
from app.agent.offline.turn import ToolFailed, Turn
from app.agent.offline.unanswerable import has_other_numbers, is_as_ranked, is_beyond
from app.agent.offline.understood import Understood, Way, one_by_one
from app.agent.offline.weighing import bind_clearly, choose
from app.data.period_phrases.search import find_missing_days, find_no_dates
from app.knowledge.language import language
from app.knowledge.loading import KINDS
from app.web.locale import translator

LITERAL, LITERAL_TIE = 0.96, 0.95
"""From LITERAL on the question is written almost as a known one: only what is nearer than LITERAL_TIE rivals it then."""
TIE = 0.93
"""Queries whose scores are nearer than this share of the best one fit about equally."""
NONE = "something_else"
MOST_ROWS = 1000
LONGEST = 1_000
"""Characters of a question that are read: one question in a sentence or two, not a report."""


def decide(turn: Turn) -> str:
    """Return the answer; raises `Needed` while tools have to be called first."""
    before = last_asked(turn.earlier)
    locale = language(turn.asked) or turn.request.locale
    if not turn.request.may_call_tools:
        return could_not("spent", locale)
    if denied := next((tool for tool in (EXECUTE, SEARCH) if not turn.has(tool)), None):
        return may_not(denied, locale)
    try:
        return of_earlier(turn, locale) if turn.files and not turn.question else _answered(turn, before, locale)
    except ToolFailed as failure:
        return could_not(failure.code, locale)
    except MissingValue as missing:
        return missing.sentence


def _answered(turn: Turn, before: Asked | None, locale: str) -> str:
    if said := _unsearched(turn, locale):
        return said
    plain = search(turn, turn.question, locale)
    if said := _without_figures(turn, plain, locale):
        return said
    reading = with_names(turn, plain, before, locale)
    going_on = followed(turn, reading, before, locale) if before else None
    meant = going_on or _chosen(turn, reading, locale)
    if meant is None or is_beyond(meant.query, Understood(turn.question, reading.names), meant.understood):
        return cannot(reading.found.get("closest_questions", ()), unnamed(turn, reading), locale)
    ran = [_run(turn, meant.query, each, locale) for each in one_by_one(meant.query, meant.understood)]
    return with_files(turn, "\n\n".join(text for text, _ in ran), [shown for _, shown in ran if shown], locale)


def _unsearched(turn: Turn, locale: str) -> str | None:
    """Answer what no query has to be looked for: too long a question, a day that is none, what a word means."""
    if len(turn.question) > LONGEST:
        return too_long(LONGEST, locale)
    missing = next(iter(find_missing_days(turn.question, turn.request.calendar, turn.request.now)), None)
    if missing:
        return no_such_day(turn.question[missing.start : missing.end], missing.period, locale)
    if unreadable := next(iter(find_no_dates(turn.question)), None):
        return no_date(unreadable, locale)
    return explained(turn, locale)


def _without_figures(turn: Turn, plain: Found, locale: str) -> str | None:
    """Answer what no figures answer: greetings, requests for advice, what other companies have."""
    if is_small_talk(turn.question) and not plain["matches"]:
        return introduction(plain["closest_questions"], locale)
    if asks_advice(turn.question):
        return cannot(plain["closest_questions"], (), locale)
    is_known = any(match["score"] >= LITERAL for match in plain["matches"][:1])
    if asks_of_other_companies(turn.question) and not is_known:
        return only_own(plain["closest_questions"], locale)
    return None


def _run(turn: Turn, query: Mapping[str, Any], understood: Understood, locale: str) -> tuple[str, Shown | None]:
    """Return what is answered, and the result that it shows, None for one without rows."""
    bound = bind_clearly(turn, query, understood, locale)
    result = turn.call(EXECUTE, query=query["sql"], params=bound.params, limit=MOST_ROWS)
    shown = None if is_empty(result["rows"]) else {"result_id": result["result_id"], "title": titled(query, bound.said)}
    return answer(turn, query, bound, result, locale), shown


def _chosen(turn: Turn, reading: Reading, locale: str) -> Way | None:
    """Return the query that fits, asking when several fit about equally or the best one only may; None when none does."""
    said = Understood(turn.question, reading.names)
    are_two = len(periods(turn, turn.question)) == 2
    if are_two and not reading.matches and not unnamed(turn, reading) and (found := comparing(turn, reading.text, locale)):
        return Way(found, said)
    able = [
        match
        for match in reading.matches
        if not match["unmatched"] and _can_be_bound(match) and not has_other_numbers(match, said)
    ]
    if unnamed(turn, reading) or not able or able[0]["score"] < MAY_FIT:
        return None
    if are_two and (found := comparing(turn, reading.text, locale)):
        return Way(found, said)
    best = able[0]["score"]
    tie = LITERAL_TIE if best >= LITERAL else TIE
    near = [match for match in able if match["score"] >= (best * tie if best >= FITS else MAY_FIT)]
    rivals = [match for match in near if is_as_ranked(match, said)] or near
    if len(rivals) == 1 and (best >= FITS or reading.names):
        return Way(rivals[0], said)
    return _asked_for(turn, rivals, rivals[0] if best >= FITS else None, said, locale)


def _can_be_bound(query: Mapping[str, Any]) -> bool:
    """Tell whether it is known of all parameters where their values come from."""
    return all(parameter["type"] in KINDS for parameter in query["params"])


def _asked_for(
    turn: Turn, rivals: Sequence[Mapping[str, Any]], usual: Mapping[str, Any] | None, said: Understood, locale: str
) -> Way | None:
    """Return the query that the person chooses, by an option or in other words, or `usual` when they skip the question."""
    _ = translator(locale).gettext
    question, header = _("What would you like to see?"), _("Question")
    ways = [(Option(match["name"], match["title"], match["description"]), Way(match, said)) for match in rivals]
    if len(ways) > 1:
        choice = choose(turn, question, header, ways, locale)
        if choice.way:
            return choice.way
        words = choice.words
    else:
        reply = ask(turn, question, header, [ways[0][0], Option(NONE, _("Something else"))])
        if reply.option:
            return ways[0][1] if reply.option == ways[0][0].id else None
        words = reply.words
    query = _in_words(turn, words[:LONGEST], rivals[:MOST_OPTIONS], locale) if words else usual
    return Way(query, said) if query else None


def _in_words(turn: Turn, words: str, offered: Sequence[Mapping[str, Any]], locale: str) -> Mapping[str, Any] | None:
    """Return the query that own words mean: one they say whole, else the nearest offered one, which they may only hint at."""
    alone = Reading(words, search(turn, words, locale), {})
    if alone.is_clear and alone.score >= LITERAL:
        return alone.matches[0]
    names = {match["name"] for match in offered}
    found: list[Mapping[str, Any]] = [*search(turn, f"{turn.question} {words}", locale)["matches"], *alone.matches]
    hinted = [match for match in found if match["name"] in names and not match["unmatched"]]
    if hinted:
        return max(hinted, key=lambda match: match["score"])
    return alone.matches[0] if alone.is_clear else None
