"""The beginning of a conversation that has more messages than the model is shown: told in a few words, with no model asked.

What is shown grows to the limit and then loses half at once. In between every request begins as the last one did, which is
what caches of providers want; leaving out one turn after the other would change the beginning each time.
"""

import uuid
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select

from app.agent.context import shortening
from app.agent.model import AssistantText, ModelMessage, UserText
from app.chat.models import Message
from app.database import Database

MOST_BYTES = 16_000
LONGEST = 1_000
"""Characters read of a question or an answer."""
SAID = case((Message.role.in_(("user", "assistant")), func.substr(Message.content, 1, LONGEST)), else_="").label("said")
WHOLE = (
    select(Message.id, Message.parent_id, Message.role, SAID)
    .where(
        Message.session_id == bindparam("session_id"), Message.id <= bindparam("question_id"),
        Message.deleted_at.is_(None), Message.summary_id.is_(None), Message.task_call_id == "",
    )
)  # fmt: skip


async def begun(database: Database, run: Row[Any], most: int) -> tuple[uuid.UUID, UserText | None]:
    """Return the first message that the model is shown, which begins a turn, and what was said before it in few words.

    `most` messages are shown, or fewer; the question of the run is one of them.
    """
    known = {"session_id": run.session_id, "question_id": run.user_message_id}
    rows = {row.id: row for row in await database.rows(WHOLE, known)}
    chain: list[Row[Any]] = []
    at: uuid.UUID | None = run.user_message_id
    while at in rows:
        chain.append(rows[at])
        at = rows[at].parent_id
    chain.reverse()
    step = max(most // 2, 1)
    cut = -(-max(len(chain) - most, 0) // step) * step
    first = next(index for index, row in enumerate(chain) if index >= cut and row.role == "user")
    return chain[first].id, shortening.summary(_turns(chain[:first]), MOST_BYTES)


def _turns(rows: list[Row[Any]]) -> list[list[ModelMessage]]:
    turns: list[list[ModelMessage]] = []
    for row in rows:
        if row.role == "user":
            turns.append([UserText(row.said)])
        elif turns and row.said:
            turns[-1].append(AssistantText(row.said))
    return turns
