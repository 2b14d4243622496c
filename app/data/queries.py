"""Run one checked statement on the business database, within its limits and the actor's tenant."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from app.data.catalogue import Catalogue, Table
from app.data.engine import BoundStatement, Fetched, Source
from app.data.errors import QueryError
from app.data.hints import with_hint
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.data.results import QueryResult, typed
from app.database import now
from app.identity.actor import Actor
from app.telemetry import tracing

if TYPE_CHECKING:
    from app.data.sql_policy import CheckedQuery

LONGEST_SUMMARY = 255
__all__ = ["Queries", "QueryError"]


class Queries:
    """The business database as tools and pages see it; `timeout` is in seconds, `max_rows` what a stored result may hold."""

    def __init__(
        self, source: Source, catalogue: Catalogue, *, timeout: float, max_rows: int, ledger: Ledger | None = None
    ) -> None:
        self.dialect = source.dialect
        self.max_rows = max_rows
        self.catalogue = catalogue
        self.source = source
        self._timeout = timeout
        self._ledger = ledger

    def noting(self, ledger: Ledger) -> "Queries":
        """Return the same database, with all that is begun on it noted in `ledger`."""
        return Queries(self.source, self.catalogue, timeout=self._timeout, max_rows=self.max_rows, ledger=ledger)

    async def execute(self, actor: Actor, sql: str, parameters: Mapping[str, Any], *, max_rows: int) -> QueryResult:
        """Check, bind and run `sql` (`:name` parameters); raises `QueryError`. Cancelling the task ends the statement."""
        started = time.perf_counter()
        with (self._ledger or Ledger()).noting(sql, parameters) as note, tracing.ending(self._span("SELECT")) as span:
            query = await self._checked(actor, sql, parameters)
            note.sql = query.sql
            statement = self._bound(actor, query, parameters, max_rows)
            fetched = await self._run(actor, query, statement)
            note.rows = len(fetched.rows)
            span.note({**_summary(query), "db.response.returned_rows": note.rows})
        return await self._result(actor, query, fetched, statement, started)

    async def stream(
        self, actor: Actor, sql: str, parameters: Mapping[str, Any], *, max_rows: int, max_bytes: int, batch_rows: int
    ) -> AsyncGenerator[Fetched]:
        """Check, bind and run `sql`, and yield its rows in batches as the database gives them; raises `QueryError`.

        The last batch's `truncated` tells that there were more than `max_rows`, or than fit into `max_bytes`.
        """
        size = 0
        with (self._ledger or Ledger()).noting(sql, parameters) as note, tracing.ending(self._span("SELECT")) as span:
            query = await self._checked(actor, sql, parameters)
            span.note(_summary(query))
            note.sql = query.sql
            statement = self._bound(actor, query, parameters, max_rows)
            async with contextlib.aclosing(self.source.stream(statement, batch_rows)) as batches:
                async for batch in batches:
                    note.rows += len(batch.rows)
                    size += _size(batch.rows)
                    if size > max_bytes:
                        yield msgspec.structs.replace(batch, truncated=True)
                        break
                    yield batch
            span.note({"db.response.returned_rows": note.rows})

    async def explain(self, actor: Actor, sql: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return the database's plan of `sql`, one line a step, without running it; raises `QueryError`."""
        plan = f"EXPLAIN {sql}"
        with (self._ledger or Ledger()).noting(plan, parameters) as note, tracing.ending(self._span("EXPLAIN")):
            query = await self._checked(actor, sql, parameters)
            statement = msgspec.structs.replace(self._bound(actor, query, parameters, 200), explain=True)
            lines = [row[0] for row in (await self._run(actor, query, statement)).rows]
            note.rows = len(lines)
        return lines

    async def tables(self, actor: Actor) -> Sequence[Table]:
        """Return the tables and views that the actor may read, with their columns and row estimates."""
        return await self.catalogue.tables(actor)

    async def named(self, actor: Actor, sql: str) -> tuple[str, ...]:
        """Return the relations whose names stand in a statement: what one that failed would have read is not known better."""
        known = set(await self.catalogue.withheld(actor))
        with contextlib.suppress(QueryError):
            known |= {name.lower() for name in await self.catalogue.relations(actor)}
        return tuple(sorted(name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE)))

    async def describe(self, actor: Actor, name: str) -> Table:
        """Return one table with sample values of its columns; raises `QueryError` (`unknown_table`)."""
        return await self.catalogue.describe(actor, name)

    async def ping(self) -> None:
        """Reach the business database; raises `QueryError`."""
        await self.source.ping()

    async def close(self) -> None:
        """Release connections."""
        await self.source.close()

    def _span(self, operation: str) -> tracing.Span:
        system = "postgresql" if self.dialect == "postgres" else self.dialect
        return tracing.begin(operation, "client", {"db.system.name": system, "db.operation.name": operation})

    async def _checked(self, actor: Actor, sql: str, parameters: Mapping[str, Any]) -> "CheckedQuery":
        if not actor.tenant_id or not actor.tenant_id.int:
            raise QueryError("permission_denied", "tenant ID required for query execution", "Sign in as a member of a company.")
        from app.data import checking  # noqa: PLC0415 - brings the SQL parser, at the first query

        query = checking.parsed(sql, self.dialect, self.source.schemas)
        try:
            relations = await self.catalogue.relations(actor)
            checking.check_reach(query, relations, await self.catalogue.withheld(actor))
            checking.check_attributes(query, relations)
        except QueryError as error:
            raise await with_hint(error, self.catalogue, actor, query.tables) from error
        checking.check_parameters(query, parameters)
        return query

    def _bound(self, actor: Actor, query: "CheckedQuery", parameters: Mapping[str, Any], max_rows: int) -> BoundStatement:
        values = dict(parameters)
        return BoundStatement(query.sql, values, actor.tenant_id, max_rows, self._timeout, time_zone=actor.time_zone)

    async def _run(self, actor: Actor, query: "CheckedQuery", statement: BoundStatement) -> Fetched:
        try:
            return await self.source.run(statement)
        except QueryError as error:
            raise await with_hint(error, self.catalogue, actor, query.tables) from error

    async def _result(
        self, actor: Actor, query: "CheckedQuery", fetched: Fetched, statement: BoundStatement, started: float
    ) -> QueryResult:
        from app.data import checking  # noqa: PLC0415 - brings the SQL parser, at the first query

        columns, rows = typed(fetched.names, fetched.types, fetched.rows)
        known = await self.catalogue.described_columns()
        columns = checking.described(query, columns, rows, known)
        facts = (fetched.truncated, statement.sql, dict(statement.parameters), _elapsed_ms(started))
        wordings = await self.catalogue.wordings(statement.tenant_id)
        descriptions = {name: words.description("") for name, words in wordings.items()}
        titles = await self.catalogue.titles()
        asked = await asyncio.to_thread(checking.asked, query, statement.parameters, descriptions, known, titles)
        translations = {name.lower(): words.translations() for name, words in wordings.items()}
        today = Calendar(actor.time_zone, actor.first_weekday).today(now())
        asked = checking.translated(checking.told(query, asked, columns, rows, today), translations)
        return QueryResult(columns, rows, *facts, executed_at=now(), asked=asked)


def _summary(query: "CheckedQuery") -> dict[str, tracing.Value]:
    """Return which relations are read, as a trace may say it: without the statement."""
    return {"db.query.summary": " ".join(["SELECT", *query.tables])[:LONGEST_SUMMARY]}


def _size(rows: list[list[Any]]) -> int:
    return sum(len(value) if isinstance(value, str | bytes) else 8 for row in rows for value in row)


def _elapsed_ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
