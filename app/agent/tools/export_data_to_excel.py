"""Give a stored result to the person as a spreadsheet."""

import uuid
from typing import Annotated

import msgspec

from app.agent.exporting import outcome, spreadsheet
from app.agent.tool import Tool, ToolContext, ToolOutcome
from app.agent.tools.stored_result import stored_result
from app.identity.permissions import Permission


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which result to export."""

    result_id: Annotated[uuid.UUID, msgspec.Meta(description="The result_id that sql_execute returned.")]
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return an export artifact; rows beyond what was stored are asked for again, none passes the model."""
    result = await stored_result(context, arguments.result_id)
    return outcome(await spreadsheet(context, result, arguments.title.strip()))


EXPORT_DATA_TO_EXCEL = Tool(
    "export_data_to_excel",
    "Give the person a stored result as an Excel file, when they ask for a file. All its rows are exported, also those that "
    "were beyond the row cap of sql_execute.",
    Arguments,
    run,
    Permission.EXPORT,
)
