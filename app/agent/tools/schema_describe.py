"""Describe tables to the model, side by side."""

import asyncio
from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.data.catalogue import Table
from app.data.errors import QueryError

MOST_TABLES = 64


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """The tables to describe."""

    tables: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=200)]],
        msgspec.Meta(min_length=1, max_length=MOST_TABLES, description="Names as schema_list gives them, 1 to 64."),
    ]


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return columns, types, keys, sizes, descriptions and sample values; unknown names are listed beside the known ones."""
    names = list(dict.fromkeys(arguments.tables))
    found = await asyncio.gather(*(_describe(context, name) for name in names))
    tables = [table for table in found if isinstance(table, Table)]
    errors = [error for error in found if isinstance(error, QueryError)]
    if not tables:
        known = ", ".join(table.name for table in await context.queries.tables(context.actor))
        raise ToolError(errors[0].code, "; ".join(error.message for error in errors), f"There are these tables: {known}.")
    content = {"tables": [msgspec.to_builtins(table) for table in tables]}
    if errors:
        content["not_found"] = [error.message for error in errors]
    return ToolOutcome(content, details={"tables": [table.name for table in tables]})


async def _describe(context: ToolContext, name: str) -> Table | QueryError:
    try:
        return await context.queries.describe(context.actor, name)
    except QueryError as error:
        if error.code != "unknown_table":
            raise ToolError(error.code, error.message, error.hint) from error
        return error


SCHEMA_DESCRIBE = Tool(
    "schema_describe",
    "Describe 1 to 64 tables: columns with types, keys, units, currencies and descriptions, row counts, what to mind, and all "
    "values of text columns that have few. Describe every table before querying it.",
    Arguments,
    run,
)
