"""Look up what the company knows about its data and its business."""

from typing import Annotated, Any, Literal

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.knowledge.search import Hit

Kind = Literal["table", "query", "rule", "metric", "definition", "gotcha", "document", "learning"]


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What is looked for."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, description="Words or a question, in any language.")]
    limit: Annotated[int, msgspec.Meta(ge=1, le=20, description="How many to return.")] = 5
    kinds: Annotated[list[Kind], msgspec.Meta(description="Only entries of these kinds; all by default.")] = []


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return entries, best first, with the part of each that says most of what was asked."""
    if context.library is None:
        raise ToolError("failed", "there is no knowledge base here", "Go on without it.")
    hits = await context.library.search(context.actor, arguments.query, limit=arguments.limit, kinds=arguments.kinds)
    return ToolOutcome({"results": [_told(hit) for hit in hits]}, details={"facts": [hit.title for hit in hits[:3]]})


def _told(hit: Hit) -> dict[str, Any]:
    told = {"kind": hit.kind, "name": hit.name, "title": hit.title, "excerpt": hit.excerpt, "score": hit.score}
    return told | ({"sql": hit.sql} if hit.sql else {})


KB_SEARCH = Tool(
    "kb_search",
    "Search the company's knowledge: descriptions of tables, business rules, definitions of metrics and terms, what to beware "
    "of, validated queries and documents. Look here when a word of the question may mean something particular to the company.",
    Arguments,
    run,
)
