"""The sentences of the offline analyst."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from babel.numbers import format_decimal

from app.agent.offline.binding import Bound
from app.agent.offline.earlier import EXECUTE, SEARCH
from app.agent.offline.figures import Facts, is_empty, written
from app.agent.offline.turn import REFUSED, ToolFailed, Turn
from app.data.period_wording import period_text
from app.data.periods import Period
from app.errors import N_
from app.web.locale import translator

TABLE = "render_table"
CHART = "draw_chart"
FAILURES = {
    "timeout": N_("The database took too long to answer. Ask for a shorter period or try again later."),
    "permission_denied": N_("You are not allowed to read the data that this question needs."),
    "policy_violation": N_("You are not allowed to read the data that this question needs."),
    "unknown_table": N_("The data that this question needs is not in your database."),
    "unknown_column": N_("The data that this question needs is not in your database."),
}
REFUSALS = {
    REFUSED: N_("You did not allow a step that this answer needs, so I have no figures. Ask again if you want to allow it."),
    "spent": N_("I have used up the steps that an answer may take, so I have no figures. Ask for one thing at a time."),
}
DENIED = {
    EXECUTE: N_("I am not allowed to query the database here, and without that I get no figures."),
    SEARCH: N_("I am not allowed to look for checked queries here, and without that I get no figures."),
}
DENIED_ELSE = N_("I am not allowed a step here without which I get no figures.")
WHO_DECIDES = N_("Whoever manages BiChat in your company decides about that.")
FAILED = N_("I could not get the figures: the database reported an error. Nothing was changed; try again later.")


def could_not(code: str, locale: str) -> str:
    """Say that a tool failed, was refused by the person, or that no step is left (`spent`)."""
    return translator(locale).gettext({**FAILURES, **REFUSALS}.get(code, FAILED))


def may_not(tool: str, locale: str) -> str:
    """Say that a tool is not allowed without which nothing is answered."""
    _ = translator(locale).gettext
    return f"{_(DENIED.get(tool, DENIED_ELSE))} {_(WHO_DECIDES)}"


def introduction(questions: Sequence[str], locale: str) -> str:
    """Say what can be asked."""
    _ = translator(locale).gettext
    return _listed(_("I answer questions about your data with checked queries. For example:"), questions)


def cannot(questions: Sequence[str], unknown: Sequence[str], locale: str) -> str:
    """Say that no query answers the question, and which ones come nearest."""
    _ = translator(locale).gettext
    sentence = _("I have no checked query that answers this, so I will not guess.")
    if unknown:
        sentence += " " + _("I do not know: %(words)s.", words=", ".join(f"“{word}”" for word in unknown[:3]))
    if questions:
        sentence += " " + _("The closest questions I can answer:")
    return _listed(sentence, questions)


def only_own(questions: Sequence[str], locale: str) -> str:
    """Say that the data of the asker's company alone can be read, and what can be asked of it."""
    _ = translator(locale).gettext
    sentence = _("I can read the data of your own company only, so I have no figures of other companies.")
    if questions:
        sentence += " " + _("The closest questions I can answer:")
    return _listed(sentence, questions)


def too_long(longest: int, locale: str) -> str:
    """Say that a question is longer than what is read of one."""
    number = format_decimal(longest, locale=locale)
    return translator(locale).gettext(
        "I can read questions of at most %(number)s characters. Please ask one question at a time.", number=number
    )


def no_such_day(said: str, last: Period, locale: str) -> str:
    """Say that a month does not have the day that was `said`, and which is its last one."""
    return translator(locale).gettext(
        "There is no such day: “%(said)s”. The last day of that month is %(last)s; ask again with it or another day.",
        said=said,
        last=period_text(last, locale),
    )


def no_date(said: str, locale: str) -> str:
    """Say that what was `said` cannot be read as a date, and how to write one."""
    return translator(locale).gettext(
        "I cannot read “%(said)s” as a date. Write the day, the month and the year: 25.12.2025.", said=said
    )


def answer(turn: Turn, query: Mapping[str, Any], bound: Bound, result: Mapping[str, Any], locale: str) -> str:
    """Return the answer with the figures of `result`, whose rows are shown as a table; raises `Needed`."""
    return "\n\n".join([*bound.notes, _told(turn, query, bound, result, locale)])


def _told(turn: Turn, query: Mapping[str, Any], bound: Bound, result: Mapping[str, Any], locale: str) -> str:
    _ = translator(locale).gettext
    rows = result["rows"]
    if is_empty(rows) and bound.future:
        return _("%(period)s has not begun yet, so there are no figures.", period=bound.future[0]) + f" ({query['title']})"
    if is_empty(rows):
        return f"{nothing(bound, locale)} ({query['title']})"
    title = titled(query, bound.said)
    _draw(turn, query, result, title)
    if turn.has(TABLE) and (len(rows) > 1 or len(result["columns"]) > 1):
        with contextlib.suppress(ToolFailed):
            turn.call(TABLE, result_id=result["result_id"], title=title)
    text = sentence(query, bound, result, locale)
    if result["truncated"] or len(rows) < result["row_count"]:
        text += "\n\n" + _("There are more rows than could be read, so sums are of the rows read only.")
    return text


def titled(query: Mapping[str, Any], said: Mapping[str, str]) -> str:
    """Return what a result is called, with what is said of its period."""
    period = said.get("period")
    return f"{query['title']}: {period}" if period else str(query["title"])


def nothing(bound: Bound, locale: str) -> str:
    """Say that no row was found."""
    _ = translator(locale).gettext
    period = bound.said.get("period")
    return _("Nothing was found for %(period)s.", period=period) if period else _("Nothing was found.")


def sentence(query: Mapping[str, Any], bound: Bound, result: Mapping[str, Any], locale: str) -> str:
    """Return what the rows of `result` say, in Markdown, as the query's template has it."""
    types = [column["type"] for column in result["columns"]]
    facts = Facts(query["columns"], types, result["rows"], result["row_count"], bound.said, locale)
    return written(query["answer"], facts) if query["answer"] else _untold(query, result, facts)


def _untold(query: Mapping[str, Any], result: Mapping[str, Any], facts: Facts) -> str:
    """Return the answer of a query that nobody wrote a template for: its one row in words, else how many rows there are."""
    _ = translator(facts.locale).gettext
    if len(facts.rows) == 1:
        columns = result["columns"]
        told = msgspec.structs.replace(facts, columns=columns)
        return "; ".join(
            f"{column.get('label') or column['name']}: **{written('{first:' + column['name'] + '}', told)}**"
            for column in columns
        )
    number = format_decimal(facts.row_count, locale=facts.locale)
    return _("“%(title)s”: %(number)s rows, in the table.", title=query["title"], number=number)


def _draw(turn: Turn, query: Mapping[str, Any], result: Mapping[str, Any], title: str) -> None:
    """Draw the chart that goes with a query; figures that do not suit it are shown as a table only. Raises `Needed`."""
    chart = query.get("chart")
    if chart and turn.has(CHART) and len(result["rows"]) > 1:
        with contextlib.suppress(ToolFailed):
            turn.call(CHART, result_id=result["result_id"], title=title, **chart)


def _listed(sentence: str, questions: Sequence[str]) -> str:
    return "\n".join([sentence, "", *(f"- {question}" for question in questions)]).strip()
