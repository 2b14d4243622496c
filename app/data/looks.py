"""Looks into tables that people describe: sizes and sample values. Each is short, few go on at a time, and all are kept.

A table that is too big to be looked at in time is described without; nobody ever waits for it.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from app.data.engine import BoundStatement, Relation, Source
from app.data.errors import QueryError
from app.data.fair_share import FairShare
from app.identity.actor import Actor

FRESH_SECONDS = 300.0
RETRY_SECONDS = 60.0
"""How long it is remembered that a look took too long."""
LOOK_SECONDS = 1.5
BUDGET_SECONDS = 6.0
"""What one look at any number of tables may take; what was not reached by then comes with the next one."""
LOOKS_AT_A_TIME = 3
MOST_KEPT = 5000
EXACT_UNTIL = 100_000
"""From this estimate on PostgreSQL's own is told; below, counting is as quick."""
SAMPLED_ROWS = 20_000
SAMPLED_COLUMNS = 40
COLUMNS_AT_A_TIME = 10
MOST_VALUES = 20
LONGEST_VALUE = 40
TEXT_TYPES = ("char", "text", "clob", "varchar", "citext", "enum", "name")
ESTIMATE = """
    SELECT CAST(c.reltuples AS bigint) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = CAST(:schema AS text) AND c.relname = CAST(:name AS text) AND c.relkind IN ('r', 'm', 'p')
"""

Values = Mapping[str, tuple[str, ...]]


class Size(msgspec.Struct, frozen=True):
    """How many rows there are; `is_rough` when that is the database's own guess."""

    rows: int
    is_rough: bool = False


class Kept(msgspec.Struct, frozen=True):
    """What a look found, None when it took too long; good while the relation is the same one."""

    until: float
    relation: Relation
    found: Any


class Looks:
    """Sizes and sample values by tenant, who see different rows of the same table."""

    def __init__(self, source: Source) -> None:
        self._source = source
        # One look of a tenant leaves it a worker of SQLite's two, and two of them half of the connections to PostgreSQL.
        share = 1 if source.dialect == "sqlite" else 2
        self._places = FairShare(LOOKS_AT_A_TIME, share, shortest_wait=BUDGET_SECONDS)
        self._kept: dict[tuple[uuid.UUID, str, str], Kept] = {}

    def forget(self, tenant_id: uuid.UUID) -> None:
        """Look anew at everything of a tenant's."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != tenant_id}

    async def size(self, actor: Actor, relation: Relation, deadline: float) -> Size | None:
        """Return how many rows the tenant sees; None where counting takes too long."""
        size: Size | None = await self._look(actor, "size", relation, deadline, self._count)
        return size

    async def values(self, actor: Actor, relation: Relation, deadline: float) -> Values:
        """Return all values of the text columns that have few."""
        values: Values | None = await self._look(actor, "values", relation, deadline, self._collect)
        return values or {}

    async def _look(
        self,
        actor: Actor,
        what: str,
        relation: Relation,
        deadline: float,
        look: Callable[[Actor, Relation], Awaitable[Any]],
    ) -> Any:
        key = (actor.tenant_id, what, relation.name)
        if kept := self._fresh(key, relation):
            return kept.found
        try:
            async with asyncio.timeout_at(deadline), self._places.place(key[0], BUDGET_SECONDS):
                if kept := self._fresh(key, relation):  # somebody else looked meanwhile
                    return kept.found
                found = await _or_nothing(look(actor, relation))
        except (TimeoutError, QueryError):
            return None
        if len(self._kept) >= MOST_KEPT:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.until > time.monotonic()}
        seconds = RETRY_SECONDS if found is None else FRESH_SECONDS
        self._kept[key] = Kept(time.monotonic() + seconds, relation, found)
        return found

    def _fresh(self, key: tuple[uuid.UUID, str, str], relation: Relation) -> Kept | None:
        kept = self._kept.get(key)
        return kept if kept and kept.until > time.monotonic() and kept.relation is relation else None

    async def _count(self, actor: Actor, relation: Relation) -> Size:
        if self._source.dialect == "postgres" and relation.kind == "table":
            names = {"schema": self._source.schemas[0], "name": relation.name}
            known = await self._rows(actor, ESTIMATE, names)
            if known and known[0][0] >= EXACT_UNTIL:
                return Size(int(known[0][0]), is_rough=True)
        rows = await self._rows(actor, f"SELECT count(*) FROM {quoted(relation.name)}")  # noqa: S608 - the name comes from the database's own catalogue and is quoted
        return Size(int(rows[0][0]))

    async def _collect(self, actor: Actor, relation: Relation) -> Values:
        columns = [column.name for column in relation.columns if not column.is_key and _is_text(column.type)][:SAMPLED_COLUMNS]
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(columns), COLUMNS_AT_A_TIME):
            chunk = columns[start : start + COLUMNS_AT_A_TIME]
            listed: dict[str, list[str]] = {column: [] for column in chunk}
            for place, value in await self._rows(actor, _values_sql(relation.name, chunk)):
                listed[chunk[place]].append(str(value))
            found |= {column: tuple(sorted(values)) for column, values in listed.items() if _are_few(values)}
        return found

    async def _rows(self, actor: Actor, sql: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
        most = COLUMNS_AT_A_TIME * (MOST_VALUES + 1)
        statement = BoundStatement(sql, parameters or {}, actor.tenant_id, most, LOOK_SECONDS, time_zone=actor.time_zone)
        return (await self._source.run(statement)).rows


async def _or_nothing(look: Awaitable[Any]) -> Any:
    try:
        return await look
    except QueryError:
        return None


def quoted(name: str) -> str:
    """Return `name` as an identifier of standard SQL."""
    return '"' + name.replace('"', '""') + '"'


def _is_text(kind: str) -> bool:
    return any(word in kind.lower() for word in TEXT_TYPES)


def _are_few(values: list[str]) -> bool:
    return 0 < len(values) <= MOST_VALUES and all(len(value) <= LONGEST_VALUE for value in values)


def _values_sql(table: str, columns: list[str]) -> str:
    """Return one statement that reads a sample of the table once, for the values of all columns."""
    listed = ", ".join(quoted(column) for column in columns)
    sample = f"SELECT {listed} FROM {quoted(table)} LIMIT {SAMPLED_ROWS}"  # noqa: S608 - all names come from the database's own catalogue and are quoted
    parts = (
        f"SELECT {place} AS place, v FROM (SELECT DISTINCT CAST({quoted(column)} AS text) AS v FROM bichat_sample "  # noqa: S608 - as above
        f"WHERE {quoted(column)} IS NOT NULL LIMIT {MOST_VALUES + 1}) AS s{place}"
        for place, column in enumerate(columns)
    )
    return f"WITH bichat_sample AS MATERIALIZED ({sample}) {' UNION ALL '.join(parts)}"
