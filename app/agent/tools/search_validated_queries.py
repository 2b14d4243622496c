"""Find statements that someone has checked for questions like this one."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec

from app.agent.tool import Tool, ToolContext, ToolOutcome
from app.knowledge.validated_queries import ValidatedQueries

CLOSEST = 3


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
    return await asyncio.to_thread(_search, context.knowledge, arguments, arguments.locale or context.locale)


def _search(knowledge: ValidatedQueries, arguments: Arguments, locale: str) -> ToolOutcome:
    matches = knowledge.search(arguments.question, locale=locale, limit=arguments.limit)
    content: dict[str, Any] = {"matches": [match.as_dict(locale) for match in matches]}
    open_words = knowledge.open_words(arguments.question)
    content |= {f"{kind}_words": found for kind, found in msgspec.structs.asdict(open_words).items() if found}
    content["closest_questions"] = knowledge.closest(arguments.question, locale, CLOSEST)
    return ToolOutcome(content, details={"facts": [match.query.titles[locale] for match in matches[:3]]})


SEARCH_VALIDATED_QUERIES = Tool(
    "search_validated_queries",
    "Find validated queries: statements checked by people for questions like this one, with parameters to bind. Prefer one that "
    "fits over SQL of your own; `score` (0 to 1) says how well it fits, `unmatched` which words of the question it ignores.",
    Arguments,
    run,
)
