"""Draw a chart of a stored result: the model names columns, the figures never pass it."""

import asyncio
import uuid
from typing import Annotated, Any

import msgspec

from app.agent.tool import NewArtifact, Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.stored_result import reads_of, stored_result
from app.data.charts.chart import draw
from app.data.charts.spec import SHARES, ChartError, ChartSpec, ChartType
from app.data.results import columns_from, rows_from
from app.database import new_id

Name = Annotated[str, msgspec.Meta(max_length=200)]

HINT = (
    "Correct the arguments and call draw_chart again: x is what the message calls “Categories or times”, y “Figures”, "
    "series “Split by” and size “Size of the bubbles”."
)


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which result to draw, and which columns stand for what."""

    result_id: Annotated[uuid.UUID, msgspec.Meta(description="The result_id that sql_execute returned.")]
    type: ChartType
    x: Annotated[
        Name, msgspec.Meta(description="Column of the categories or times; numbers or dates for scatter and bubble.")
    ] = ""
    y: Annotated[
        list[Name] | Name, msgspec.Meta(description="Column or columns of the figures; for a heatmap the column of its rows.")
    ] = ""
    series: Annotated[Name, msgspec.Meta(description="Column that splits one column of figures into series.")] = ""
    size: Annotated[Name, msgspec.Meta(description="Column of the bubbles' size.")] = ""
    label: Annotated[
        Name,
        msgspec.Meta(
            description="Column that names the parts of a pie and its like, or the points of a scatter or bubble chart."
        ),
    ] = ""
    value: Annotated[Name, msgspec.Meta(description="Column of the figures of such parts, or of a heatmap's cells.")] = ""
    stacked: bool = False
    horizontal: Annotated[bool, msgspec.Meta(description="Horizontal bars: for long names and rankings.")] = False
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return a chart artifact that refers to the result; raises `ToolError` where it cannot be drawn."""
    result = await stored_result(context, arguments.result_id)
    spec = spec_of(arguments)
    try:
        drawn = await asyncio.to_thread(_drawn, spec, result.details, result.content, context.locale)
    except ChartError as error:
        raise ToolError(error.reason, str(error), HINT) from error
    details = {"result_id": str(result.id), "title": spec.title, "spec": msgspec.to_builtins(spec)}
    chart = NewArtifact(new_id(), "chart", drawn["title"], details)
    content = {"artifact_id": str(chart.id), "shown": True, "description": drawn["description"], "notes": drawn["notes"]}
    shown = {"artifact_id": str(chart.id), "result_id": str(result.id), "reads": reads_of(result)}
    return ToolOutcome(content, details=shown, artifacts=(chart,))


def spec_of(arguments: Arguments) -> ChartSpec:
    """Return the chart that is meant, however its columns were given: parts by x and y as well as by label and value."""
    figures = [arguments.y] if isinstance(arguments.y, str) else arguments.y
    figures = [name for name in figures if name]
    x, series, label = arguments.x, arguments.series, arguments.label
    if arguments.type in SHARES:
        x, label = x or label, ""
    if arguments.value:
        if arguments.type == "heatmap":
            series = series or "".join(figures[:1])
        figures = [arguments.value]
    return ChartSpec(
        type=arguments.type, x=x, y=tuple(figures), series=series, size=arguments.size, label=label,
        stacked=arguments.stacked, horizontal=arguments.horizontal, title=arguments.title.strip(),
    )  # fmt: skip


def _drawn(spec: ChartSpec, details: dict[str, Any], content: bytes | None, locale: str) -> dict[str, Any]:
    return draw(spec, columns_from(details), rows_from(details, content or b"[]"), locale)


DRAW_CHART = Tool(
    "draw_chart",
    "Show a stored result to the person as a chart: name its columns, never retype figures. line and area for times, bar for "
    "categories, pie and donut for a few parts of a whole, scatter and bubble for two or three figures against each other.",
    Arguments,
    run,
)
