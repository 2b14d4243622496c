"""Find statements that someone has checked for questions like this one."""

import asyncio
from typing import Annotated, Literal

import msgspec

from app.agent.tool import Tool, ToolContext, ToolOutcome


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked."""

    question: Annotated[
        str,
        msgspec.Meta(
            min_length=1, max_length=2000,
            description="The person's question. A name in it may be replaced by its parameter, as in `revenue of {branch}`.",
        ),
    ]  # fmt: skip
    limit: Annotated[int, msgspec.Meta(ge=1, le=20, description="How many to return.")] = 5
    locale: Annotated[
        Literal["en", "ru", "uz"] | None, msgspec.Meta(description="Language of the titles and answers; by default the reader's.")
    ] = None


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return the queries, best first; the first search reads all of them, so it leaves the thread."""
    locale = arguments.locale or context.locale
    search = context.knowledge.search
    matches = await asyncio.to_thread(search, arguments.question, locale=locale, limit=arguments.limit)
    content = {"matches": [match.as_dict(locale) for match in matches]}
    return ToolOutcome(content, details={"facts": [match.query.name for match in matches]})


SEARCH_VALIDATED_QUERIES = Tool(
    "search_validated_queries",
    "Find validated queries: statements checked by people for questions like this one, with parameters to bind. Prefer one that "
    "fits over SQL of your own; `score` (0 to 1) says how well it fits, `unmatched` which words of the question it ignores.",
    Arguments,
    run,
)
