"""Which kinds of chart a result can be drawn as, and with which columns each of them would begin."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from app.data.charts.chart import draw
from app.data.charts.checking import CONTINUOUS
from app.data.charts.spec import PLOTS, SHARES, ChartError, ChartSpec, ChartType
from app.data.results import Column
from app.web.column_types import FIGURES

TYPES: tuple[ChartType, ...] = get_args(ChartType)
MOST_TRIES = 8
"""Ways to fit columns to one kind; the nearest to the present chart come first."""


def offers(
    present: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]]
) -> dict[ChartType, ChartSpec | ChartError]:
    """Return for each kind the chart nearest to the present one, or why there is none."""
    return {kind: _offer(kind, present, columns, rows) for kind in TYPES}


def _offer(
    kind: ChartType, present: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]]
) -> ChartSpec | ChartError:
    refusal: ChartError | None = None
    nearest = ChartSpec(kind, present.x, present.y, present.series, present.size)
    for spec in (*itertools.islice(_candidates(kind, present, columns), MOST_TRIES), nearest):
        try:
            draw(spec, columns, rows, "en")
        except ChartError as error:
            refusal = refusal or error
        else:
            return spec
    return refusal or nearest


def _candidates(kind: ChartType, present: ChartSpec, columns: Sequence[Column]) -> Iterator[ChartSpec]:
    numbers = [column.name for column in columns if column.type in FIGURES]
    others = [column.name for column in columns if column.type not in FIGURES]
    if kind in PLOTS:
        fitting = {column.name for column in columns if column.type in CONTINUOUS}
        places = [name for name in _each([present.x, *numbers, *others]) if name in fitting]
    else:
        places = _each([present.x, *others]) or numbers
    for x in places[:3]:
        figures = [name for name in _each([*present.y, *numbers]) if name != x and name in numbers]
        for y, series in itertools.product(_figures(kind, present, figures), _series(kind, present, x, others)):
            sizes = [name for name in numbers if name not in {x, *y}] or [*y]
            size = (present.size or sizes[0]) if kind == "bubble" else ""
            yield ChartSpec(
                kind, x, y, series, size,
                stacked=present.stacked and kind in {"bar", "area"}, horizontal=present.horizontal and kind == "bar",
            )  # fmt: skip


def _figures(kind: ChartType, present: ChartSpec, figures: Sequence[str]) -> list[tuple[str, ...]]:
    alone: list[tuple[str, ...]] = [(name,) for name in figures[:3]]
    if kind in SHARES | PLOTS | {"heatmap"}:
        return alone
    together = tuple(name for name in present.y if name in figures)
    return [together, *(each for each in alone if each != together)] if together else alone


def _series(kind: ChartType, present: ChartSpec, x: str, others: Sequence[str]) -> list[str]:
    known = [name for name in _each([present.series, *others]) if name != x]
    if kind == "heatmap":
        return known[:2]
    if kind in SHARES - {"treemap"}:
        return [""]
    return _each([present.series, ""], empty=True) if present.series != x else [""]


def _each(names: Sequence[str], *, empty: bool = False) -> list[str]:
    return [name for name in dict.fromkeys(names) if name or empty]
