"""Tell the model which tables there are."""

from typing import Any

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.data.errors import QueryError


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Takes nothing."""


async def run(context: ToolContext, _arguments: Arguments) -> ToolOutcome:
    """Return the tables and views within the actor's reach."""
    try:
        tables = await context.queries.tables(context.actor)
    except QueryError as error:
        raise ToolError(error.code, error.message, error.hint) from error
    listed: list[dict[str, Any]] = [
        {
            "name": table.name,
            "kind": table.kind,
            "description": table.description,
            "row_estimate": table.row_estimate,
            "columns": [column.name for column in table.columns],
        }
        for table in tables
    ]
    return ToolOutcome(
        {"dialect": context.queries.dialect, "tables": listed}, details={"tables": [table.name for table in tables]}
    )


SCHEMA_LIST = Tool(
    "schema_list",
    "List the tables and views of the business database that may be read, with their purpose, size and column names.",
    Arguments,
    run,
)
