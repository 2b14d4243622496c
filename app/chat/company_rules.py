"""What a company decides about how its questions are answered: by which models, and what the analyst is told besides."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from app.agent.approvals import Policy
from app.chat.models import PromptVersion
from app.database import Database
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.identity.models import Tenant

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How long a model may be asked to reason, from not at all; each model knows some of them."""
NEWEST = (
    select(PromptVersion.text)
    .where(PromptVersion.tenant_id == bindparam("tenant_id"))
    .order_by(PromptVersion.number.desc())
    .limit(1)
    .scalar_subquery()
    .label("extension")
)
RULES = select(Tenant.models_allowed, Tenant.tool_policies, NEWEST).where(Tenant.id == bindparam("tenant_id"))


class Rules(msgspec.Struct, frozen=True):
    """The rules as they are now; no `models_allowed` mean all."""

    models_allowed: tuple[str, ...]
    prompt_extension: str
    tool_policies: Mapping[str, Policy] = {}

    def allows(self, model: str) -> bool:
        """Tell whether people may choose `model`."""
        return not self.models_allowed or model in self.models_allowed

    def may_use(self, tool: str) -> bool:
        """Tell whether the company lets the analyst use a tool at all."""
        return self.tool_policies.get(tool) is not Policy.DENY

    def consents_to(self, hosted: Sequence[str]) -> tuple[str, ...]:
        """Return the tools of the model's provider that the company has allowed: nobody else decides that for it."""
        return tuple(name for name in hosted if self.tool_policies.get(name) is Policy.ALLOW)

    def model(self, chosen: str | None, usual: str) -> str | None:
        """Return which model answers, None for the usual one: never one that is not allowed, whatever was chosen before."""
        if chosen and self.allows(chosen):
            return chosen
        return None if self.allows(usual) else self.models_allowed[0]


async def rules_of(database: Database, tenant_id: uuid.UUID) -> Rules:
    """Return the rules of a company."""
    row = (await database.rows(RULES, {"tenant_id": tenant_id}))[0]
    return Rules(tuple(row.models_allowed), row.extension or "", msgspec.convert(row.tool_policies, dict[str, Policy]))


async def check_options(database: Database, actor: Actor, options: Mapping[str, Any]) -> None:
    """Raise `Invalid` for an effort that does not exist or a model that the actor's company does not allow.

    Without a choice the usual ones answer, which is always right.
    """
    effort, model = options.get("reasoning_effort"), options.get("model")
    if effort and effort not in EFFORTS:
        message = N_("%(effort)s is not a reasoning effort. There are: %(known)s.")
        raise Invalid(message, details={"reasoningEffort": "unknown"}, effort=effort, known=", ".join(EFFORTS))
    if not model:
        return
    rules = await rules_of(database, actor.tenant_id)
    if not rules.allows(model):
        message = N_("Your company does not allow the model %(model)s. Allowed: %(allowed)s.")
        raise Invalid(message, details={"model": "not allowed"}, model=model, allowed=", ".join(rules.models_allowed))
