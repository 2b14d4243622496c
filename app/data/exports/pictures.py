"""A chart as the document draws it: bars for a few categories, lines over time; for the others the table stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.data.charts.checking import check
from app.data.charts.describing import described
from app.data.charts.options.cartesian import position
from app.data.charts.pivot import Pivot, Series, pivot
from app.data.charts.spec import SHARES, ChartError, ChartSpec, Chosen
from app.data.charts.wording import Wording, type_word, wording_of
from app.data.results import Column
from app.errors import N_

MOST_BARS = 40
MOST_LINES = 6
BARS = SHARES | {"bar"}
AS_BARS = N_("%(kind)s: shown here as bars.")
AS_TABLE = N_("%(kind)s: shown here as a table.")

Picture = Mapping[str, Any]


def picture(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]], locale: str) -> tuple[Picture | None, str]:
    """Return a chart for the document, None where its table stands for it, and a sentence where it is another kind."""
    wording = wording_of(locale)
    kind = type_word(spec, wording.texts)
    drawn = None
    try:
        chosen = check(spec, columns, rows)
        if spec.type == "line" or (spec.type == "area" and not spec.stacked):
            drawn = _lines(chosen, wording)
        elif spec.type in BARS and not spec.series and len({place.measure for place in chosen.y}) == 1:
            drawn = _bars(chosen, wording)
    except ChartError:
        pass
    if drawn is None:
        return None, wording.texts.gettext(AS_TABLE, kind=kind)
    return drawn, wording.texts.gettext(AS_BARS, kind=kind) if spec.type in SHARES else ""


def _bars(chosen: Chosen, wording: Wording) -> Picture | None:
    table = pivot(chosen, in_order=True)
    figures = table.figures()
    if not 0 < len(table.keys) <= MOST_BARS or not figures or min(figures) < 0:
        return None
    bars = [
        {
            "label": name,
            "values": [float(series.cells[at] or 0) for series in table.series],
            "shown": [wording.figure(series.cells[at], series.place.column) for series in table.series],
        }
        for at, name in enumerate(wording.places(table, chosen.x))
    ]
    return {"form": "bars", "bars": bars, "names": _names(table, chosen, wording), "alt": described(chosen, wording)}


def _lines(chosen: Chosen, wording: Wording) -> Picture | None:
    table = pivot(chosen, in_order=True)
    figures = table.figures()
    measures = {series.place.measure for series in table.series}
    if len(table.keys) < 2 or len(table.series) > MOST_LINES or len(measures) > 1 or not figures:
        return None
    along = [position(key) for key in table.keys] if table.is_scale else list(range(len(table.keys)))
    least, most = min(0, *figures), max(0, *figures)
    if least == most or along[0] == along[-1]:
        return None
    across = [float((place - along[0]) / (along[-1] - along[0])) for place in along]
    column, names = table.series[0].place.column, wording.places(table, chosen.x)
    return {
        "form": "lines",
        "filled": chosen.spec.type == "area",
        "lines": [_line(series, across, float(least), float(most)) for series in table.series],
        "names": _names(table, chosen, wording),
        "least": wording.figure(least, column), "most": wording.figure(most, column),
        "zero": float(-least / (most - least)), "first": names[0], "last": names[-1], "alt": described(chosen, wording),
    }  # fmt: skip


def _line(series: Series, across: Sequence[float], least: float, most: float) -> list[list[tuple[float, float]]]:
    """Return the pieces of a line, broken where figures are missing, as points between 0 and 1."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, cell in zip(across, series.cells, strict=True):
        if cell is None:
            pieces.append([])
        else:
            pieces[-1].append((place, (float(cell) - least) / (most - least)))
    return [piece for piece in pieces if piece]


def _names(table: Pivot, chosen: Chosen, wording: Wording) -> list[str]:
    """Return what the colours stand for, where there are several."""
    return [wording.series(series, chosen) for series in table.series] if len(table.series) > 1 else []
