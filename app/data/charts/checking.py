"""Whether a chart can be drawn from a result: every refusal says what is wrong and which columns would do."""

import difflib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.data.charts.spec import MAX_POINTS, PLOTS, SHARES, ChartError, ChartSpec, Chosen, Named, Place
from app.data.results import Column
from app.errors import N_
from app.web.column_types import FIGURES

CONTINUOUS = FIGURES | {"date", "datetime"}


def check(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Chosen:
    """Return the chart with its columns found; raises `ChartError`."""
    if not rows:
        raise ChartError("invalid_arguments", N_("The result has no rows, so there is nothing to draw."))
    chosen = _found(spec, columns, rows)
    for rule in RULES:
        rule(chosen)
    return chosen


def _found(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Chosen:
    if not spec.x or not spec.y:
        raise ChartError(
            "invalid_arguments",
            N_("Choose a column for “Categories or times” and at least one for “Figures”. Columns: %(columns)s."),
            columns=Named(columns),
        )
    if spec.type == "bubble" and not spec.size:
        raise ChartError(
            "invalid_arguments",
            N_("A bubble chart needs a column of numbers for “Size of the bubbles”. Columns of numbers: %(columns)s."),
            columns=Named(_of_numbers(columns)),
        )
    if spec.type == "heatmap" and not spec.series:
        raise ChartError(
            "invalid_arguments",
            N_("A heatmap needs a column under “Split by” for its rows. Columns: %(columns)s."),
            columns=Named(columns),
        )
    return Chosen(
        spec,
        columns,
        rows,
        _place(spec.x, columns),
        tuple(_place(name, columns) for name in dict.fromkeys(spec.y)),
        *(_place(name, columns) if name else None for name in (spec.series, spec.size, spec.label)),
    )


def _place(name: str, columns: Sequence[Column]) -> Place:
    names = [column.name for column in columns]
    folded = [each.casefold() for each in names]
    if name in names:
        index = names.index(name)
    elif name.casefold() in folded:
        index = folded.index(name.casefold())
    else:
        near = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)
        raise ChartError(
            "unknown_column",
            N_("The result has no column %(name)s. Did you mean: %(nearest)s?")
            if near
            else N_("The result has no column %(name)s. Its columns: %(nearest)s."),
            name=name[:80],
            nearest=Named([columns[folded.index(each)] for each in near] or columns),
        )
    return Place(index, columns[index])


def _figures_are_numbers(chosen: Chosen) -> None:
    for place in (*chosen.y, *([chosen.size] if chosen.size else [])):
        if place.column.type not in FIGURES:
            raise ChartError(
                "type_mismatch",
                N_("The column %(name)s does not hold numbers. Columns of numbers: %(columns)s."),
                name=Named((place.column,)),
                columns=Named(_of_numbers(chosen.columns)),
            )


def _plots_stand_on_a_scale(chosen: Chosen) -> None:
    if chosen.spec.type in PLOTS and chosen.x.column.type not in CONTINUOUS:
        raise ChartError(
            "type_mismatch",
            N_(
                "This chart needs numbers or dates under “Categories or times”, but %(name)s holds text. "
                "Columns that fit: %(columns)s."
            ),
            name=Named((chosen.x.column,)),
            columns=Named([column for column in chosen.columns if column.type in CONTINUOUS]),
        )


def _one_figure_where_one_is_shown(chosen: Chosen) -> None:
    alone = chosen.spec.type in SHARES or chosen.spec.type == "heatmap" or chosen.series is not None
    if alone and len(chosen.y) > 1:
        raise ChartError(
            "invalid_arguments",
            N_("This chart shows one column of figures; choose one of: %(columns)s."),
            columns=_places(chosen.y),
        )
    if chosen.series and chosen.spec.type in SHARES - {"treemap"}:
        raise ChartError(
            "invalid_arguments", N_("A chart of parts is not split. Choose nothing under “Split by”, or draw a bar chart.")
        )
    if chosen.series and chosen.series.index == chosen.x.index:
        raise ChartError("invalid_arguments", N_("Choose another column under “Split by” than under “Categories or times”."))


def _one_measure_an_axis(chosen: Chosen) -> None:
    measures = {place.measure for place in chosen.y}
    axes = 2 if chosen.spec.type in {"line", "bar", "area"} and not chosen.spec.stacked else 1
    if len(measures) > axes:
        raise ChartError(
            "type_mismatch",
            N_("The figures of %(columns)s are counted in different units and fit no common scale. Choose columns of one unit."),
            columns=_places(chosen.y),
        )


def _parts_are_not_negative(chosen: Chosen) -> None:
    sizes = [*(chosen.y if chosen.spec.type in SHARES else ()), *([chosen.size] if chosen.size else [])]
    for place in sizes:
        if any(value is not None and value < 0 for value in figures(place, chosen.rows)):
            raise ChartError(
                "invalid_arguments",
                N_("%(name)s has negative values, which cannot be shown as sizes. Draw a bar chart instead."),
                name=Named((place.column,)),
            )
        if not any(figures(place, chosen.rows)):
            raise ChartError(
                "invalid_arguments",
                N_("%(name)s has no value above zero, so there is nothing to draw."),
                name=Named((place.column,)),
            )


def _something_is_there(chosen: Chosen) -> None:
    if all(value is None for place in chosen.y for value in figures(place, chosen.rows)):
        raise ChartError("invalid_arguments", N_("The columns %(columns)s are empty in every row."), columns=_places(chosen.y))


def _not_too_many(chosen: Chosen) -> None:
    points = len(chosen.rows) * len(chosen.y)
    if points > MAX_POINTS:
        raise ChartError(
            "too_many_rows",
            N_("The chart would have %(points)s points; at most %(most)s can be drawn. Aggregate or filter in the query."),
            points=points,
            most=MAX_POINTS,
        )


def figures(place: Place, rows: Sequence[Sequence[Any]]) -> list[Decimal | int | None]:
    """Return a column's numbers; what is none, such as an infinity, is None."""
    return [figure(row[place.index]) for row in rows]


def figure(value: Any) -> Decimal | int | None:
    """Return a number, or None for anything that has no place on a scale."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return None if isinstance(value, Decimal) and not value.is_finite() else value


def _of_numbers(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.type in FIGURES]


def _places(places: Sequence[Place]) -> Named:
    return Named([place.column for place in places])


RULES = (
    _figures_are_numbers,
    _plots_stand_on_a_scale,
    _one_figure_where_one_is_shown,
    _one_measure_an_axis,
    _parts_are_not_negative,
    _something_is_there,
    _not_too_many,
)
