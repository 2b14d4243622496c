"""Find the values of a query's parameters: periods from the calendar, names from the data, counts from the words."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.agent.offline.against import present_and_past
from app.agent.offline.asking import Option
from app.agent.offline.earlier import EXECUTE, Asked
from app.agent.offline.names import Name, mentions, names_from
from app.agent.offline.numbers import spoken_numbers
from app.agent.offline.turn import Turn
from app.agent.offline.understood import Understood, without_replaced
from app.data import words
from app.data.period_phrases.search import find
from app.data.period_wording import period_text
from app.data.periods import BEGINNING_OF_TIME, Period, Unit, around, named, previous, shift
from app.knowledge.terms import BARE_PERIOD
from app.web.locale import translator

MOST_NAMES = 1000
LONGEST_YEAR = 366
BARE_UNITS: Mapping[str, Unit] = {
    "д": "day", "н": "week", "м": "month", "к": "quarter", "г": "year",
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip


class MissingValue(Exception):
    """The query cannot run without a value that the person did not give; `sentence` says which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unclear(Exception):
    """A parameter may have one of several values, as told by `choices`: what to call each, and the value.

    `in_words` returns the value that own words mean, none after a dismissal; it raises `MissingValue`. `are_readings` tells that
    the question itself says all of the choices and nothing but them.
    """

    def __init__(
        self, parameter: str, question: str, header: str, choices: Sequence[tuple[Option, Period | Name]],
        in_words: Callable[[str], Period | Name | None], *, are_readings: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(question)
        self.parameter, self.question, self.header, self.choices = parameter, question, header, choices
        self.in_words, self.are_readings = in_words, are_readings


class Bound(msgspec.Struct, frozen=True):
    """Values to bind, the words for them by placeholder of an answer, and `notes`: what the answer must say of them.

    `future` is the period in words where it has not begun yet.
    """

    params: dict[str, Any]
    said: dict[str, str]
    notes: list[str]
    future: list[str]


def bind(turn: Turn, query: Mapping[str, Any], understood: Understood, locale: str) -> Bound:
    """Return the values of all parameters. Raises `Needed`, `MissingValue`, and `Unclear` where the person has to be asked."""
    bound = Bound({}, {}, [*understood.notes], [])
    understood = without_replaced(query, understood)
    for parameter in query["params"]:
        match parameter["type"]:
            case "period":
                _bind_period(turn, query, parameter, understood, locale, bound)
            case "text":
                _bind_text(turn, parameter, understood, locale, bound)
            case _:
                _bind_number(parameter, understood, locale, bound)
    if not any(parameter["type"] == "period" for parameter in query["params"]):
        _refuse_periods(turn, understood, locale, bound)
    _tell_dropped_names(query, understood, locale, bound)
    return bound


def _tell_dropped_names(query: Mapping[str, Any], understood: Understood, locale: str, bound: Bound) -> None:
    """Say that a name of the question before does not narrow what the query shows."""
    before = understood.before
    if before is None or not understood.keeps_names:
        return
    known = {parameter["name"] for parameter in query["params"]}
    texts = [each["name"] for each in before.query["params"] if each["type"] == "text" and each["name"] not in known]
    for value in [str(before.params[name]) for name in texts if before.params.get(name)]:
        note = translator(locale).gettext("These figures are for everything, not for %(name)s alone.", name=value)
        bound.notes.append(note)


def _refuse_periods(turn: Turn, understood: Understood, locale: str, bound: Bound) -> None:
    """Say that a named period does not change what the query shows: things as they are now."""
    _ = translator(locale).gettext
    today = turn.request.calendar.today(turn.request.now)
    for period in periods(turn, understood.text):
        if period != around(today, "day"):
            note = _(
                "This shows how things are now; there are no figures of it for %(period)s.", period=period_text(period, locale)
            )
            bound.notes.append(note)


def periods(turn: Turn, text: str) -> list[Period]:
    """Return the different periods that `text` names."""
    calendar, now = turn.request.calendar, turn.request.now
    found = [each.period for each in find(text, calendar, now)]
    if not found and (bare := BARE_PERIOD.search(text)):
        word = words.tokens(bare.group())[-1].text
        unit = BARE_UNITS.get(word) or BARE_UNITS[word[0]]
        found = [around(calendar.today(now), unit, calendar.first_weekday)]
    return list(dict.fromkeys(found))


def look_up(turn: Turn, lookup: str) -> list[Name]:
    """Return the names that a parameter may have, as the person who asks may see them."""
    return names_from(turn.call(EXECUTE, query=lookup, limit=MOST_NAMES)["rows"])


def _bind_period(
    turn: Turn, query: Mapping[str, Any], parameter: Mapping[str, Any], understood: Understood, locale: str, bound: Bound
) -> None:
    name, sql = parameter["name"], query["sql"]
    today = turn.request.calendar.today(turn.request.now)
    settled = understood.settled.get(name)
    found = [settled] if isinstance(settled, Period) else periods(turn, understood.text)
    if not settled and understood.is_comparison and len(found) == 1 and (said_before := period_before(understood.before, name)):
        found = [_same_part(said_before, found[0]), said_before]
    compares = f":{name}_prev_from" in sql
    if compares and not settled and len(found) == 1 and (both := present_and_past(turn, understood.text)):
        found = [*both]
    found.sort()
    earlier: Period | None = None
    if compares and len(found) == 2 and not _overlap(*found):
        earlier, period = found
        earlier = None if earlier.end == period.start and earlier.unit == period.unit else earlier
    elif len(found) > 1:
        raise _which_period(turn, name, found, locale)
    elif found:
        period = found[0]
    else:
        usual = parameter.get("default", "this_month")
        period = period_before(understood.before, name) or named(usual, turn.request.calendar, turn.request.now)
    if earlier and today in period:
        texts = {"period": period_text(period, locale), "other": period_text(earlier, locale)}
        bound.notes.append(
            translator(locale).gettext("%(period)s is not over yet: a part of it stands beside all of %(other)s.", **texts)
        )
    earlier = earlier or previous(period, today)
    for suffix, day in (("from", period.start), ("to", period.end), ("prev_from", earlier.start), ("prev_to", earlier.end)):
        if f":{name}_{suffix}" in sql:
            bound.params[f"{name}_{suffix}"] = day.isoformat()
    bound.said[name], bound.said[f"{name}_prev"] = period_text(period, locale), period_text(earlier, locale)
    if period.start > today:
        bound.future.append(bound.said[name])


def _same_part(period: Period, year: Period) -> Period:
    """Return the part of `year` that `period` is of its own year: November compared with last year is that year's November."""
    if year.unit != "year" or year.days > LONGEST_YEAR or period.unit not in {"month", "quarter", "half"}:
        return year
    back = year.start.year - period.start.year
    return Period(shift(period.start, "year", back), shift(period.end, "year", back), period.unit)


def _which_period(turn: Turn, name: str, found: Sequence[Period], locale: str) -> Unclear:
    _ = translator(locale).gettext
    choices = [(Option(f"p{place}", period_text(period, locale)), period) for place, period in enumerate(found)]
    question = _("You named more than one period. Which one do you mean?")
    return Unclear(name, question, _("Period"), choices, lambda said: next(iter(periods(turn, said)), found[-1]))


def period_before(before: Asked | None, name: str) -> Period | None:
    """Return the period that the query before was asked with."""
    if before is None or not {f"{name}_from", f"{name}_to"} <= set(before.params):
        return None
    start, end = (dt.date.fromisoformat(str(before.params[f"{name}_{border}"])) for border in ("from", "to"))
    if start == BEGINNING_OF_TIME:
        return Period(start, end, "all")
    units: tuple[Unit, ...] = ("year", "quarter", "month")
    whole = (around(start, unit) for unit in units)
    return next((period for period in whole if (period.start, period.end) == (start, end)), Period(start, end))


def _overlap(first: Period, second: Period) -> bool:
    return first.end > second.start


def _bind_text(turn: Turn, parameter: Mapping[str, Any], understood: Understood, locale: str, bound: Bound) -> None:
    name = parameter["name"]
    chosen = _name(turn, parameter, understood, locale)
    if chosen is None and not parameter["optional"]:
        if name not in understood.settled:
            everything = look_up(turn, parameter["lookup"])
            raise _which_name(parameter, everything, everything, locale, are_readings=False)
        raise MissingValue(translator(locale).gettext("I need to know this to answer: %(label)s.", label=parameter["label"]))
    bound.params[name] = chosen.value if chosen else None
    if chosen:
        bound.said[f"param:{name}"] = spelled(chosen, locale)


def _name(turn: Turn, parameter: Mapping[str, Any], understood: Understood, locale: str) -> Name | None:
    """Return the name that was chosen, that the question says, or that holds on from the question before."""
    name = parameter["name"]
    if name in understood.settled:
        settled = understood.settled[name]
        return settled if isinstance(settled, Name) else None
    candidates = list({each.value: each for mention in understood.names.get(name, ()) for each in mention.values}.values())
    if len(candidates) > 1:
        raise _which_name(parameter, candidates, look_up(turn, parameter["lookup"]), locale)
    before = understood.before.params.get(name) if understood.before and understood.keeps_names else None
    if candidates or not before:
        return next(iter(candidates), None)
    return next((each for each in look_up(turn, parameter["lookup"]) if each.value == str(before)), None)


def _which_name(
    parameter: Mapping[str, Any], offered: Sequence[Name], everything: Sequence[Name], locale: str, *, are_readings: bool = True
) -> Unclear:
    _ = translator(locale).gettext
    label = parameter["label"]

    def in_words(said: str) -> Name | None:
        found = mentions(said, everything)
        if len(found) == 1 and len(found[0].values) == 1:
            return found[0].values[0]
        if said:
            raise MissingValue(_("I found nothing named “%(name)s”. (%(label)s)", name=said[:80], label=label))
        return None

    choices = [(Option(f"n{place}", spelled(each, locale)), each) for place, each in enumerate(offered)]
    question = _("Which one do you mean? (%(label)s)", label=label)
    return Unclear(parameter["name"], question, label, choices, in_words, are_readings=are_readings)


def spelled(name: Name, locale: str) -> str:
    """Return the spelling of a name for a reader: Cyrillic for Russian, else Latin, as far as the data has both."""
    wants_cyrillic = locale == "ru"
    fitting = [spelling for spelling in name.spellings if words.is_cyrillic(words.fold(spelling)) == wants_cyrillic]
    if locale == "en" and len(fitting) > 1:
        return fitting[-1]
    return fitting[0] if fitting else name.value


def _bind_number(parameter: Mapping[str, Any], understood: Understood, locale: str, bound: Bound) -> None:
    _ = translator(locale).gettext
    name = parameter["name"]
    said = [each.value for each in spoken_numbers(understood)]
    before = understood.before.params.get(name) if understood.before else None
    value = said[0] if said else int(before if isinstance(before, int) else parameter.get("default", 1))
    least, most = parameter.get("min", value), parameter.get("max", value)
    bound.params[name] = min(max(value, least), most)
    if bound.params[name] != value:
        limits = {"label": parameter["label"], "said": value, "used": bound.params[name]}
        bound.notes.append(_("%(label)s: I took %(used)s, since %(said)s is beyond what I can show.", **limits))
    bound.said[f"param:{name}"] = str(bound.params[name])
