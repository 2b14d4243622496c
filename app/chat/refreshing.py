"""Run the statement behind a table again, as the person who asks for it, and say what changed."""

import asyncio
import uuid

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import access, artifacts
from app.chat.auditing import Whose, audited
from app.chat.charts import result_of
from app.data.comparison import Changes, compare
from app.data.errors import QueryError
from app.data.failure_wording import reason
from app.data.queries import Queries
from app.data.results import QueryResult, columns_from, details_of, encode_rows, rows_from
from app.database import Database, new_id
from app.errors import N_, Invalid, NotFound
from app.files.models import Artifact
from app.identity.actor import Actor

FAILED = N_("The database did not give the rows: %(reason)s The table shows the earlier result.")


class Refreshed(msgspec.Struct, frozen=True):
    """A table with its new result, and what else of the answer shows that result now."""

    table: Artifact
    result: Artifact
    followers: list[uuid.UUID]


async def refresh(database: Database, queries: Queries, actor: Actor, table_id: uuid.UUID) -> Refreshed:
    """Show in a table, and in all of its answer that showed the same, what the statement gives now.

    Raises `NotFound`, `Forbidden`, or `Invalid` with the reason of the failure.
    """
    async with database.reading() as db:
        table, allowed = await artifacts.find(db, actor, table_id)
        access.check_writable(allowed)
        if table.kind != "table":
            raise NotFound(N_("There is no such table."))
        before = await result_of(db, actor, table)
    sql, parameters = before.details["sql"], dict(before.details["parameters"])
    whose = Whose(actor.tenant_id, actor.user_id, table.session_id, table.run_id)
    try:
        async with audited(database, whose) as ledger:
            result = await queries.noting(ledger).execute(actor, sql, parameters, max_rows=queries.max_rows)
    except QueryError as error:
        raise Invalid(FAILED, reason=reason(error, actor.locale)) from error
    result = _labelled(result, before)
    changes = await asyncio.to_thread(_changes, before, result)
    async with database.writing() as db:
        return await _keep(db, actor, before, table_id, result, changes)


async def _keep(
    db: AsyncSession, actor: Actor, before: Artifact, table_id: uuid.UUID, result: QueryResult, changes: Changes
) -> Refreshed:
    table, _ = await artifacts.find(db, actor, table_id)
    await db.refresh(table, with_for_update=True)
    kept = Artifact(
        id=new_id(), tenant_id=table.tenant_id, session_id=table.session_id, run_id=table.run_id, kind="result",
        name="", details=details_of(result), content=encode_rows(result),
    )  # fmt: skip
    db.add(kept)
    followers = await _followers(db, table)
    for shown in (table, *followers):
        shown.details = {**shown.details, "result_id": str(kept.id), "written_at": _written_at(shown, before, changes)}
    table.details = {**table.details, "changes": msgspec.structs.asdict(changes) if changes else None}
    await artifacts.revise(db, table)
    return Refreshed(table, kept, [shown.id for shown in followers])


async def _followers(db: AsyncSession, table: Artifact) -> list[Artifact]:
    """Return what else of the table's answer shows its result; a chart beside older figures than its table's would lie."""
    of_the_answer = (
        Artifact.tenant_id == table.tenant_id, Artifact.session_id == table.session_id, Artifact.run_id == table.run_id,
        Artifact.kind.in_(("table", "chart")), Artifact.id != table.id,
    )  # fmt: skip
    found = (await db.execute(select(Artifact).where(*of_the_answer).with_for_update())).scalars()
    return [shown for shown in found if shown.details["result_id"] == table.details["result_id"]]


def _written_at(shown: Artifact, before: Artifact, changes: Changes) -> str | None:
    """Return when the figures that the answer's text was written with were read, None while they are the same."""
    written_at: str | None = shown.details.get("written_at")
    return written_at or (before.details["executed_at"] if changes else None)


def _labelled(result: QueryResult, before: Artifact) -> QueryResult:
    """Give the columns the headings and units that they had."""
    known = {column.name: column for column in columns_from(before.details)}
    columns = tuple(
        msgspec.structs.replace(column, labels=old.labels, unit=old.unit, currency=old.currency)
        if (old := known.get(column.name))
        else column
        for column in result.columns
    )
    return msgspec.structs.replace(result, columns=columns)


def _changes(before: Artifact, result: QueryResult) -> Changes:
    rows = rows_from(before.details, before.content or b"[]")
    is_alike = [column.name for column in columns_from(before.details)] == [column.name for column in result.columns]
    return compare(result.columns, rows, result.rows) if is_alike else Changes(len(result.rows), len(rows))
