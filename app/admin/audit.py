"""The record of a company as its managers read it: what an address asks for, names for ids, and lines for a file."""

import datetime as dt
import uuid
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup
from sqlalchemy import select

from app.admin import spreadsheet
from app.admin.asking import Fields
from app.admin.spreadsheet import BOM
from app.audit import trail
from app.audit.trail import Filters, Kind, Line
from app.chat.highlight import sql_html
from app.database import Database
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name
from app.web.locale import translator

MOST_LINES = 100_000
MOST_WORDS = 200
MOST_PEOPLE = 1000
SHOWN_SQL = 4000
BRIEF_SQL = 300
COLUMNS = (
    "time", "who", "email", "action", "about", "session", "run", "sql", "parameters", "verdict", "error", "rows", "ms", "details",
)  # fmt: skip


class Asked(Fields, frozen=True):
    """The fields of the form as they were sent; `since` and `until` are days, both included."""

    who: str = ""
    what: str = ""
    since: str = ""
    until: str = ""
    sql: str = ""


class Person(msgspec.Struct, frozen=True):
    """Somebody of the company."""

    id: uuid.UUID
    name: str
    email: str


class Shown(msgspec.Struct, frozen=True):
    """A line with what its ids stand for.

    `brief` is the beginning of its SQL, `thing` the name of what it is about, `facts` what else was kept of it.
    """

    line: Line
    who: Person | None
    about: Person | None
    sql: Markup
    brief: str
    thing: str
    facts: dict[str, str]


def filters_from(asked: Asked, actor: Actor, people: Iterable[Person]) -> Filters:
    """Return what is wanted; days are those of the company's zone. Raises `Invalid`."""
    since, until = _day(asked.since, "since"), _day(asked.until, "until")
    if since and until and since > until:
        raise Invalid(N_("The period ends before it begins."), details={"until": "before since"})
    if len(asked.sql) > MOST_WORDS:
        raise Invalid(N_("Search for fewer words."), details={"sql": "too long"})
    if asked.what not in {"", *Kind}:
        raise Invalid(N_("There is no such kind of entry."), details={"what": "unknown"})
    if asked.who not in {"", *(str(person.id) for person in people)}:
        raise Invalid(N_("There is no such person in your company."), details={"who": "unknown"})
    zone = ZoneInfo(actor.time_zone)
    return Filters(
        user_id=uuid.UUID(asked.who) if asked.who else None,
        kind=Kind(asked.what) if asked.what else None,
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + dt.timedelta(days=1), zone) if until else None,
        words=asked.sql,
    )


def _day(text: str, field: str) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Write days such as 2026-03-31."), details={field: "not a date"}) from error
    if not 1970 <= day.year <= 9000:
        raise Invalid(N_("Write days such as 2026-03-31."), details={field: "out of range"})
    return day


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone)


async def people_of(database: Database, actor: Actor) -> list[Person]:
    """Return the people of the actor's company by name."""
    query = select(User.id, User.first_name, User.last_name, User.email).where(User.tenant_id == actor.tenant_id)
    async with database.reading() as db:
        rows = (await db.execute(query.order_by(User.first_name, User.last_name, User.email).limit(MOST_PEOPLE))).all()
    return [Person(row.id, full_name(row.first_name, row.last_name, row.email), row.email) for row in rows]


def shown(lines: Iterable[Line], people: Iterable[Person]) -> list[Shown]:
    """Return lines as the page shows them."""
    known = {person.id: person for person in people}
    return [_shown(line, known) for line in lines]


def _shown(line: Line, known: Mapping[uuid.UUID, Person]) -> Shown:
    cut = "\n…" if len(line.sql) > SHOWN_SQL else ""
    sql = Markup(sql_html(line.sql[:SHOWN_SQL] + cut)) if line.sql else Markup()  # noqa: S704 - made and escaped by Pygments
    thing = next((str(line.details[name]) for name in ("file_name", "name", "table") if line.details.get(name)), "")
    brief = " ".join(line.sql[:BRIEF_SQL].split())
    about = _person(known, line.subject_id) or _party(known, line)
    return Shown(line, _person(known, line.user_id), about, sql, brief, thing, _facts(line))


def _party(known: Mapping[uuid.UUID, Person], line: Line) -> Person | None:
    """Return whom an entry about a conversation is about: who was let in or out, or whose it is."""
    party = line.details.get("member_id") or line.details.get("owner_id")
    return _person(known, uuid.UUID(party)) if isinstance(party, str) else None


def _person(known: Mapping[uuid.UUID, Person], user_id: uuid.UUID | None) -> Person | None:
    return known.get(user_id) if user_id else None


def _facts(line: Line) -> dict[str, str]:
    ids = {"run_id": line.run_id, "subject_id": line.subject_id}
    facts = {**{name: str(value) for name, value in ids.items() if value}, **line.details}
    return {name: _text(value) for name, value in facts.items() if value is not None and name != "session_id"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def as_csv(database: Database, actor: Actor, filters: Filters, people: Iterable[Person]) -> AsyncGenerator[bytes]:
    """Yield the wanted lines as a file for spreadsheets, newest first; the last line says so where it was cut."""
    known, zone, count = {person.id: person for person in people}, ZoneInfo(actor.time_zone), 0
    yield BOM.encode() + spreadsheet.lines([COLUMNS])
    async for lines in trail.batches(database, actor, filters, most=MOST_LINES):
        count += len(lines)
        kept = lines[: len(lines) - max(0, count - MOST_LINES)]
        yield spreadsheet.lines(_cells(line, known, zone) for line in kept)
    if count > MOST_LINES:
        yield spreadsheet.lines([[translator(actor.locale).gettext(N_("There is more. Choose a shorter period for the rest."))]])


def _cells(line: Line, known: Mapping[uuid.UUID, Person], zone: ZoneInfo) -> list[str | None]:
    who, about = _person(known, line.user_id), _person(known, line.subject_id)
    cells = (
        line.at.astimezone(zone).isoformat(timespec="milliseconds"), who.name if who else None, who.email if who else None,
        line.action, about.email if about else line.subject_id, line.session_id, line.run_id, line.sql, _json(line.parameters),
        line.outcome, line.error, line.row_count, line.duration_ms, _json(line.details),
    )  # fmt: skip
    return [None if cell is None else str(cell) for cell in cells]


def _json(values: dict[str, Any]) -> str:
    return msgspec.json.encode(values).decode() if values else ""
