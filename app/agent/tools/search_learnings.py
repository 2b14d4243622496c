"""Look up what was learned before."""

from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.knowledge.proposals import Category


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What is looked for."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, description="The question, the tables or the error.")]
    limit: Annotated[int, msgspec.Meta(ge=1, le=20, description="How many to return.")] = 5
    category: Annotated[Category | None, msgspec.Meta(description="Only lessons of this kind.")] = None


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return lessons, best first: those approved, and the person's own."""
    if context.library is None:
        raise ToolError("failed", "there is no knowledge base here", "Go on without it.")
    found = await context.library.learnings(
        context.actor, arguments.query, limit=arguments.limit, category=arguments.category or ""
    )
    told = [
        {
            "category": hit.details.get("category", ""), "title": hit.title, "learning": hit.text,
            "tables": hit.details.get("tables", []), "status": hit.status,
        }
        for hit in found
    ]  # fmt: skip
    return ToolOutcome({"results": told}, details={"facts": [hit.title for hit in found[:3]]})


SEARCH_LEARNINGS = Tool(
    "search_learnings",
    "Search lessons from earlier questions: errors and their causes, types of columns, people's corrections, rules. Look "
    "here before you write SQL of your own, and after an error.",
    Arguments,
    run,
)
