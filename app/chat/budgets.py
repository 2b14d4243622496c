"""What people and companies may spend on the language model in a day: caps on tokens and on cost, kept with the company.

Calls are counted as they end, so runs at work at the same time pass a cap by at most one call each.
"""

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, select

from app.chat.models import ModelCall
from app.database import Database, now
from app.errors import N_, RateLimited
from app.identity.actor import Actor
from app.identity.models import Tenant

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


async def check(database: Database, actor: Actor) -> None:
    """Raise `QuotaSpent` when the actor or their company has used up what they may spend today, by their calendar."""
    caps = (await database.rows(CAPS, {"tenant_id": actor.tenant_id}))[0]
    if all(cap is None for cap in caps):
        return
    moment, zone = now(), ZoneInfo(actor.time_zone)
    today = moment.astimezone(zone).date()
    key = {"tenant_id": actor.tenant_id, "since": _midnight(today, zone)}
    wait = math.ceil((_midnight(today + dt.timedelta(days=1), zone) - moment).total_seconds())
    for sums, values, cap_tokens, cap_cost, sentence in (
        (OF_PERSON, {**key, "user_id": actor.user_id}, caps.cap_user_tokens, caps.cap_user_cost, OWN),
        (OF_COMPANY, key, caps.cap_tenant_tokens, caps.cap_tenant_cost, TOGETHER),
    ):
        if cap_tokens is None and cap_cost is None:
            continue
        spent: Row[Any] = (await database.rows(sums, values))[0]
        if _is_up(spent.tokens, cap_tokens) or _is_up(spent.cost, cap_cost):
            raise QuotaSpent(sentence, retry_after=wait, zone=actor.time_zone)


def _is_up(spent: Decimal | int, cap: Decimal | int | None) -> bool:
    return cap is not None and spent >= cap


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)
