"""Where exported figures come from, in the reader's language: what was asked, what ran, when, for whom, and what is missing."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.data.asked import Condition, Grouping, Ordering, Span, Tables
from app.data.exports.messages import Receipt
from app.data.results import asked_from
from app.errors import N_
from app.identity.actor import Actor
from app.web.formats import Formats, formats_of
from app.web.locale import translator

HEADING = N_("Receipt")
LEAD_BACK = N_("Open in BiChat")


class Origin(msgspec.Struct, frozen=True):
    """What an export was made from: the question in the asker's words, and the address of its conversation."""

    question: str
    link: str


class Extent(msgspec.Struct, frozen=True):
    """How much was exported: rows, whether there were more, and when the database gave them."""

    rows: int
    truncated: bool
    executed_at: dt.datetime


def receipt(details: Mapping[str, Any], origin: Origin, extent: Extent, actor: Actor, made_at: dt.datetime) -> Receipt:
    """Return the receipt of a stored result's export; `details` are the result's."""
    texts = translator(actor.locale)
    lines = [(texts.gettext(label), text) for label, text in _lines(details, origin, extent, actor, made_at) if text]
    link = texts.gettext(LEAD_BACK), origin.link
    if_cut = texts.gettext(N_("Cut")), texts.gettext(N_("Texts longer than a cell can hold end in “…”."))
    return Receipt(texts.gettext(HEADING), tuple(lines), link, if_cut)


def _lines(
    details: Mapping[str, Any], origin: Origin, extent: Extent, actor: Actor, made_at: dt.datetime
) -> Iterator[tuple[str, str]]:
    formats = formats_of(actor.locale)
    yield N_("Question"), origin.question
    yield from _asked(details, formats)
    yield N_("Rows"), _rows(extent, formats, actor.locale)
    yield N_("Figures as of"), _moment(extent.executed_at, formats, actor)
    yield N_("Exported at"), _moment(made_at, formats, actor)
    yield N_("Exported by"), f"{actor.name}, {actor.tenant_name}"
    yield "SQL", str(details["sql"])
    yield N_("Parameters"), "\n".join(f"{name} = {value}" for name, value in (details.get("parameters") or {}).items())


def _asked(details: Mapping[str, Any], formats: Formats) -> Iterator[tuple[str, str]]:
    """Tell what the parsed query restricts, each part as it was read and never in anybody's own words."""
    asked = asked_from(details)
    for part in asked.parts if asked else ():
        match part:
            case Tables():
                yield N_("Tables"), ", ".join(part.names)
            case Span():
                yield N_("Period"), f"{part.column}: {_day(part.start, formats)} – {_day(part.end, formats, last=True)}"
            case Condition():
                yield N_("Filter"), part.text
            case Grouping():
                yield N_("Grouped by"), ", ".join(part.by)
            case Ordering():
                yield N_("Ordered by"), ", ".join(f"{name} {'↓' if descends else '↑'}" for name, descends in part.by)
                yield N_("Limit"), part.limit or ""


def _day(text: str | None, formats: Formats, *, last: bool = False) -> str:
    """Return an end of a half-open interval as people say it: its last day, not the first one after."""
    if text is None:
        return "…"
    return formats.date(dt.date.fromisoformat(text) - dt.timedelta(days=last))


def _rows(extent: Extent, formats: Formats, locale: str) -> str:
    texts, count = translator(locale), formats.number(extent.rows)
    if extent.truncated:
        return texts.gettext(N_("the first %(count)s; the query has more"), count=count)
    return texts.gettext(N_("%(count)s, all of them"), count=count)


def _moment(moment: dt.datetime, formats: Formats, actor: Actor) -> str:
    return f"{formats.datetime(moment, actor.time_zone)} ({actor.time_zone})"
