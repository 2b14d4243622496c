"""Pies, donuts, polar areas, radial bars and treemaps: parts by size."""

from decimal import Decimal
from typing import Any

from app.data.charts.options.drawing import Drawing, Option, number
from app.data.charts.pivot import Figure, Pivot, Series, pivot
from app.data.charts.spec import MAX_SERIES, MAX_SLICES, ChartError, Named
from app.data.results import Column
from app.errors import N_


def pie(drawing: Drawing) -> Option:
    """Return the option of a pie, a donut or a polar area chart."""
    kind = drawing.chosen.spec.type
    radius: Any = {"donut": ["48%", "72%"], "polar_area": ["8%", "76%"]}.get(kind, "72%")
    series: Option = {
        "type": "pie",
        "radius": radius,
        "data": _parts(drawing, most=MAX_SLICES if kind != "polar_area" else None),
        "format": drawing.format(drawing.chosen.y[0].column),
        "label": {"show": True},
    }
    if kind == "polar_area":
        series["roseType"] = "area"
    return {"series": [series]}


def radial_bar(drawing: Drawing) -> Option:
    """Return the option of bars bent around a centre, the first part outside."""
    parts = _parts(drawing, most=None)[::-1]
    column = drawing.chosen.y[0].column
    largest = max(part["value"] or 0 for part in parts)
    return {
        "polar": {"radius": ["18%", "88%"]},
        "angleAxis": {"type": "value", "max": largest * 4 / 3, "startAngle": 90, "format": drawing.format(column), "quiet": True},
        "radiusAxis": {"type": "category", "data": [part["name"] for part in parts]},
        "series": [
            {
                "type": "bar", "coordinateSystem": "polar", "data": [part["value"] for part in parts], "roundCap": True,
                "barMaxWidth": 26, "name": drawing.wording.label(drawing.chosen.y[0]), "format": drawing.format(column),
            }
        ],
    }  # fmt: skip


def treemap(drawing: Drawing) -> Option:
    """Return the option of a treemap: one level, or two where a series groups the parts."""
    table = _summed(drawing)
    names = drawing.wording.places(table, drawing.chosen.x)
    if drawing.chosen.series:
        data = [
            {"name": drawing.wording.series(series, drawing.chosen), "children": _leaves(names, series)}
            for series in table.series
        ]
    else:
        data = _leaves(names, table.series[0])
    column = drawing.chosen.y[0].column
    is_grouped = drawing.chosen.series is not None
    return {"series": [{"type": "treemap", "data": data, "format": drawing.format(column), "grouped": is_grouped}]}


def _summed(drawing: Drawing) -> Pivot:
    table = pivot(drawing.chosen)
    if table.is_summed:
        drawing.note(N_("Rows with the same category or time are added up."))
    return table


def _leaves(names: list[str], series: Series) -> list[Option]:
    return [{"name": name, "value": number(cell)} for name, cell in zip(names, series.cells, strict=True) if cell]


def _parts(drawing: Drawing, *, most: int | None) -> list[Option]:
    """Return the parts, beyond `most` the smallest ones as one; without it there may be 20."""
    table = _summed(drawing)
    named: list[tuple[str, Figure]] = [
        (name, cell)
        for name, cell in zip(drawing.wording.places(table, drawing.chosen.x), table.series[0].cells, strict=True)
        if cell is not None
    ]
    if most is None and len(named) > MAX_SERIES:
        raise ChartError(
            "too_many_rows",
            N_("The chart would have %(parts)s parts; at most %(most)s can be told apart. Draw a bar chart."),
            parts=len(named),
            most=MAX_SERIES,
        )
    if most is not None and len(named) > most:
        _check_additive(drawing.chosen.y[0].column, most)
        ranked = sorted(range(len(named)), key=lambda number: -named[number][1])
        shown, rest = sorted(ranked[: most - 1]), ranked[most - 1 :]
        others = sum((named[number][1] for number in rest), Decimal())
        # Translators: the small parts of a pie taken together, with their number.
        other = drawing.wording.texts.gettext("Other (%(count)s)", count=len(rest))
        _check_others(others, sum((cell for _, cell in named), Decimal()), len(rest), len(named))
        parts = [{"name": named[place][0], "value": number(named[place][1])} for place in shown]
        return [*parts, {"name": other, "value": number(others), "other": True}]
    return [{"name": name, "value": number(cell)} for name, cell in named]


def _check_additive(column: Column, most: int) -> None:
    if not column.is_additive and column.unit != "percent":
        raise ChartError(
            "too_many_rows",
            N_(
                "A pie shows at most %(most)s parts, and averages, shares and the like cannot be taken together as one: "
                "%(name)s. Draw a bar chart, or ask for fewer parts."
            ),
            most=most,
            name=Named((column,)),
        )


def _check_others(others: Figure, total: Figure, rest: int, parts: int) -> None:
    if 2 * others > total:
        raise ChartError(
            "too_many_rows",
            N_(
                "Of %(parts)s parts the %(rest)s smallest together would fill more than half of the chart. "
                "Draw a bar chart or a treemap, or ask for fewer parts."
            ),
            parts=parts,
            rest=rest,
        )
