"""Give a task to another agent. The loop runs the agent; what it did comes back as the result of the call."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome

TASK = "task"


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Who is given what to do."""

    agent: Annotated[str, msgspec.Meta(max_length=64, description="The agent's name.")]
    instructions: Annotated[
        str,
        msgspec.Meta(
            min_length=1, max_length=20_000,
            description="The whole task: of the conversation the agent knows nothing but this and the stored results.",
        ),
    ]  # fmt: skip


async def run(_context: ToolContext, _arguments: Arguments) -> ToolOutcome:
    """Refuse: an agent's work is more than an outcome."""
    raise ToolError("failed", "there is nobody to give the task to", "Do it yourself.")


def task(agents: Mapping[str, str]) -> Tool:
    """Return the tool for agents, given as descriptions by name."""
    told = "\n".join(f"- {name}: {description}" for name, description in agents.items())
    description = (
        "Give a part of hard work to another agent, which works on it by itself with tools of its own. Tasks that do not need "
        "each other's results are given in one step and are worked on side by side. What you can do in one or two calls, do "
        "yourself. It returns a summary and the ids of the results that it stored. An agent cannot ask people: where it "
        f"says that something is missing, you ask. Agents:\n{told}"
    )
    return Tool(TASK, description, Arguments, run, delegates=True)


def told(arguments: str) -> Arguments | None:
    """Return what the arguments of a call say, None where they are none."""
    try:
        return msgspec.json.decode(arguments, type=Arguments)
    except (msgspec.DecodeError, UnicodeError):
        return None
