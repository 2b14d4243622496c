"""Heatmaps and radar charts: every series at every place."""

from app.data.charts.options.drawing import Drawing, Option, is_previous, number
from app.data.charts.pivot import pivot
from app.data.charts.spec import ChartError, Named
from app.errors import N_

FEWEST_SPOKES = 3
MOST_SPOKES = 24
FEW_CELLS = 120


def heatmap(drawing: Drawing) -> Option:
    """Return the option of a heatmap: colour stands for the figure."""
    chosen = drawing.chosen
    table = pivot(chosen)
    if table.is_summed:
        drawing.note(N_("Rows with the same category or time are added up."))
    cells = [
        [column, row, number(cell)]
        for row, series in enumerate(table.series)
        for column, cell in enumerate(series.cells)
        if cell is not None
    ]
    figures = [number(figure) or 0 for figure in table.figures()]
    place = chosen.y[0]
    rows = [drawing.wording.series(series, chosen) for series in table.series]
    groups = drawing.wording.label(chosen.series) if chosen.series else ""
    return {
        "xAxis": [{"type": "category", "data": drawing.wording.places(table, chosen.x), "name": drawing.wording.label(chosen.x)}],
        "yAxis": [{"type": "category", "data": rows, "inverse": True, "name": groups}],
        "visualMap": {"min": min(figures), "max": max(figures), "format": drawing.format(place.column)},
        "series": [
            {
                "type": "heatmap", "name": drawing.wording.name(place), "data": cells, "format": drawing.format(place.column),
                "label": {"show": len(cells) <= FEW_CELLS},
            }
        ],
    }  # fmt: skip


def radar(drawing: Drawing) -> Option:
    """Return the option of a radar chart: a spoke a place, a ring a series."""
    chosen = drawing.chosen
    table = pivot(chosen)
    if not FEWEST_SPOKES <= len(table.keys) <= MOST_SPOKES:
        raise ChartError(
            "invalid_arguments",
            N_("A radar chart needs %(fewest)s to %(most)s values of %(name)s; there are %(count)s. Draw a bar chart."),
            fewest=FEWEST_SPOKES,
            most=MOST_SPOKES,
            name=Named((chosen.x.column,)),
            count=len(table.keys),
        )
    figures = [number(figure) or 0 for figure in table.figures()]
    least, most = min(0, *figures), max(0, *figures)
    names = drawing.wording.places(table, chosen.x)
    rings = [
        {
            "name": drawing.wording.series(series, chosen),
            "value": [number(cell) for cell in series.cells],
            **({"previous": True} if is_previous(series.place) else {}),
        }
        for series in table.series
    ]
    return {
        "radar": {"indicator": [{"name": name, "min": least, "max": most or 1} for name in names]},
        "series": [{"type": "radar", "data": rings, "format": drawing.format(chosen.y[0].column), "symbolSize": 5}],
    }
