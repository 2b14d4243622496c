"""What a message has to pass before it is taken: limits by the minute and budgets by the day."""

import uuid

from app.chat import budgets, turns
from app.chat.desk import Desk
from app.identity.actor import Actor


async def admit(desk: Desk, actor: Actor, address: str, request_id: uuid.UUID | None = None) -> None:
    """Count a message from a network address; raises `RateLimited` or `QuotaSpent`.

    The same request again is the same run: it costs nothing, so it is let through.
    """
    if request_id and await turns.was_sent(desk.database, actor, request_id):
        return
    await desk.limits.spend(desk.allowances.messages, actor, address)
    await budgets.check(desk.database, actor)
