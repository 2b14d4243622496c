"""The conversations that cost the most: told by their ids, and by their titles to those who may read them."""

import uuid
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row, func, select

from app.admin import usage
from app.admin.usage import SUMS, Usage
from app.chat.models import ModelCall, Session
from app.database import Database
from app.identity.actor import Actor

MOST = 10
SUM = func.sum(ModelCall.cost)
KNOWN: tuple[Any, ...] = (Session.id, Session.title, Session.user_id, Session.deleted_at)
TOKENS = func.sum(ModelCall.input_tokens + ModelCall.output_tokens).desc()


async def conversations(database: Database, actor: Actor, span: int, *, reads_all: bool) -> list[Usage]:
    """Return the costliest conversations of the last `span` days in the actor's company; `reads_all` opens all of them."""
    return await _first(database, actor, span, SUM.is_not(None), SUM.desc(), reads_all=reads_all)


async def of_unknown_cost(database: Database, actor: Actor, span: int, *, reads_all: bool) -> list[Usage]:
    """Return the conversations that no price is known of, those with the most tokens first."""
    return await _first(database, actor, span, SUM.is_(None), TOKENS, reads_all=reads_all)


async def _first(database: Database, actor: Actor, span: int, which: Any, order: Any, *, reads_all: bool) -> list[Usage]:
    days = usage.days_of(actor, span)
    within = (*usage.within(actor, days[0][1], days[-1][2]), ModelCall.session_id.is_not(None))
    spent = select(ModelCall.session_id, *SUMS).where(*within).group_by(ModelCall.session_id).having(which)
    async with database.reading() as db:
        lines = (await db.execute(spent.order_by(order, TOKENS, ModelCall.session_id).limit(MOST))).all()
        known = select(*KNOWN).where(Session.tenant_id == actor.tenant_id, Session.id.in_([line[0] for line in lines]))
        found = {row.id: row for row in await db.execute(known)} if lines else {}
    names = await usage.names_of(database, actor) if lines else {}
    return [_told(Usage(str(key), *sums), found.get(key), names, actor, reads_all=reads_all) for key, *sums in lines]


def _told(
    line: Usage, session: Row[Any] | None, names: Mapping[uuid.UUID, tuple[str, str]], actor: Actor, *, reads_all: bool
) -> Usage:
    """Return the line with whose conversation it is, and its title and address where the actor may read it."""
    if session is None:
        return line
    line = replace(line, whose=names.get(session.user_id, ("—", ""))[0])
    if session.deleted_at or not (reads_all or session.user_id == actor.user_id):
        return line
    return replace(line, name=session.title or line.name, address=f"/bi-chat/sessions/{session.id}")
