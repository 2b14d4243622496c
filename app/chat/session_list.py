"""The list of a person's conversations, and of those that others share with them.

It is in order, in pages, grouped by day, and says of each what goes on in it. Pinning and archiving are for the owner: what is
shared stands among the others.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Boolean, FromClause, Row, Select, String, Uuid, bindparam, false, null, select, tuple_, union_all

from app.chat import access
from app.chat.models import Run, RunStatus, Session, SessionMember
from app.chat.view import GroupKind, SessionGroup, SessionItem
from app.database import Database, UtcDateTime
from app.errors import N_, NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

PAGE = 50
SHOWN_STATES: Mapping[str | None, str] = {
    RunStatus.QUEUED: "running", RunStatus.RUNNING: "running", RunStatus.WAITING: "waiting", RunStatus.FAILED: "failed",
}  # fmt: skip
"""What a line says of the last run; of one that ended well or was stopped it says nothing."""
NEWEST = (Session.pinned.desc(), Session.active_at.desc(), Session.id.desc())
NO_NAME = null().cast(String())
MINE = (
    select(
        Session.id, Session.title, Session.pinned, Session.active_at, NO_NAME.label("first_name"), NO_NAME.label("last_name"),
        NO_NAME.label("email"),
    )
    .where(
        Session.tenant_id == bindparam("tenant_id"), Session.user_id == bindparam("user_id"),
        Session.deleted_at.is_(None), Session.archived_at.is_(None),
    )
    .order_by(*NEWEST)
    .limit(bindparam("limit"))
)  # fmt: skip
SHARED = (
    select(
        Session.id, Session.title, false().label("pinned"), Session.active_at, User.first_name, User.last_name, User.email,
    )
    .join(SessionMember, SessionMember.session_id == Session.id)
    .join(User, User.id == Session.user_id)
    .where(*access.SHARED)
    .order_by(Session.active_at.desc(), Session.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip


def _with_states(mine: FromClause, shared: FromClause) -> Select[Any]:
    listed = union_all(select(mine), select(shared)).subquery("listed")
    newest = (listed.c.pinned.desc(), listed.c.active_at.desc(), listed.c.id.desc())
    page = select(listed).order_by(*newest).limit(bindparam("limit")).subquery()
    last = select(Run.status).where(Run.session_id == page.c.id).order_by(Run.created_at.desc()).limit(1).scalar_subquery()
    return select(page, last.label("state")).order_by(page.c.pinned.desc(), page.c.active_at.desc(), page.c.id.desc())


RECENT = _with_states(MINE.subquery("mine"), SHARED.subquery("shared"))
PLACE = tuple_(
    bindparam("after_pinned", type_=Boolean()),
    bindparam("after_at", type_=UtcDateTime()),
    bindparam("after_id", type_=Uuid()),
)
FURTHER = _with_states(
    MINE.where(tuple_(Session.pinned, Session.active_at, Session.id) < PLACE).subquery("mine"),
    SHARED.where(tuple_(false(), Session.active_at, Session.id) < PLACE).subquery("shared"),
)


class Place(msgspec.Struct, frozen=True):
    """A session's place in the list, after which a further page begins."""

    pinned: bool
    active_at: dt.datetime
    id: uuid.UUID

    @property
    def text(self) -> str:
        """Return it as it stands in an address."""
        return f"{int(self.pinned)}.{self.active_at.isoformat()}.{self.id.hex}"


def place_of(text: str) -> Place:
    """Read a place from an address; raises `NotFound` where there is none."""
    pinned, _, rest = text.partition(".")
    moment, _, key = rest.rpartition(".")
    try:
        place = Place(pinned == "1", dt.datetime.fromisoformat(moment), uuid.UUID(key))
    except ValueError as error:
        raise NotFound(N_("There is no such place in the list.")) from error
    if place.active_at.tzinfo is None:
        raise NotFound(N_("There is no such place in the list."))
    return place


async def recent(database: Database, actor: Actor, *, limit: int = PAGE, after: Place | None = None) -> list[SessionItem]:
    """Return the actor's own sessions that are not archived, and those shared with them, pinned first, then the latest.

    With `after` it is those that follow it.
    """
    mine = {"tenant_id": actor.tenant_id, "user_id": actor.user_id, "limit": limit}
    if after is None:
        return [_item(row) for row in await database.rows(RECENT, mine)]
    place = {"after_pinned": after.pinned, "after_at": after.active_at, "after_id": after.id}
    return [_item(row) for row in await database.rows(FURTHER, {**mine, **place})]


def _item(row: Row[Any]) -> SessionItem:
    owner = full_name(row.first_name, row.last_name, row.email)
    return SessionItem(row.id, row.title, bool(row.pinned), row.active_at, SHOWN_STATES.get(row.state, ""), owner=owner)


def grouped(
    items: Sequence[SessionItem], *, time_zone: str, moment: dt.datetime, after: Place | None = None
) -> list[SessionGroup]:
    """Group a list that is in order by the day of its last activity in `time_zone`; `moment` is now.

    The first group of what comes `after` a place may go on with the group of that place.
    """
    zone = ZoneInfo(time_zone)
    today = moment.astimezone(zone).date()

    def group_of(item: SessionItem | Place) -> tuple[Any, dt.date | None]:
        day = item.active_at.astimezone(zone).date()
        if item.pinned:
            return "pinned", None
        if day == today:
            return "today", day
        if day == today - dt.timedelta(days=1):
            return "yesterday", day
        return ("this_month" if (day.year, day.month) == (today.year, today.month) else "month"), day.replace(day=1)

    groups: Iterable[tuple[tuple[GroupKind, dt.date | None], Iterable[SessionItem]]] = itertools.groupby(items, key=group_of)
    found = [SessionGroup(kind, day, list(members)) for (kind, day), members in groups]
    if found and after:
        found[0].goes_on = (found[0].kind, found[0].day) == group_of(after)
    return found
