"""Who is in a conversation, for programs: the functions that the pages use."""

from typing import cast

from msgspec import UNSET

from app.api.caller import Caller
from app.api.params import Deleted, MemberList, MemberShape, One, ShareParams, UnshareParams
from app.api.shapes import Person, person
from app.audit.record import record_opening
from app.chat import sharing
from app.chat.sharing import MemberRole
from app.identity.colleagues import Colleague


async def listed(caller: Caller, params: One) -> MemberList:
    """Return who may open a session."""
    async with caller.desk.database.reading() as db:
        found = await sharing.of(db, caller.actor, params.id)
    await record_opening(caller.desk.database, caller.actor, params.id, found.access.owner_id)
    members = [
        MemberShape(person=_person(each.person), email=each.person.email, role=cast("MemberRole", each.role))
        for each in found.members
    ]
    keepers = [_person(keeper) for keeper in found.keepers]
    link_role = cast("MemberRole", found.link_role) if found.link_role else UNSET
    return MemberList(owner=_person(found.owner), members=members, keepers=keepers, link_role=link_role)


async def share(caller: Caller, params: ShareParams) -> MemberList:
    """Let a colleague into a session of the caller's own, or give a member another role."""
    user_id = params.user_id or await sharing.named(caller.desk, caller.actor, params.id, params.email.strip())
    await sharing.share(caller.desk, caller.actor, params.id, user_id, params.role)
    return await listed(caller, One(id=params.id))


async def unshare(caller: Caller, params: UnshareParams) -> MemberList:
    """Let a member out of a session of the caller's own."""
    await sharing.unshare(caller.desk, caller.actor, params.id, params.user_id)
    return await listed(caller, One(id=params.id))


async def leave(caller: Caller, params: One) -> Deleted:
    """Leave a session that somebody shares."""
    await sharing.leave(caller.desk, caller.actor, params.id)
    return Deleted()


def _person(colleague: Colleague) -> Person:
    return person(colleague.id, colleague.first_name, colleague.last_name, colleague.email)
