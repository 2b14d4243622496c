"""Try the statements of knowledge on the business database before anybody relies on them."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.data.errors import QueryError
from app.data.queries import Queries
from app.identity.actor import Actor
from app.identity.models import Tenant
from app.knowledge.drafts import Draft
from app.knowledge.query_files import Faults

PLACEHOLDER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
COUNTS = re.compile(r"(?:.*_)?(?:limit|top|count|n|days|months|least|most|min|max)")
DAY = "2026-01-01"
OPERATOR = uuid.UUID(int=0)
"""Nobody: who acts where a company acts itself, as when its knowledge is loaded by a command."""


def actor_of(tenant: Tenant) -> Actor:
    """Return somebody of a company who reads all its tables, for trying statements and for what the company itself spends."""
    return Actor(
        OPERATOR, tenant.id, "", "", "", None, frozenset(), tenant.default_locale, tenant.name, tenant.time_zone,
        tenant.first_weekday, tenant.currency,
    )  # fmt: skip


async def check_queries(queries: Queries, actor: Actor, drafts: Sequence[Draft]) -> Faults:
    """Return what is wrong with the statements of `drafts`, each with its file and line."""
    faults = Faults()
    for draft in drafts:
        for sql in [draft.sql, *_lookups(draft.details)] if draft.kind == "query" else []:
            error = await failure_of(queries, actor, sql, draft.details)
            if error is not None:
                faults.tell(draft.places.get(sql, draft.place), f"{draft.name}: {error.message}")
    return faults


async def failure_of(queries: Queries, actor: Actor, sql: str, details: Mapping[str, Any]) -> QueryError | None:
    """Return why a statement may not or cannot run, None where it does; it is run for its columns, without a row."""
    from app.data import checking  # noqa: PLC0415 - brings the SQL parser, at the first query

    values = _values(sql, details.get("parameters", ()))
    try:
        checking.parsed(sql, queries.dialect, queries.source.schemas)
        tried = f"SELECT * FROM ({sql}\n) AS tried LIMIT 0"  # noqa: S608 - whatever it is passes the policy as a whole too
        await queries.execute(actor, tried, values, max_rows=1)
    except QueryError as error:
        return error
    return None


def _values(sql: str, parameters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    kinds = {each["name"]: each["kind"] for each in parameters}
    return {name: _value(name, kinds) for name in dict.fromkeys(PLACEHOLDER.findall(sql))}


def _value(name: str, kinds: Mapping[str, str]) -> Any:
    if kinds.get(name) == "integer" or (name not in kinds and COUNTS.fullmatch(name)):
        return 1
    is_day = re.fullmatch(r"(.*_)?(from|to|date|day|since|until|start|end)", name) is not None
    return DAY if is_day and name not in kinds else None


def _lookups(details: Mapping[str, Any]) -> list[str]:
    return [each["lookup"] for each in details.get("parameters", ()) if each.get("lookup")]
