"""What a person may be shown of results that are stored already, by the tables that they were read from.

Tables may be kept from a role after its people read them: what was stored then is redacted for them too. `None` stands
for everything, else a reach holds the names of tables in small letters.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from app.data.catalogue import Catalogue
from app.data.errors import QueryError
from app.data.results import asked_from
from app.identity.actor import Actor

Reach: TypeAlias = frozenset[str] | None


async def reach_of(catalogue: Catalogue, actor: Actor, *, is_own: bool) -> Reach:
    """Return the tables whose figures `actor` may see in a conversation, which `is_own` or somebody else's.

    That is all (None) in their own, unless something is kept from their role by now. While the business database does
    not answer, nothing else is known to be within reach.
    """
    if is_own and not await catalogue.withheld(actor):
        return None
    try:
        relations = await catalogue.relations(actor)
    except QueryError:
        return frozenset()
    return frozenset(name.lower() for name in relations)


async def reads_all(catalogue: Catalogue, actor: Actor) -> bool:
    """Tell whether no table is kept from `actor`."""
    return not await catalogue.withheld(actor)


def holds(reach: Reach, tables: Iterable[object]) -> bool:
    """Tell whether all `tables` are within reach."""
    return reach is None or {str(name).lower() for name in tables} <= reach


def holds_result(reach: Reach, details: Mapping[str, Any]) -> bool:
    """Tell the same of a stored result; one whose query was not read is within nobody's reach but that of all."""
    asked = asked_from(details)
    return reach is None or (asked is not None and holds(reach, asked.tables))


def holds_call(reach: Reach, details: Mapping[str, Any]) -> bool:
    """Tell the same of what a page shows of a tool's call; a call that gave no figures read nothing."""
    reads = details.get("reads", details.get("tables", ()))
    return reach is None or ((bool(reads) or "columns" not in details) and holds(reach, reads))
