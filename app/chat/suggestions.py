"""Questions that go on from an answer, without asking a model: from the validated queries and what the answer read."""

import asyncio
import uuid
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.chat import turns
from app.chat.models import Message, RunStatus
from app.chat.pages import Reader
from app.data.periods import Calendar
from app.data.reach import holds
from app.database import Database, now
from app.knowledge import going_on
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
LAST_SAID = 10
"""Turns whose questions are not offered again."""


async def after(
    database: Database, knowledge: ValidatedQueries, reader: Reader, session_id: uuid.UUID, run_id: uuid.UUID
) -> list[str]:
    """Return up to three questions that go on from an answer the reader may see.

    There are none where they cannot write, where another question follows, or where the answer was not completed.
    """
    rows = await turns.page(database, session_id, limit=LAST_SAID) if reader.can_write else []
    if not rows or rows[-1].run_id != run_id or rows[-1].status != RunStatus.COMPLETED:
        return []
    details = [row.details or {} for row in await database.rows(READ, {"run_id": run_id})]
    said = [row.content for row in rows]
    return await asyncio.to_thread(_suggested, knowledge, reader, [each.get("shown", {}) for each in details], said)


def _suggested(knowledge: ValidatedQueries, reader: Reader, shown: Sequence[dict[str, object]], said: Sequence[str]) -> list[str]:
    answered = _answered(knowledge, shown)
    if answered is None:
        return []
    return going_on.suggested(
        knowledge.queries, answered, locale=language(said[-1]) or reader.locale,
        calendar=Calendar(reader.actor.time_zone, reader.actor.first_weekday), now=now(),
        may_read=lambda tables: holds(reader.reach, tables), said=said,
    )  # fmt: skip


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
