"""Lines, areas and bars: figures over places along an axis."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.data.charts.options.drawing import CROWDED, Drawing, Option, category_axis, is_previous, number, value_axis
from app.data.charts.pivot import Pivot, Series, pivot
from app.data.charts.sampling import kept
from app.data.charts.spec import Place
from app.errors import N_

DAY_MS = 86_400_000
FEW_BARS = 16
FLAT = Decimal("0.3")
"""Lines that vary by less than this share of their height are shown without the zero."""


def cartesian(drawing: Drawing) -> Option:
    """Return the option of a line, area or bar chart."""
    spec = drawing.chosen.spec
    is_bar = spec.type == "bar"
    table = pivot(drawing.chosen, in_order=not is_bar)
    if table.is_summed:
        drawing.note(N_("Rows with the same category or time are added up."))
    on_scale = not is_bar and table.is_scale
    along = scale_axis(drawing, table) if on_scale else category_axis(drawing, table)
    measures = list(dict.fromkeys(place.measure for place in drawing.chosen.y))
    across = [_across(drawing, table, measure) for measure in measures]
    if len(across) > 1:
        across[1] |= {"position": "right", "splitLine": {"show": False}}
    is_lying = is_bar and spec.horizontal
    if is_lying:
        along["inverse"] = True
    drawn = _lines(drawing, table, measures, on_scale=on_scale)
    option: Option = {
        "xAxis": across if is_lying else [along],
        "yAxis": [along] if is_lying else across,
        "series": drawn,
    }
    if is_lying:
        for series in drawn:
            series["xAxisIndex"] = series.pop("yAxisIndex")
    if is_bar and len(table.keys) > CROWDED:
        option["dataZoom"] = [_zoom(is_lying=is_lying, places=len(table.keys))]
    return option


def scale_axis(drawing: Drawing, table: Pivot) -> Option:
    """Return an axis of times or of numbers."""
    name = drawing.wording.label(drawing.chosen.x)
    if table.kind == "number":
        whole = drawing.chosen.x.column.type == "integer"
        format_ = drawing.format(drawing.chosen.x.column)
        return {
            "type": "value",
            "scale": True,
            "name": drawing.wording.name(drawing.chosen.x),
            "format": format_,
            **({"minInterval": 1} if whole else {}),
        }
    drawing.formats[table.kind] = {"kind": table.kind}
    least = {"month": 28 * DAY_MS, "date": DAY_MS}.get(table.kind)
    return {"type": "time", "name": name, "format": table.kind, **({"minInterval": least} if least else {})}


def position(key: Any) -> float | int:
    """Return where a time or a number lies on its axis: milliseconds of the wall clock, taken for UTC, or the number."""
    if isinstance(key, dt.datetime):
        return int(key.replace(tzinfo=dt.UTC).timestamp() * 1000)
    if isinstance(key, dt.date):
        return int(dt.datetime(key.year, key.month, key.day, tzinfo=dt.UTC).timestamp() * 1000)
    return number(key) or 0


def _across(drawing: Drawing, table: Pivot, measure: tuple[str | None, str | None]) -> Option:
    spec = drawing.chosen.spec
    figures = [cell for series in table.series if series.place.measure == measure for cell in series.cells if cell is not None]
    places = [place for place in drawing.chosen.y if place.measure == measure]
    flat = spec.type == "line" and bool(figures) and min(figures) > 0 and max(figures) - min(figures) < FLAT * max(figures)
    axis = value_axis(drawing, places[0], figures, may_be_log=not spec.stacked, from_zero=not flat)
    if len(places) > 1:
        axis["name"] = _shared_name(drawing, places, axis["type"])
    return axis


def _shared_name(drawing: Drawing, places: Sequence[Place], kind: str) -> str:
    """Name an axis of several columns by what they are counted in: the legend has their own names."""
    measure = drawing.wording.formats.measure(places[0].column)
    log = drawing.wording.texts.gettext("logarithmic scale") if kind == "log" else ""
    return ", ".join(part for part in (measure, log) if part)


def _lines(drawing: Drawing, table: Pivot, measures: Sequence[Any], *, on_scale: bool) -> list[Option]:
    spec = drawing.chosen.spec
    xs = [position(key) for key in table.keys] if on_scale else list(range(len(table.keys)))
    shared = _shared(table, xs) if spec.stacked and spec.type == "area" else None
    few = len(table.keys) * len(table.series) <= FEW_BARS
    drawn = []
    for series in table.series:
        ys = [number(cell) for cell in series.cells]
        chosen = shared if shared is not None else (kept(xs, ys) if spec.type != "bar" else range(len(xs)))
        if len(chosen) < len(xs):
            drawing.note(N_("Long lines are drawn with fewer points, which keep their shape; the table has them all."))
        points: list[Any] = [[xs[n], ys[n]] for n in chosen] if spec.type != "bar" else ys
        drawn.append(_line(drawing, series, points, measures, few=few))
    return drawn


def _shared(table: Pivot, xs: Sequence[float]) -> list[int]:
    """Choose the same points for all series of a stack, by the shape of its upper edge."""
    totals = [float(sum(cell or 0 for cell in cells)) for cells in zip(*(series.cells for series in table.series), strict=True)]
    return kept(xs, totals)


def _line(drawing: Drawing, series: Series, points: list[Any], measures: Sequence[Any], *, few: bool) -> Option:
    spec = drawing.chosen.spec
    line: Option = {
        "type": "bar" if spec.type == "bar" else "line",
        "name": drawing.wording.series(series, drawing.chosen),
        "data": points,
        "format": drawing.format(series.place.column),
        "yAxisIndex": measures.index(series.place.measure),
    }
    if spec.type == "bar":
        line |= {
            "barMaxWidth": 36,
            "label": {"show": few and not spec.stacked, "position": "right" if spec.horizontal else "top"},
        }
    else:
        line |= {"showSymbol": len(points) <= 60, "symbolSize": 6}
    if spec.type == "area":
        line["areaStyle"] = {"opacity": 0.75 if spec.stacked else 0.15}
    if spec.stacked and spec.type != "line":
        line["stack"] = "all"
    if is_previous(series.place):
        line["previous"] = True
    return line


def _zoom(*, is_lying: bool, places: int) -> Option:
    """Return a slider over many bars: the first ones are shown, the rest come by dragging it."""
    return {"type": "slider", "yAxisIndex" if is_lying else "xAxisIndex": 0, "start": 0, "end": round(100 * CROWDED / places, 1)}
