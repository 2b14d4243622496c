"""Questions that go on from an answer, without asking a model: from the validated queries and what the answer read."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.chat import turns
from app.chat.desk import Desk
from app.chat.models import Message, RunStatus
from app.chat.pages import Reader
from app.data.errors import QueryError
from app.data.periods import Calendar
from app.data.reach import holds, holds_result
from app.data.results import asked_from, columns_from
from app.database import now
from app.files.models import Artifact
from app.knowledge import from_result, going_on
from app.knowledge.from_result import Result
from app.knowledge.going_on import Answered
from app.knowledge.language import language
from app.knowledge.validated_queries import ValidatedQueries

READ = (
    select(Message.details)
    .where(
        Message.run_id == bindparam("run_id"), Message.tool_name == "sql_execute", Message.error_code.is_(None),
        Message.deleted_at.is_(None),
    )
    .order_by(Message.id)
)  # fmt: skip
RESULTS = (
    select(Artifact.details)
    .where(Artifact.run_id == bindparam("run_id"), Artifact.kind == "result", Artifact.deleted_at.is_(None))
    .order_by(Artifact.id.desc())
    .limit(bindparam("most"))
)
MOST_RESULTS = 5
"""How many of an answer's results are looked at for one that says what it asked."""
LAST_SAID = 10
"""Turns whose questions are not offered again."""


async def after(desk: Desk, reader: Reader, session_id: uuid.UUID, run_id: uuid.UUID) -> list[str]:
    """Return what `after_last` does of an answer that the reader may see; nothing where another question follows."""
    rows = await turns.page(desk.database, session_id, limit=LAST_SAID) if reader.can_write else []
    return await after_last(desk, reader, rows) if rows and rows[-1].run_id == run_id else []


async def after_last(desk: Desk, reader: Reader, rows: Sequence[Row[Any]]) -> list[str]:
    """Return up to three questions that go on from the answer to the last of some rows of `turns.page`.

    There are none where the reader cannot write, or where the answer was not completed. The offline analyst understands
    those of validated queries only.
    """
    rows = rows[-LAST_SAID:]
    if not rows or not reader.can_write or rows[-1].status != RunStatus.COMPLETED:
        return []
    said = tuple(row.content for row in rows)
    known = await desk.knowledge.of(reader.actor.tenant_id)
    key = (rows[-1].run_id, "suggestions", said, known, reader.locale, reader.reach, reader.actor.time_zone, now().date())
    kept = desk.rendered.get(key)
    if kept is None:
        kept = "\n".join(await _found(desk, reader, rows[-1].run_id, known, said))
        desk.rendered.keep(key, kept)
    return kept.splitlines()


async def _found(desk: Desk, reader: Reader, run_id: uuid.UUID, known: ValidatedQueries, said: Sequence[str]) -> list[str]:
    locale = language(said[-1]) or reader.locale
    details = [row.details or {} for row in await desk.database.rows(READ, {"run_id": run_id})]
    shown = [each["shown"] for each in details if "shown" in each]
    texts = await asyncio.to_thread(_validated, known, reader, shown, said, locale) if shown else []
    result = None if desk.is_offline or len(texts) == going_on.COUNT else await _result(desk, reader, run_id)
    return going_on.new([*texts, *from_result.suggested(result, locale)], said) if result else texts


def _validated(
    knowledge: ValidatedQueries, reader: Reader, shown: Sequence[dict[str, object]], said: Sequence[str], locale: str
) -> list[str]:
    answered = _answered(knowledge, shown)
    if answered is None:
        return []
    return going_on.suggested(
        knowledge.queries, answered, locale=locale,
        calendar=Calendar(reader.actor.time_zone, reader.actor.first_weekday), now=now(),
        may_read=lambda tables: holds(reader.reach, tables), said=said,
    )  # fmt: skip


async def _result(desk: Desk, reader: Reader, run_id: uuid.UUID) -> Result | None:
    """Return the last result of an answer that the reader may see and that says what it asked of which tables."""
    for row in await desk.database.rows(RESULTS, {"run_id": run_id, "most": MOST_RESULTS}):
        details: dict[str, Any] = row.details
        asked = asked_from(details)
        if asked is None or not asked.tables or not holds_result(reader.reach, details):
            continue
        try:
            groupable = await desk.queries.catalogue.groupable(reader.actor, asked.tables)
        except QueryError:
            groupable = {}
        return Result(asked, columns_from(details), details["row_count"], groupable)
    return None


def _answered(knowledge: ValidatedQueries, shown: Sequence[dict[str, object]]) -> Answered | None:
    """Return what was read last of what the answer tells; looking up names alone is no answer."""
    tables: set[str] = set()
    for each in reversed(shown):
        if query := knowledge.of_statement(str(each.get("sql", ""))):
            params = each.get("params")
            return Answered(query, params if isinstance(params, dict) else {})
        read = each.get("tables")
        tables |= {str(name).lower() for name in read} if isinstance(read, list) else set()
    return Answered(None, tables=frozenset(tables)) if tables else None
