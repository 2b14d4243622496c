"""What a company decides about each of the analyst's tools: to be used freely, after asking, or never."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent import hosted
from app.agent.approvals import Policy, usual
from app.agent.tool import Tool
from app.agent.work import ASK
from app.audit.record import record
from app.chat.company_rules import rules_of
from app.chat.sentences import purpose
from app.database import Database
from app.errors import N_, Invalid
from app.identity import tenants
from app.identity.actor import Actor

NEEDED = frozenset({ASK, "final_answer"})
"""Tools without which there is no answer: nothing is decided about them."""


class Chosen(msgspec.Struct, frozen=True):
    """A tool and what holds for it."""

    tool: str
    policy: Policy
    is_sensitive: bool

    @property
    def purpose(self) -> str:
        """Return the English msgid of what it is for."""
        return purpose(self.tool)

    @property
    def can_ask(self) -> bool:
        """Tell whether a person can be asked before it is used: what the provider runs has run by then."""
        return self.tool not in hosted.TOOLS


async def listed(database: Database, actor: Actor, tools: Mapping[str, Tool]) -> Sequence[Chosen]:
    """Return what holds for each tool in the actor's company."""
    policies = (await rules_of(database, actor.tenant_id)).tool_policies
    return [
        Chosen(tool.name, policies.get(tool.name, usual(tool)), tool.is_sensitive) for tool in tools.values() if _may_vary(tool)
    ]


async def change(database: Database, actor: Actor, tools: Mapping[str, Tool], wanted: Mapping[str, str]) -> None:
    """Decide about the tools in `wanted`, others stay as they are; raises `Invalid` with the tool's name in `details`."""
    chosen = {name: _policy(tools, name, policy) for name, policy in wanted.items()}
    async with database.writing() as db:
        tenant = await tenants.find(db, actor.tenant_id)
        before = dict(tenant.tool_policies)
        holding = {name: before.get(name, usual(tools[name])) for name in chosen}
        changed = {name: policy for name, policy in chosen.items() if policy != holding[name]}
        if not changed:
            return
        tenant.tool_policies = {**before, **{name: str(policy) for name, policy in changed.items()}}
        kept: dict[str, Any] = {"before": {name: str(holding[name]) for name in changed}, "after": {**changed}}
        record(db, actor, "tenant.tools_changed", actor.tenant_id, **kept)


def _may_vary(tool: Tool) -> bool:
    return tool.name not in NEEDED


def _policy(tools: Mapping[str, Tool], name: str, policy: str) -> Policy:
    if name not in tools or not _may_vary(tools[name]):
        raise Invalid(N_("There is no tool %(name)s to decide about."), details={name: "unknown"}, name=name[:100])
    if policy == Policy.ASK and name in hosted.TOOLS:
        raise Invalid(N_("A tool of the model's provider is allowed or never used."), details={name: "cannot ask"})
    try:
        return Policy(policy)
    except ValueError as error:
        raise Invalid(N_("A tool is allowed, asked for or never used."), details={name: "unknown"}) from error
