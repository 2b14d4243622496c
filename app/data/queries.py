"""Run one checked statement on the business database, within its limits and the actor's tenant."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.data.results import QueryResult
from app.identity.actor import Actor


class QueryError(Exception):
    """A statement that was refused or failed.

    `code` is `syntax_error`, `unknown_table`, `unknown_column`, `type_mismatch`, `policy_violation`, `timeout`,
    `permission_denied` or `failed`; the message is safe to show to the model and to people; `hint` says what to do instead.
    """

    def __init__(self, code: str, message: str, hint: str = "", duration_ms: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.duration_ms = duration_ms


class Queries(Protocol):
    """The business database as tools and pages see it."""

    dialect: str
    """`sqlite` or `postgres`, as sqlglot names it."""

    async def execute(self, actor: Actor, sql: str, parameters: Mapping[str, Any], *, max_rows: int) -> QueryResult:
        """Check, bind and run `sql` (`:name` parameters); raises `QueryError`. Cancelling the task ends the statement."""
        ...

    async def tables(self, actor: Actor) -> Sequence["TableSummary"]:
        """Return the tables and views that the actor may read."""
        ...
