"""Show a stored result to the person as a table."""

import uuid
from typing import Annotated

import msgspec

from app.agent.tool import NewArtifact, Tool, ToolContext, ToolError, ToolOutcome
from app.database import new_id
from app.errors import NotFound


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which result to show."""

    result_id: Annotated[uuid.UUID, msgspec.Meta(description="The result_id that sql_execute returned.")]
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return a table artifact that refers to the result: the rows are stored once and never pass the model again."""
    try:
        result = await context.artifacts.find(arguments.result_id)
    except NotFound as error:
        hint = "Use a result_id that sql_execute returned in this conversation."
        raise ToolError("not_found", f"there is no result {arguments.result_id}", hint) from error
    if result.kind != "result":
        raise ToolError("not_found", f"{arguments.result_id} is not the result of a query", "Use the result_id of sql_execute.")
    title = arguments.title.strip()
    table = NewArtifact(new_id(), "table", title, {"result_id": str(result.id), "title": title})
    row_count = result.details.get("row_count")
    content = {"artifact_id": str(table.id), "shown": True, "row_count": row_count}
    return ToolOutcome(content, details={"artifact_id": str(table.id), "result_id": str(result.id)}, artifacts=(table,))


RENDER_TABLE = Tool(
    "render_table",
    "Show a stored result to the person as a table they can read and sort. Use it instead of writing rows into the answer.",
    Arguments,
    run,
)
