"""The answer itself. The loop streams it as text while it is written, so that running the tool has nothing left to do."""

from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolOutcome


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """The text of the answer."""

    answer: Annotated[str, msgspec.Meta(description="The whole answer as Markdown, in the language of the question.")]


async def run(_context: ToolContext, _arguments: Arguments) -> ToolOutcome:
    """Accept the answer."""
    return ToolOutcome({"ok": True})


FINAL_ANSWER = Tool(
    "final_answer",
    "Give the final answer to the person. It ends your work on the question, so call it last and alone.",
    Arguments,
    run,
)
