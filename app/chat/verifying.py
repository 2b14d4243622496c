"""Mark an answer as verified: its statement becomes a query that others may rely on, once a manager approved it."""

import uuid

from sqlalchemy import bindparam, select

from app.chat import opinions
from app.chat.desk import Desk
from app.chat.models import Message, Run
from app.chat.verifiable import EXECUTE, SHOWN, Ran, has_result, ran_from, rested_on
from app.errors import N_, Invalid
from app.files.models import Artifact
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
        Message.run_id == bindparam("run_id"), Message.tool_name == EXECUTE, Message.error_code.is_(None),
        Message.deleted_at.is_(None),
    )
    .order_by(Message.id.desc())
)  # fmt: skip
SAID = select(Message.content).where(
    Message.run_id == bindparam("run_id"), Message.role == "assistant", Message.task_call_id == "", Message.deleted_at.is_(None)
)  # fmt: skip
MADE = select(Artifact.id).where(
    Artifact.run_id == bindparam("run_id"), Artifact.kind.in_(SHOWN), Artifact.deleted_at.is_(None)
)  # fmt: skip
NOTHING = N_("There is no query in this answer that could be verified.")


async def verify(desk: Desk, actor: Actor, run_id: uuid.UUID) -> tuple[uuid.UUID, Saved]:
    """Propose the statement that an answer rests on, its last one, and return the session's id with what became of it.

    What a manager marks is approved by that. Raises `NotFound`, `Conflict` and `Invalid`.
    """
    run = await opinions.find_answer(desk.database, actor, run_id)
    asked = await desk.database.rows(ASKED, {"run_id": run_id})
    ran = rested_on([ran_from((row.details or {}).get("shown", {})) for row in await desk.database.rows(RAN, {"run_id": run_id})])
    if ran is None or not asked or not await _has_result(desk, run_id, ran):
        raise Invalid(NOTHING)
    new = Proposal(asked[0].content[:500], ran.sql, dict(ran.params))
    approve = actor.may(Permission.MANAGE)
    return run.session_id, await desk.library.save_query(desk.queries, actor, new, run_id=run_id, approve=approve)


async def _has_result(desk: Desk, run_id: uuid.UUID, ran: Ran) -> bool:
    said = await desk.database.rows(SAID, {"run_id": run_id})
    made = await desk.database.rows(MADE, {"run_id": run_id})
    return has_result(ran, "\n".join(row.content for row in said), is_shown=bool(made))
