"""Propose a lesson, for managers to approve."""

from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.errors import Invalid
from app.knowledge.proposals import Category


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What was learned."""

    category: Annotated[Category, msgspec.Meta(description="What it was learned from.")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="A few words.")]
    learning: Annotated[str, msgspec.Meta(min_length=1, max_length=4000, description="What to do, or to mind, the next time.")]
    tables: Annotated[list[str], msgspec.Meta(max_length=20, description="The tables that it is about.")] = []


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return what became of the proposal."""
    if context.library is None:
        raise ToolError("failed", "there is no knowledge base here", "Go on without it.")
    try:
        saved = await context.library.save_learning(
            context.actor, category=arguments.category, title=arguments.title, text=arguments.learning, tables=arguments.tables
        )
    except Invalid as error:
        raise ToolError("invalid_arguments", str(error), "Say what was learned.") from error
    return ToolOutcome({"name": saved.name, "status": saved.status, "uses": saved.uses}, details={"facts": [arguments.title]})


SAVE_LEARNING = Tool(
    "save_learning",
    "Keep a lesson: the cause of an SQL error that you mended, a type that was not what it seemed, a person's correction, or a "
    "business rule that they told you. It holds for this person at once, for others when a manager approves it.",
    Arguments,
    run,
)
