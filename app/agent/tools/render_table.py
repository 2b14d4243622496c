"""Show a stored result to the person as a table."""

import uuid
from typing import Annotated

import msgspec

from app.agent.tool import NewArtifact, Tool, ToolContext, ToolOutcome
from app.agent.tools.stored_result import reads_of, stored_result
from app.database import new_id


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which result to show."""

    result_id: Annotated[uuid.UUID, msgspec.Meta(description="The result_id that sql_execute returned.")]
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return a table artifact that refers to the result: the rows are stored once and never pass the model again."""
    result = await stored_result(context, arguments.result_id)
    title = arguments.title.strip()
    table = NewArtifact(new_id(), "table", title, {"result_id": str(result.id), "title": title})
    row_count = result.details.get("row_count")
    content = {"artifact_id": str(table.id), "shown": True, "row_count": row_count}
    shown = {"artifact_id": str(table.id), "result_id": str(result.id), "reads": reads_of(result)}
    return ToolOutcome(content, details=shown, artifacts=(table,))


RENDER_TABLE = Tool(
    "render_table",
    "Show a stored result to the person as a table they can read and sort. Use it instead of writing rows into the answer.",
    Arguments,
    run,
)
