"""Run the model's SQL on the business database and keep the whole result."""

import asyncio
from typing import Annotated, Any

import msgspec

from app.agent.tool import NewArtifact, Tool, ToolContext, ToolError, ToolOutcome
from app.data.errors import QueryError
from app.data.results import Column, QueryResult, details_of, plain_rows
from app.database import new_id

PREVIEW_ROWS = 10
LONGEST_CELL, SHORTEST_CELL = 2_000, 20
MOST_CHARACTERS = 100_000
"""What the model is shown of a result, however many rows it asks for: a few long texts would fill what it can read."""
Value = str | int | float | bool | None


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """A query and how much of its result to show."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=50_000, description="One read-only SELECT.")]
    params: Annotated[
        dict[str, Value] | None,
        msgspec.Meta(description="Values of the query's :name parameters. Put every value that people named here."),
    ] = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many rows to show you; more are stored.")] = 25
    explain_plan: Annotated[bool, msgspec.Meta(description="Return the database's plan instead of rows.")] = False


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return the first rows to the model; the result itself is stored for tables, charts and exports."""
    parameters: dict[str, Any] = dict(arguments.params or {})
    try:
        if arguments.explain_plan:
            return await _plan(context, arguments.query, parameters)
        result = await context.queries.execute(context.actor, arguments.query, parameters, max_rows=context.queries.max_rows)
    except QueryError as error:
        reads = await context.queries.named(context.actor, arguments.query)
        raise ToolError(error.code, error.message, error.hint, arguments.query, reads=reads) from error
    columns = await asyncio.to_thread(context.knowledge.labelled, arguments.query, result.columns)
    outcome = _outcome(msgspec.structs.replace(result, columns=columns), arguments.limit, context.locale)
    verified = await asyncio.to_thread(context.knowledge.verified, arguments.query, context.queries.dialect)
    if verified is None:
        return outcome
    return msgspec.structs.replace(outcome, details={**outcome.details, "verified": verified.titles[context.locale]})


async def _plan(context: ToolContext, query: str, parameters: dict[str, Any]) -> ToolOutcome:
    lines = await context.queries.explain(context.actor, query, parameters)
    reads = list(await context.queries.named(context.actor, query))
    return ToolOutcome({"plan": lines}, details={"sql": query, "params": parameters, "plan": lines, "reads": reads})


def _outcome(result: QueryResult, limit: int, locale: str) -> ToolOutcome:
    artifact = NewArtifact(new_id(), "result", "", details_of(result), result)
    rows, is_cut = _fitting(plain_rows(result.rows[: max(limit, PREVIEW_ROWS)]))
    facts = {"row_count": len(result.rows), "truncated": result.truncated}
    content: dict[str, Any] = {
        "result_id": str(artifact.id),
        "columns": [_described(column, locale) for column in result.columns],
        "rows": rows[:limit],
        **facts,
        "duration_ms": round(result.duration_ms, 1),
    }
    if is_cut:
        content["note"] = f"Long texts end in … and {len(content['rows'])} rows are shown, so that they fit; all is stored."
    details = {
        "sql": result.sql,
        "params": result.parameters,
        "columns": artifact.details["columns"],
        "tables": list(result.asked.tables) if result.asked else [],
        "rows": rows[:PREVIEW_ROWS],
        "reads": list(result.asked.tables) if result.asked else [],
        **facts,
    }
    return ToolOutcome(content, details=details, artifacts=(artifact,))


def _fitting(rows: list[list[Any]]) -> tuple[list[list[Any]], bool]:
    """Return as many rows as the model should read, long cells cut, and whether anything was left out."""
    longest = max(SHORTEST_CELL, min(LONGEST_CELL, MOST_CHARACTERS // max(len(rows[0]), 1))) if rows else 0
    shown: list[list[Any]] = []
    left = MOST_CHARACTERS
    for row in rows:
        short = [_short(cell, longest) for cell in row]
        left -= sum(len(str(cell)) for cell in short)
        if left < 0 and shown:
            break
        shown.append(short)
    return shown, shown != rows


def _short(cell: Any, longest: int) -> Any:
    text = msgspec.json.encode(cell).decode() if isinstance(cell, list | dict) else cell
    return f"{text[:longest]}…" if isinstance(text, str) and len(text) > longest else cell


def _described(column: Column, locale: str) -> dict[str, str]:
    """Return what the model must know of a column; its label only where there is one, in the reader's language."""
    known = {"name": column.name, "type": column.type, "unit": column.unit, "currency": column.currency}
    return {name: value for name, value in (known | {"label": column.labels.get(locale)}).items() if value is not None}


SQL_EXECUTE = Tool(
    "sql_execute",
    "Run one read-only SQL query on the business database. Returns a result_id, the columns and the first `limit` rows; the "
    "whole result, up to the row cap, is stored under result_id for render_table. Bind values as :name through params.",
    Arguments,
    run,
)
