"""Run a query and give all its rows to the person as a spreadsheet."""

import asyncio
from typing import Annotated, Any

import msgspec

from app.agent.exporting import exports_of, outcome, spreadsheet
from app.agent.tool import NewArtifact, Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.sql_execute import Value
from app.data.errors import QueryError
from app.data.results import details_of, encode_rows
from app.database import new_id
from app.files.models import Artifact
from app.identity.permissions import Permission


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """A query whose rows are wanted as a file."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=50_000, description="One read-only SELECT.")]
    params: Annotated[dict[str, Value] | None, msgspec.Meta(description="Values of the query's :name parameters.")] = None
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Store the result as `sql_execute` does and export it."""
    exports_of(context)
    parameters: dict[str, Any] = dict(arguments.params or {})
    try:
        result = await context.queries.execute(context.actor, arguments.query, parameters, max_rows=context.queries.max_rows)
    except QueryError as error:
        reads = await context.queries.named(context.actor, arguments.query)
        raise ToolError(error.code, error.message, error.hint, arguments.query, reads=reads) from error
    columns = await asyncio.to_thread(context.knowledge.labelled, arguments.query, result.columns)
    result = msgspec.structs.replace(result, columns=columns)
    kept = NewArtifact(new_id(), "result", "", details_of(result), result)
    rows = await asyncio.to_thread(encode_rows, result)
    stored = Artifact(
        id=kept.id, session_id=context.artifacts.session_id, details=kept.details, content=rows
    )  # fmt: skip
    exported = await spreadsheet(context, stored, arguments.title.strip())
    return outcome(exported, kept)


EXPORT_QUERY_TO_EXCEL = Tool(
    "export_query_to_excel",
    "Run one read-only SQL query and give the person all its rows as an Excel file, when they ask for a file with more than "
    "what was shown. Bind values as :name through params.",
    Arguments,
    run,
    Permission.EXPORT,
)
