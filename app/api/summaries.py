"""The summary that a conversation begins with, and the turns that it replaced, for programs."""

import uuid

from app.api.caller import Caller
from app.api.conversations import one, summary_shape, told
from app.api.params import PAGE, Limit, One, SessionResult
from app.api.shapes import SummaryShape, Turn
from app.audit.record import record_opening
from app.chat import compacting, sessions, summaries, turns
from app.errors import NotFound


class UnfoldParams(One, kw_only=True, frozen=True):
    """A summary with the last turns that it replaced, or with those before the turn `before`."""

    limit: Limit = PAGE
    before: uuid.UUID | None = None


async def of_session(caller: Caller, params: One) -> SummaryShape | None:
    """Return what stands for the first turns of a session, None where all are shown."""
    database = caller.desk.database
    async with database.reading() as db:
        session = await sessions.find(db, caller.actor, params.id)
    await record_opening(database, caller.actor, session.id, session.user_id)
    found = await summaries.of_session(database, session.id)
    return summary_shape(found) if found else None


async def take_back(caller: Caller, params: One) -> SessionResult:
    """Bring back what the summary of a session replaced."""
    desk = caller.desk
    async with desk.database.reading() as db:
        session = await sessions.find_writable(db, caller.actor, params.id)
    found = await summaries.of_session(desk.database, session.id)
    if found is None:
        raise NotFound(summaries.NO_SUMMARY)
    await compacting.undo(desk.database, caller.actor, found.id)
    desk.feed.tell(session.user_id, session.id)
    return await one(caller, params)


async def unfolded(caller: Caller, params: UnfoldParams) -> list[Turn]:
    """Return turns that a summary replaced, oldest first, as long as they are kept."""
    database = caller.desk.database
    async with database.reading() as db:
        found = await summaries.find(db, caller.actor, params.id)
        session = await sessions.find(db, caller.actor, found.session_id)
    if not summaries.is_kept(found.created_at):
        raise NotFound(compacting.GONE)
    await record_opening(database, caller.actor, session.id, session.user_id)
    rows = await turns.page(database, session.id, before=params.before, limit=params.limit, summary_id=params.id)
    return await told(caller, session, rows)
