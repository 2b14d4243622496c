"""Find the result of a query by the id that a model was given, for the tools that show it or take it away."""

import uuid

from app.agent.tool import ToolContext, ToolError
from app.data.reach import holds_result, reach_of
from app.data.results import asked_from
from app.errors import NotFound
from app.files.models import Artifact

NOT_ANY_MORE = "Tell the person that an administrator keeps these tables from their role."
HINT = "Use a result_id that sql_execute returned in this conversation."


async def stored_result(context: ToolContext, result_id: uuid.UUID) -> Artifact:
    """Return the result with its rows.

    Raises `ToolError`: `not_found` for what is none of this conversation, `permission_denied` where the person may not
    read its tables any more.
    """
    try:
        result = await context.artifacts.find(result_id)
    except NotFound as error:
        raise ToolError("not_found", f"there is no result {result_id}", HINT) from error
    if result.kind != "result":
        raise ToolError("not_found", f"{result_id} is not the result of a query", HINT)
    if not holds_result(await reach_of(context.queries.catalogue, context.actor, is_own=context.is_own), result.details):
        raise ToolError("permission_denied", "the person may not read the tables of this result any more", NOT_ANY_MORE)
    return result


def reads_of(result: Artifact) -> list[str]:
    """Return the tables that a result was read from, for what pages show of a call."""
    asked = asked_from(result.details)
    return list(asked.tables) if asked else []
