"""Scatter and bubble charts: a point for each row."""

import math
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from app.data.charts.checking import figure
from app.data.charts.options.cartesian import position, scale_axis
from app.data.charts.options.drawing import Drawing, Option, number, value_axis
from app.data.charts.pivot import Pivot, read_keys
from app.data.charts.spec import MAX_SERIES, ChartError, Chosen, Place
from app.errors import N_

SMALLEST, LARGEST = 8, 44
"""Diameters of bubbles in pixels; their areas stand for the figures."""


def plot(drawing: Drawing) -> Option:
    """Return the option of a scatter or bubble chart; rows without a figure have no point."""
    chosen = drawing.chosen
    kind, keys = read_keys(chosen.x, drawing.chosen.rows)
    kind = "number" if kind == "year" else kind
    groups = _groups(chosen, keys, drawing)
    if sum(map(len, groups.values())) < len(drawing.chosen.rows) * len(chosen.y):
        drawing.note(N_("Rows without a value are left out."))
    figures = [value for points in groups.values() for value in (figure(point["y"]) for point in points) if value is not None]
    across = value_axis(drawing, chosen.y[0], figures, from_zero=False)
    along = scale_axis(drawing, Pivot(kind, keys, [], is_summed=False))
    largest = _largest(chosen.size, drawing.chosen.rows)
    series = [_cloud(drawing, name, points, largest) for name, points in groups.items()]
    return {"xAxis": [along], "yAxis": [across], "series": series}


def _groups(chosen: Chosen, keys: Sequence[Any], drawing: Drawing) -> dict[Hashable, list[dict[str, Any]]]:
    groups: dict[Hashable, list[dict[str, Any]]] = {}
    for row, key in zip(drawing.chosen.rows, keys, strict=True):
        size = figure(row[chosen.size.index]) if chosen.size else 0
        for place in chosen.y:
            value = figure(row[place.index])
            name = (
                drawing.wording.value(row[chosen.series.index], chosen.series.column)
                if chosen.series
                else drawing.wording.label(place)
            )
            points = groups.setdefault(name, [])
            if key is not None and value is not None and size is not None:
                points.append({"x": key, "y": value, "size": size, "row": row})
    if len(groups) > MAX_SERIES:
        raise ChartError(
            "too_many_rows",
            N_("The chart would have more than %(most)s series. Choose a column with fewer values, or filter in the query."),
            most=MAX_SERIES,
        )
    return groups


def _largest(size: Place | None, rows: Sequence[Sequence[Any]]) -> Decimal | int:
    return max((figure(row[size.index]) or 0 for row in rows), default=0) if size else 0


def _cloud(drawing: Drawing, name: Hashable, points: Sequence[dict[str, Any]], largest: Decimal | int) -> Option:
    return {
        "type": "scatter",
        "name": str(name),
        "data": [_point(drawing, point, largest) for point in points],
        "symbolSize": 9,
    }


def _point(drawing: Drawing, point: dict[str, Any], largest: Decimal | int) -> Option:
    chosen, wording = drawing.chosen, drawing.wording
    told = [chosen.x, *chosen.y, *([chosen.size] if chosen.size else [])]
    lines = [f"{wording.label(place)}: {wording.value(point['row'][place.index], place.column)}" for place in told]
    named = chosen.label or chosen.series
    drawn: Option = {
        "name": wording.value(point["row"][named.index], named.column) if named else "",
        "value": [position(point["x"]), number(point["y"])],
        "told": lines,
    }
    if chosen.size and largest:
        share = math.sqrt(float(point["size"] / Decimal(largest)))
        drawn["symbolSize"] = round(SMALLEST + (LARGEST - SMALLEST) * share, 1)
    return drawn
