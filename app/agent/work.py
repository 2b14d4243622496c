"""What a run of an agent is given."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.agent.approvals import Approvals
from app.agent.context.compiling import Compiled, Window
from app.agent.model import Model, ModelMessage
from app.agent.tool import Tool, ToolContext
from app.data.ledger import Ledger

ASK = "ask_user_question"


class SubAgent(msgspec.Struct, frozen=True):
    """An agent that may be given tasks; no `model_name` means the provider's configured one."""

    name: str
    system: str
    tools: Mapping[str, Tool]
    max_iterations: int
    model_name: str | None = None


class Begun(msgspec.Struct, frozen=True):
    """What is committed of a task: the agent's steps, whether the last was its answer, and what is shown of its calls."""

    steps: Sequence[ModelMessage] = ()
    is_answered: bool = False
    shown: Sequence[Mapping[str, Any]] = ()


class Work(msgspec.Struct, frozen=True):
    """All that a run of the agent needs.

    `history` ends with the question; `steps` are the committed messages of this run, with `is_answered` telling that the
    last assistant message among them was the answer. `tool_timeout` is in seconds. `ledger` takes what tools begin on the
    business database. `run_key` makes ids of calls unique in the session. `window` is what the model can read at once; `told`
    hears how each of its calls was made to fit. No model outside `models_allowed` may stand in for the one that is asked,
    unless there are none. `approvals` says which tools may be used, `hosted` which of the provider's own; `cache_key` is what
    its requests have in common for the provider's cache. `agents` may be given tasks; `begun` is what was committed of these,
    by the id of the call, which is `task_call_id` where the work itself is such a task.
    """

    agent_name: str
    model: Model
    system: str
    history: Sequence[ModelMessage]
    steps: Sequence[ModelMessage]
    is_answered: bool
    tools: Mapping[str, Tool]
    context: ToolContext
    max_iterations: int
    tool_timeout: float
    model_name: str | None = None
    reasoning_effort: str | None = None
    models_allowed: tuple[str, ...] = ()
    hosted: tuple[str, ...] = ()
    cache_key: str | None = None
    run_key: str = "s"
    is_debugged: bool = False
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    window: Window = Window()
    told: Callable[[Compiled], None] = lambda _compiled: None
    approvals: Approvals = Approvals()
    task_call_id: str = ""
    agents: Mapping[str, SubAgent] = {}
    begun: Mapping[str, Begun] = {}

    @property
    def can_ask(self) -> bool:
        """Tell whether the agent may put questions to the person."""
        return ASK in self.tools

    @property
    def offered(self) -> list[Tool]:
        """Return the tools that the model hears of."""
        may = self.approvals.offers
        return [tool for tool in self.tools.values() if tool.allows(self.context.actor) and may(tool, can_ask=self.can_ask)]
