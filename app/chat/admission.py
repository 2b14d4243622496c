"""What a message has to pass before it is taken: limits by the minute and budgets by the day."""

import uuid

from sqlalchemy import bindparam, select

from app.chat import budgets
from app.chat.desk import Desk
from app.chat.models import RunRequest
from app.chat.turns import REQUEST_LIFETIME
from app.database import Database, now
from app.identity.actor import Actor

SENT = select(RunRequest.run_id).where(
    RunRequest.user_id == bindparam("user_id"), RunRequest.request_id == bindparam("request_id"),
    RunRequest.created_at >= bindparam("after", type_=RunRequest.created_at.type),
)  # fmt: skip


async def admit(desk: Desk, actor: Actor, address: str, request_id: uuid.UUID | None = None) -> None:
    """Count a message from a network address; raises `RateLimited` or `QuotaSpent`.

    The same request again is the same run: it costs nothing, so it is let through.
    """
    if request_id and await was_sent(desk.database, actor, request_id):
        return
    await desk.limits.spend(desk.allowances.messages, actor, address)
    await budgets.check(desk.database, actor)


async def was_sent(database: Database, actor: Actor, request_id: uuid.UUID) -> bool:
    """Tell whether the actor sent a request of this id lately, by whichever door."""
    known = {"user_id": actor.user_id, "request_id": request_id, "after": now() - REQUEST_LIFETIME}
    return bool(await database.rows(SENT, known))
