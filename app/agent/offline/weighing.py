"""Try the readings of a question before asking which is meant: only where their figures differ it matters to ask."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from babel.lists import format_list

from app.agent.offline.answers import nothing, sentence
from app.agent.offline.asking import MOST_OPTIONS, Option, Reply, ask, can_ask, replied
from app.agent.offline.binding import Bound, MissingValue, Unclear, bind
from app.agent.offline.earlier import EXECUTE
from app.agent.offline.figures import is_empty, number_in
from app.agent.offline.turn import ToolFailed, Turn
from app.agent.offline.understood import Understood, Way
from app.web.locale import translator

TRIED_ROWS = 100
"""Rows that are read of a result which only has to be compared; the one that is meant is read again as a whole."""
BOLD = re.compile(r"\*\*(.+?)\*\*")
ESCAPED = re.compile(r"\\([\\`*_\[\]<>|#])")


class Choice(msgspec.Struct, frozen=True):
    """What a question came to: the way that was chosen or needed no choice; without it the person's own words, if any."""

    way: Way | None
    words: str = ""


class Figures(msgspec.Struct, frozen=True):
    """What a way gives: its main figure in words, its period, its sentence, and what is equal where the figures are the same."""

    main: str
    period: str
    whole: str
    equals: tuple[Any, ...]
    are_all: bool


def bind_clearly(turn: Turn, query: Mapping[str, Any], understood: Understood, locale: str) -> Bound:
    """Return the values of all parameters, asking where one is not clear. Raises `Needed` and `MissingValue`."""
    while True:
        try:
            return bind(turn, query, understood, locale)
        except Unclear as unclear:
            understood = _settled(turn, query, understood, unclear, locale)


def _settled(turn: Turn, query: Mapping[str, Any], understood: Understood, unclear: Unclear, locale: str) -> Understood:
    ways = [(option, Way(query, understood.settle(unclear.parameter, value))) for option, value in unclear.choices]
    choice = choose(turn, unclear.question, unclear.header, ways, locale, are_readings=unclear.are_readings)
    return choice.way.understood if choice.way else understood.settle(unclear.parameter, unclear.in_words(choice.words))


def choose(
    turn: Turn, question: str, header: str, ways: Sequence[tuple[Option, Way]], locale: str, *, are_readings: bool = True
) -> Choice:
    """Ask which way is meant, with the figures of each; not where all give the same. Raises `Needed` until it is answered.

    What is no reading of the question, but a value that it lacks, is asked without trying anything.
    """
    options = [option for option, _ in ways]
    if not can_ask(turn, options):
        return Choice(None)
    if reply := replied(turn, question, options):
        return _chosen(reply, ways)
    if are_readings:
        tried = _tried(turn, [way for _, way in ways[:MOST_OPTIONS]], locale)
        if len(ways) <= MOST_OPTIONS and _are_same(tried):
            return Choice(_noted(ways, locale))
        options = _with_figures(options, tried)
    return _chosen(ask(turn, question, header, options), ways)


def _chosen(reply: Reply, ways: Sequence[tuple[Option, Way]]) -> Choice:
    return Choice(next((way for option, way in ways if option.id == reply.option), None), reply.words)


def _tried(turn: Turn, ways: Sequence[Way], locale: str) -> list[Figures | None]:
    """Run the ways side by side; None for one that leaves something open, or that may not or cannot run."""
    bound = [_bound(turn, way, locale) for way in ways]
    calls = [
        (EXECUTE, {"query": way.query["sql"], "params": each.params, "limit": TRIED_ROWS})
        for way, each in zip(ways, bound, strict=True)
        if each
    ]
    results = iter(turn.tried(calls))
    return [_figures(way.query, each, next(results), locale) if each else None for way, each in zip(ways, bound, strict=True)]


def _bound(turn: Turn, way: Way, locale: str) -> Bound | None:
    try:
        return bind(turn, way.query, way.understood, locale)
    except (Unclear, MissingValue, ToolFailed):
        return None


def _figures(query: Mapping[str, Any], bound: Bound, result: Mapping[str, Any], locale: str) -> Figures | None:
    if "error" in result:
        return None
    rows = result["rows"]
    are_all = len(rows) == result["row_count"] and not result["truncated"]
    if is_empty(rows):
        told = nothing(bound, locale)
        return Figures(told, "", told, (), are_all)
    told = sentence(query, bound, result, locale)
    main = " · ".join(BOLD.findall(told)) or told
    return Figures(_plain(main), bound.said.get("period", ""), _plain(told), _compared(result), are_all)


def _compared(result: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what has to be equal: all rows, but of a single one the numbers alone, as names tell which reading it is."""
    measures = [(column.get("unit"), column.get("currency")) for column in result["columns"]]
    rows = [[(number_in(cell), cell) for cell in row] for row in result["rows"]]
    numbers = [(number, measure) for (number, _), measure in zip(rows[0], measures, strict=True) if number is not None]
    if len(rows) == 1 and numbers:
        return tuple(numbers)
    return (measures, *([cell if number is None else number for number, cell in row] for row in rows))


def _are_same(tried: Sequence[Figures | None]) -> bool:
    known = [each for each in tried if each and each.are_all]
    return len(known) == len(tried) and all(each.equals == known[0].equals for each in known)


def _noted(ways: Sequence[tuple[Option, Way]], locale: str) -> Way:
    """Return the first way with the note that the others give the same."""
    labels = format_list([f"“{option.label}”" for option, _ in ways], locale=locale)
    note = translator(locale).gettext("I did not ask which one you mean, as the answer is the same for %(list)s.", list=labels)
    way = ways[0][1]
    understood = msgspec.structs.replace(way.understood, notes=(*way.understood.notes, note))
    return msgspec.structs.replace(way, understood=understood)


def _with_figures(options: Sequence[Option], tried: Sequence[Figures | None]) -> list[Option]:
    """Return the options with their main figures in front of what they say, whole sentences where these are alike."""
    mains = [each.main for each in tried if each]
    are_alike = len(set(mains)) < len(mains)
    shown = options[: len(tried)]
    return [_with_figure(*each, whole=are_alike) for each in zip(shown, tried, strict=True)] + list(options[len(tried) :])


def _with_figure(option: Option, figures: Figures | None, *, whole: bool) -> Option:
    """Return the option with its figure; one that is a query names no period, so that is told beside the figure."""
    if figures is None:
        return option
    has_period = figures.period and option.description
    main = f"{figures.main} ({figures.period})" if has_period else figures.main
    parts = (figures.whole if whole else main, option.description)
    return msgspec.structs.replace(option, description=" · ".join(filter(None, parts)))


def _plain(text: str) -> str:
    return ESCAPED.sub(r"\1", text.replace("**", ""))
