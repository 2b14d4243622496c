"""What answers cost as a file for spreadsheets, read a page at a time."""

import datetime as dt
import uuid
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import Row, Select, Uuid, func, literal, or_, select

from app.admin import spreadsheet, usage
from app.admin.spreadsheet import BOM
from app.admin.usage import SUMS
from app.chat.models import ModelCall
from app.database import Database
from app.identity.actor import Actor
from app.knowledge.checks import OPERATOR

PAGE = 1000
"""So many lines are in memory at once."""
COLUMNS = (
    "day", "who", "email", "model", "conversation", "runs", "input_tokens", "cached_tokens", "output_tokens", "cost_usd",
    "calls_of_unknown_cost", "calls_with_estimated_tokens",
)  # fmt: skip
COMPANY = "company"
"""Who spent what nobody's question did."""
NOBODY = uuid.UUID(int=0)
SESSION = func.coalesce(ModelCall.session_id, literal(NOBODY, Uuid()), type_=Uuid())
KEY = (ModelCall.user_id, ModelCall.model, SESSION)


async def as_csv(database: Database, actor: Actor, span: int) -> AsyncGenerator[bytes]:
    """Yield a line for each day, person, model and conversation, told by its id; the days are the last `span` ones."""
    names = await usage.names_of(database, actor)
    yield BOM.encode() + spreadsheet.lines([COLUMNS])
    for day, since, until in usage.days_of(actor, span):
        of_day = select(*KEY, *SUMS).where(*usage.within(actor, since, until)).group_by(*KEY).order_by(*KEY).limit(PAGE)
        async for rows in _pages(database, of_day):
            yield spreadsheet.lines(_cells(day, row, names) for row in rows)


async def _pages(database: Database, query: Select[Any]) -> AsyncGenerator[list[Row[Any]]]:
    after: tuple[Any, ...] | None = None
    while True:
        async with database.reading() as db:
            rows = list((await db.execute(query.where(_beyond(after)) if after else query)).all())
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = tuple(rows[-1])[: len(KEY)]


def _beyond(place: tuple[Any, ...]) -> Any:
    """Return the condition of what comes after a place in the order of `KEY`."""
    user, model, session = place
    later = or_(ModelCall.model > model, (ModelCall.model == model) & (session < SESSION))
    return or_(ModelCall.user_id > user, (ModelCall.user_id == user) & later)


def _cells(day: dt.date, row: Sequence[Any], names: dict[uuid.UUID, tuple[str, str]]) -> list[object]:
    user, model, session, *sums = row
    who = (COMPANY, "") if user == OPERATOR else names.get(user, ("—", ""))
    return [day, *who, model, None if session == NOBODY else str(session), *sums]
