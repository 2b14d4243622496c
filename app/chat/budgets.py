"""What people and companies may spend on the language model in a day: caps on tokens and on cost, kept with the company.

Calls are counted as they end, so runs at work at the same time pass a cap by at most one call each; agents within a run wait
for each other near it, see `app.chat.affording`.
"""

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, bindparam, func, select

from app.chat.models import ModelCall
from app.database import Database, now
from app.errors import N_, RateLimited
from app.identity.actor import Actor
from app.identity.models import Tenant
from app.knowledge.checks import OPERATOR

OWN = N_("You have used up your budget of the language model for today. It starts anew at midnight (%(zone)s).")
TOGETHER = N_("Your company has used up its budget of the language model for today. It starts anew at midnight (%(zone)s).")


class QuotaSpent(RateLimited):
    """A budget of the day is used up; trying again helps tomorrow only."""

    code = "quota"
    retryable = False


CAPS = select(
    Tenant.cap_user_tokens, Tenant.cap_user_cost, Tenant.cap_tenant_tokens, Tenant.cap_tenant_cost
).where(Tenant.id == bindparam("tenant_id"))  # fmt: skip
TOKENS = func.sum(ModelCall.input_tokens + ModelCall.output_tokens)
COST = func.coalesce(func.sum(ModelCall.cost), 0)
OF_COMPANY = select(func.coalesce(TOKENS, 0).label("tokens"), COST.label("cost")).where(
    ModelCall.tenant_id == bindparam("tenant_id"),
    ModelCall.created_at >= bindparam("since", type_=ModelCall.created_at.type),
)
"""Tokens and USD, the latter as far as prices are known."""
OF_PERSON = OF_COMPANY.where(ModelCall.user_id == bindparam("user_id"))


class Left(msgspec.Struct, frozen=True):
    """Tokens and USD that may still be spent today, below zero where more was spent; None without a cap."""

    tokens: int | None = None
    cost: Decimal | None = None

    @property
    def is_none(self) -> bool:
        """Tell whether a budget is used up."""
        return any(each is not None and each <= 0 for each in (self.tokens, self.cost))

    def without(self, tokens: int, cost: Decimal) -> "Left":
        """Return what is left when so much more is spent."""
        return Left(None if self.tokens is None else self.tokens - tokens, None if self.cost is None else self.cost - cost)


async def check(database: Database, actor: Actor) -> None:
    """Raise `QuotaSpent` when the actor or their company has used up what they may spend today, by their calendar."""
    moment, zone = now(), ZoneInfo(actor.time_zone)
    for budget, sentence in zip(await _budgets(database, actor, moment), (OWN, TOGETHER), strict=True):
        if budget.is_none:
            tomorrow = _midnight(moment.astimezone(zone).date() + dt.timedelta(days=1), zone)
            raise QuotaSpent(sentence, retry_after=math.ceil((tomorrow - moment).total_seconds()), zone=actor.time_zone)


async def left(database: Database, actor: Actor) -> Left:
    """Return what the actor may still spend today, of their own budget and their company's."""
    budgets = await _budgets(database, actor, now())
    tokens = [budget.tokens for budget in budgets if budget.tokens is not None]
    costs = [budget.cost for budget in budgets if budget.cost is not None]
    return Left(min(tokens, default=None), min(costs, default=None))


async def _budgets(database: Database, actor: Actor, moment: dt.datetime) -> tuple[Left, Left]:
    """Return what is left of the actor's own budget and of their company's; a company that acts itself has but the latter."""
    caps = (await database.rows(CAPS, {"tenant_id": actor.tenant_id}))[0]
    zone = ZoneInfo(actor.time_zone)
    key = {"tenant_id": actor.tenant_id, "since": _midnight(moment.astimezone(zone).date(), zone)}
    own, together = Left(caps.cap_user_tokens, caps.cap_user_cost), Left(caps.cap_tenant_tokens, caps.cap_tenant_cost)
    own = Left() if actor.user_id == OPERATOR else own
    return (
        await _rest(database, own, OF_PERSON, {**key, "user_id": actor.user_id}),
        await _rest(database, together, OF_COMPANY, key),
    )


async def _rest(database: Database, cap: Left, sums: Select[*tuple[Any, ...]], values: dict[str, Any]) -> Left:
    if cap == Left():
        return cap
    spent: Row[Any] = (await database.rows(sums, values))[0]
    return cap.without(int(spent.tokens), Decimal(spent.cost))


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)
