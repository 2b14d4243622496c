"""Propose a query that was right, for managers to approve."""

from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.sql_execute import Value
from app.errors import Invalid
from app.knowledge.proposals import Proposal


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """A statement and what it answers."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="How people ask for it, in their language.")]
    query: Annotated[str, msgspec.Meta(min_length=1, max_length=50_000, description="The SELECT, as it ran.")]
    params: Annotated[dict[str, Value] | None, msgspec.Meta(description="The values that it ran with.")] = None
    title: Annotated[str, msgspec.Meta(max_length=200, description="A few words for a list.")] = ""
    description: Annotated[str, msgspec.Meta(max_length=2000, description="What it counts, and what it leaves out.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return what became of the proposal."""
    if context.library is None:
        raise ToolError("failed", "there is no knowledge base here", "Go on without it.")
    new = Proposal(arguments.question, arguments.query, arguments.params or {}, arguments.title, arguments.description)
    try:
        saved = await context.library.save_query(context.queries, context.actor, new)
    except Invalid as error:
        raise ToolError("invalid_arguments", str(error), "Save only a statement that has run as it is.") from error
    content = {"name": saved.name, "status": saved.status, "uses": saved.uses, "is_new": saved.is_new}
    reads = await context.queries.named(context.actor, arguments.query)
    return ToolOutcome(content, details={"facts": [saved.name], "reads": list(reads)})


SAVE_VALIDATED_QUERY = Tool(
    "save_validated_query",
    "Propose to keep a query that answered a question rightly, when the person says so or asks you to. The same statement is "
    "counted, not kept twice. A manager approves it before anybody relies on it.",
    Arguments,
    run,
)
