"""What answers cost: tokens, runs and money by day, person and model, of the last days of the company's calendar."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace
from sqlalchemy import case, func, literal_column, select, union_all

from app.chat.models import ModelCall
from app.database import Database, now
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name
from app.knowledge.checks import OPERATOR

SPANS = (7, 30, 90)
"""How many days back, today included, can be asked for."""
SUMS: tuple[Any, ...] = (
    func.count(ModelCall.run_id.distinct()),
    func.coalesce(func.sum(ModelCall.input_tokens), 0),
    func.coalesce(func.sum(ModelCall.cached_tokens), 0),
    func.coalesce(func.sum(ModelCall.output_tokens), 0),
    func.sum(ModelCall.cost),
    func.count() - func.count(ModelCall.cost),
    func.count(case((ModelCall.is_estimated, 1))),
)


class Usage(msgspec.Struct, frozen=True):
    """Sums under a heading. `cached_tokens` are among those of the input; `cost` in USD counts the calls whose price is known.

    `unknown` calls have no price, of `estimated` ones the provider told no tokens. A conversation is somebody's (`whose`) and has
    an `address` for those who may open it.
    """

    name: str
    runs: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal | None
    unknown: int
    estimated: int
    day: dt.date | None = None
    whose: str = ""
    address: str = ""

    @property
    def tokens(self) -> int:
        """Return all tokens, in and out."""
        return self.input_tokens + self.output_tokens


class Report(msgspec.Struct, frozen=True):
    """The usage of some days: all of it, and by day, person and model; what the company itself spent has no person's name."""

    total: Usage
    days: list[Usage]
    people: list[Usage]
    models: list[Usage]


async def report(database: Database, actor: Actor, span: int) -> Report:
    """Return what the actor's company used in the last `span` days."""
    days = days_of(actor, span)
    spent = within(actor, days[0][1], days[-1][2])
    by_day = union_all(*(
        select(literal_column(str(place)), *SUMS).where(*within(actor, since, until))
        for place, (_, since, until) in enumerate(days)
    ))  # fmt: skip
    async with database.reading() as db:
        total = (await db.execute(select(*SUMS).where(*spent))).one()
        of_days = {row[0]: row for row in await db.execute(by_day)}
        people = (await db.execute(select(ModelCall.user_id, *SUMS).where(*spent).group_by(ModelCall.user_id))).all()
        models = (await db.execute(select(ModelCall.model, *SUMS).where(*spent).group_by(ModelCall.model))).all()
    names = await names_of(database, actor)
    return Report(
        Usage("", *total),
        [replace(Usage(day.isoformat(), *of_days[place][1:]), day=day) for place, (day, _, _) in enumerate(days)][::-1],
        _sorted(Usage("" if row[0] == OPERATOR else names.get(row[0], ("—", ""))[0], *row[1:]) for row in people),
        _sorted(Usage(*row) for row in models),
    )


def days_of(actor: Actor, span: int) -> Sequence[tuple[dt.date, dt.datetime, dt.datetime]]:
    """Return the days, oldest first, each with its first moment and that of the next one."""
    zone = ZoneInfo(actor.time_zone)
    today = now().astimezone(zone).date()
    dates = [today - dt.timedelta(days=back) for back in range(span - 1, -2, -1)]
    starts = [dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC) for date in dates]
    return list(zip(dates[:-1], starts[:-1], starts[1:], strict=True))


def within(actor: Actor, since: dt.datetime, until: dt.datetime) -> tuple[Any, ...]:
    """Return the conditions of the calls of the actor's company in a span of time."""
    return ModelCall.tenant_id == actor.tenant_id, ModelCall.created_at >= since, ModelCall.created_at < until


async def names_of(database: Database, actor: Actor) -> dict[uuid.UUID, tuple[str, str]]:
    """Return the names and addresses of the people of the actor's company."""
    query = select(User.id, User.first_name, User.last_name, User.email).where(User.tenant_id == actor.tenant_id)
    async with database.reading() as db:
        rows = (await db.execute(query)).all()
    return {row.id: (full_name(row.first_name, row.last_name, row.email), row.email) for row in rows}


def _sorted(lines: Iterable[Usage]) -> list[Usage]:
    return sorted(lines, key=lambda line: (-line.tokens, line.name))
