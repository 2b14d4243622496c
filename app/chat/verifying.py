"""Mark an answer as verified: its statement becomes a query that others may rely on, once a manager approved it."""

import uuid
from typing import Any

from sqlalchemy import bindparam, select

from app.chat import opinions
from app.chat.desk import Desk
from app.chat.models import Message, Run
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.identity.permissions import Permission
from app.knowledge.proposals import Proposal, Saved

ASKED = (
    select(Message.content)
    .join(Run, Run.user_message_id == Message.id)
    .where(Run.id == bindparam("run_id"), Message.deleted_at.is_(None))
)
RAN = (
    select(Message.details)
    .where(
        Message.run_id == bindparam("run_id"), Message.tool_name == "sql_execute", Message.error_code.is_(None),
        Message.deleted_at.is_(None),
    )
    .order_by(Message.id.desc())
)  # fmt: skip
NOTHING = N_("There is no query in this answer that could be verified.")


async def verify(desk: Desk, actor: Actor, run_id: uuid.UUID) -> tuple[uuid.UUID, Saved]:
    """Propose the statement that an answer rests on, its last one, and return the session's id with what became of it.

    What a manager marks is approved by that. Raises `NotFound`, `Conflict` and `Invalid`.
    """
    run = await opinions.find_answer(desk.database, actor, run_id)
    asked = await desk.database.rows(ASKED, {"run_id": run_id})
    shown: list[dict[str, Any]] = [
        (row.details or {}).get("shown", {}) for row in await desk.database.rows(RAN, {"run_id": run_id})
    ]
    ran = next((each for each in shown if each.get("sql") and "plan" not in each), None)
    if ran is None or not asked:
        raise Invalid(NOTHING)
    new = Proposal(asked[0].content[:500], str(ran["sql"]), ran.get("params") or {})
    approve = actor.may(Permission.MANAGE)
    return run.session_id, await desk.library.save_query(desk.queries, actor, new, run_id=run_id, approve=approve)
