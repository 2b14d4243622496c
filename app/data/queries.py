"""Run one checked statement on the business database, within its limits and the actor's tenant."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from app.data.catalogue import Catalogue, Table
from app.data.engine import BoundStatement, Fetched, Source
from app.data.errors import QueryError
from app.data.hints import with_hint
from app.data.lineage import measures
from app.data.results import Column, QueryResult, typed
from app.data.sql_policy import CheckedQuery, PolicyViolation, check
from app.database import now
from app.identity.actor import Actor

__all__ = ["Queries", "QueryError"]


class Queries:
    """The business database as tools and pages see it; `timeout` is in seconds, `max_rows` what a stored result may hold."""

    def __init__(self, source: Source, catalogue: Catalogue, *, timeout: float, max_rows: int) -> None:
        self.dialect = source.dialect
        self.max_rows = max_rows
        self.catalogue = catalogue
        self.source = source
        self._timeout = timeout

    async def execute(self, actor: Actor, sql: str, parameters: Mapping[str, Any], *, max_rows: int) -> QueryResult:
        """Check, bind and run `sql` (`:name` parameters); raises `QueryError`. Cancelling the task ends the statement."""
        started = time.perf_counter()
        try:
            query = await self._checked(actor, sql, parameters)
            statement = BoundStatement(query.sql, dict(parameters), actor.tenant_id, max_rows, self._timeout)
            fetched = await self._run(actor, query, statement)
        except QueryError as error:
            error.duration_ms = _elapsed_ms(started)
            raise
        return await self._result(query, fetched, statement, started)

    async def explain(self, actor: Actor, sql: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return the database's plan of `sql`, one line a step, without running it; raises `QueryError`."""
        query = await self._checked(actor, sql, parameters)
        statement = BoundStatement(query.sql, dict(parameters), actor.tenant_id, 200, self._timeout, explain=True)
        return [row[0] for row in (await self._run(actor, query, statement)).rows]

    async def tables(self, actor: Actor) -> Sequence[Table]:
        """Return the tables and views that the actor may read, with their columns and row estimates."""
        return await self.catalogue.tables(actor)

    async def describe(self, actor: Actor, name: str) -> Table:
        """Return one table with sample values of its columns; raises `QueryError` (`unknown_table`)."""
        return await self.catalogue.describe(actor, name)

    async def ping(self) -> None:
        """Reach the business database; raises `QueryError`."""
        await self.source.ping()

    async def close(self) -> None:
        """Release connections."""
        await self.source.close()

    async def _checked(self, actor: Actor, sql: str, parameters: Mapping[str, Any]) -> CheckedQuery:
        if not actor.tenant_id or not actor.tenant_id.int:
            raise QueryError("permission_denied", "tenant ID required for query execution", "Sign in as a member of a company.")
        try:
            query = check(sql, self.dialect, self.source.schemas)
        except PolicyViolation as violation:
            raise _refusal(violation) from violation
        await self._check_reach(actor, query)
        _check_parameters(query, parameters)
        return query

    async def _check_reach(self, actor: Actor, query: CheckedQuery) -> None:
        """Refuse relations outside the actor's catalogue, and names of it given to something else."""
        names = {name.lower() for name in await self.catalogue.relations(actor)}
        for table in query.tables:
            if table.lower() not in names:
                raise await with_hint(QueryError("unknown_table", f"no such table: {table}"), self.catalogue, actor, query)
        for expression in query.tree.find_all(exp.CTE):
            if expression.alias.lower() in names:
                message = f"{expression.alias} is the name of a table and cannot be the name of a WITH query"
                raise QueryError("policy_violation", message, "Give the WITH query another name.")

    async def _run(self, actor: Actor, query: CheckedQuery, statement: BoundStatement) -> Fetched:
        try:
            return await self.source.run(statement)
        except QueryError as error:
            raise await with_hint(error, self.catalogue, actor, query) from error

    async def _result(self, query: CheckedQuery, fetched: Fetched, statement: BoundStatement, started: float) -> QueryResult:
        columns, rows = typed(fetched.names, fetched.types, fetched.rows)
        known = measures(query.tree, await self.catalogue.described_columns())
        if len(known) == len(columns):
            columns = tuple(
                Column(column.name, column.type, measure.unit, measure.currency)
                for column, measure in zip(columns, known, strict=True)
            )
        return QueryResult(
            columns, rows, fetched.truncated, statement.sql, dict(statement.parameters), _elapsed_ms(started), now()
        )


def _refusal(violation: PolicyViolation) -> QueryError:
    if violation.code == "syntax_error":
        return QueryError("syntax_error", violation.reason, "Correct the syntax.")
    return QueryError("policy_violation", violation.reason, "Send one SELECT over the tables of schema_list.")


def _check_parameters(query: CheckedQuery, parameters: Mapping[str, Any]) -> None:
    wanted = {placeholder.name for placeholder in query.tree.find_all(exp.Placeholder) if placeholder.name}
    missing = sorted(wanted - set(parameters))
    if missing:
        message = f"the query needs values for: {', '.join(missing)}"
        raise QueryError("invalid_arguments", message, "Give every :name in the query a value in params.")


def _elapsed_ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
