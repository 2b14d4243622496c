"""Find the result of a query by the id that a model was given, for the tools that show it or take it away."""

import uuid

from app.agent.tool import ToolContext, ToolError
from app.errors import NotFound
from app.files.models import Artifact

HINT = "Use a result_id that sql_execute returned in this conversation."


async def stored_result(context: ToolContext, result_id: uuid.UUID) -> Artifact:
    """Return the result with its rows; raises `ToolError` (`not_found`) for what is none of this conversation."""
    try:
        result = await context.artifacts.find(result_id)
    except NotFound as error:
        raise ToolError("not_found", f"there is no result {result_id}", HINT) from error
    if result.kind != "result":
        raise ToolError("not_found", f"{result_id} is not the result of a query", HINT)
    return result
