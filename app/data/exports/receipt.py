"""Where exported figures come from, in the reader's language: what was asked, what ran, when, for whom, and what is missing."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.data.exports.messages import Receipt
from app.data.results import asked_from, columns_from
from app.data.strip_wording import ChipKind, chips
from app.errors import N_
from app.identity.actor import Actor
from app.web.formats import Formats, formats_of
from app.web.locale import translator

HEADING = N_("Receipt")
LEAD_BACK = N_("Open in BiChat")
LABELS = {
    ChipKind.TABLES: N_("Tables"),
    ChipKind.PERIOD: N_("Period"),
    ChipKind.FILTER: N_("Filter"),
    ChipKind.SQL: N_("Filter"),
    ChipKind.GROUP: N_("Grouping"),
    ChipKind.ORDER: N_("Order and limit"),
    ChipKind.UNFINISHED: N_("Not over yet"),
}


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
    yield from _asked(details, actor.locale)
    yield N_("Rows"), _rows(details, extent, formats, actor.locale)
    yield N_("Figures as of"), _moment(extent.executed_at, formats, actor)
    yield N_("Exported at"), _moment(made_at, formats, actor)
    yield N_("Exported by"), f"{actor.name}, {actor.tenant_name}"
    yield "SQL", str(details["sql"])
    given = {name: value for name, value in (details.get("parameters") or {}).items() if value is not None}
    yield N_("Parameters"), "\n".join(f"{name} = {value}" for name, value in given.items())


def _asked(details: Mapping[str, Any], locale: str) -> Iterator[tuple[str, str]]:
    """Tell what the parsed query restricts, in the words of the strip above the result."""
    asked = asked_from(details)
    for chip in chips(asked, locale, columns_from(details)) if asked else ():
        yield LABELS[chip.kind], chip.text


def _rows(details: Mapping[str, Any], extent: Extent, formats: Formats, locale: str) -> str:
    texts, count = translator(locale), formats.number(extent.rows)
    if extent.truncated:
        return texts.gettext(N_("the first %(count)s; the query has more"), count=count)
    asked = asked_from(details)
    if asked and asked.stops_at(extent.rows):
        return texts.gettext(N_("%(count)s, the query’s limit"), count=count)
    return texts.gettext(N_("%(count)s, all of them"), count=count)


def _moment(moment: dt.datetime, formats: Formats, actor: Actor) -> str:
    return f"{formats.datetime(moment, actor.time_zone)} ({actor.time_zone})"
