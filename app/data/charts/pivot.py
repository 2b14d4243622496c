"""A result's rows as a chart holds them: places along x, and for each series a figure at every place or nothing."""

import datetime as dt
import re
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.data.charts.checking import figure
from app.data.charts.spec import MAX_POINTS, MAX_SERIES, ChartError, Chosen, Named, Place
from app.errors import N_

KeyKind = Literal["text", "number", "year", "month", "date", "datetime"]
SCALES = {"number", "month", "date", "datetime"}
SAMPLED = {"line", "area"}
"""Kinds that are drawn with fewer points than there are places, where these lie on a scale."""
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
Figure = Decimal | int


class Series(msgspec.Struct, frozen=True):
    """A series: the column of its figures, the value that tells it apart where one column is split, a figure a place."""

    place: Place
    value: Any
    cells: list[Figure | None]


class Pivot(msgspec.Struct, frozen=True):
    """`keys` are the places along x, in order and each once; `is_summed` tells that several rows fell on one place."""

    kind: KeyKind
    keys: list[Any]
    series: list[Series]
    is_summed: bool

    @property
    def is_scale(self) -> bool:
        """Tell whether the places lie on a scale, such as days, and not side by side."""
        return self.kind in SCALES and None not in self.keys

    def figures(self) -> list[Figure]:
        """Return all figures there are."""
        return [cell for series in self.series for cell in series.cells if cell is not None]


def pivot(chosen: Chosen, *, in_order: bool = False) -> Pivot:
    """Return the rows by place and series; raises `ChartError`. Times along x are sorted, numbers with `in_order`."""
    kind, keys = read_keys(chosen.x, chosen.rows)
    places = _ordered(kind, keys, in_order=in_order)
    at = {_identity(key): number for number, key in enumerate(places)}
    split = chosen.series.index if chosen.series else None
    cells: dict[tuple[int, Hashable], list[Figure | None]] = {}
    values: dict[tuple[int, Hashable], tuple[Place, Any]] = {}
    seen: set[tuple[int, Hashable, Hashable]] = set()
    is_summed = False
    for row, key in zip(chosen.rows, keys, strict=True):
        value = row[split] if split is not None else None
        for place in chosen.y:
            name = (place.index, _identity(value))
            line = cells.setdefault(name, [None] * len(places))
            values.setdefault(name, (place, value))
            where = _identity(key)
            if (*name, where) in seen:
                is_summed = True
                _check_summable(place)
            seen.add((*name, where))
            line[at[where]] = _sum(line[at[where]], figure(row[place.index]))
        _check_count(len(cells), len(places), chosen)
    if chosen.spec.type not in SAMPLED or kind not in SCALES:
        _check_points(len(cells) * len(places))
    return Pivot(kind, places, [Series(*values[name], cells[name]) for name in cells], is_summed)


def read_keys(place: Place, rows: Sequence[Sequence[Any]]) -> tuple[KeyKind, list[Any]]:
    """Return what the values of a column are along an axis; months written as text become their first day."""
    keys = [_plain_key(row[place.index]) for row in rows]
    if place.column.type in {"date", "datetime"}:
        keys = [None if isinstance(key, str) else key for key in keys]
    present = [key for key in keys if key is not None]
    match place.column.type:
        case "date":
            return "date", keys
        case "datetime":
            return "datetime", keys
        case "integer" if present and all(1900 <= key <= 2100 for key in present):
            return "year", keys
        case "integer" | "decimal":
            return "number", keys
        case "month" | "text" if present and all(isinstance(key, str) and MONTH.fullmatch(key) for key in present):
            return "month", [key and dt.date(int(key[:4]), int(key[5:]), 1) for key in keys]
        case _:
            return "text", keys


def _plain_key(value: Any) -> Any:
    """Return a value that can be a place: lists and objects of JSON are written out."""
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return value


def _identity(value: Any) -> Hashable:
    """Keep yes apart from 1, which Python takes for equal."""
    value = _plain_key(value)
    return (type(value) is bool, value)


def _ordered(kind: KeyKind, keys: Sequence[Any], *, in_order: bool) -> list[Any]:
    places = list({_identity(key): key for key in keys}.values())
    if kind == "text" or (kind in {"number", "year"} and not in_order):
        return places
    try:
        return [*sorted(key for key in places if key is not None), *(key for key in places if key is None)]
    except TypeError:  # Times with and without a zone cannot be set in an order: the query's own stays.
        return places


def _sum(before: Figure | None, more: Figure | None) -> Figure | None:
    if before is None or more is None:
        return more if before is None else before
    return before + more


def _check_summable(place: Place) -> None:
    if place.column.unit == "percent":
        raise ChartError(
            "invalid_arguments",
            N_(
                "Several rows have the same category or time, and the percentages of %(name)s cannot be added up. "
                "Choose a column under “Split by”."
            ),
            name=Named((place.column,)),
        )
    if not place.column.is_additive:
        raise ChartError(
            "invalid_arguments",
            N_(
                "Several rows have the same category or time, and averages, shares and the like cannot be added up: "
                "%(name)s. Choose a column under “Split by”, or ask for one row for each."
            ),
            name=Named((place.column,)),
        )


def _check_count(series: int, places: int, chosen: Chosen) -> None:
    if chosen.spec.type in {"heatmap", "treemap"}:
        _check_points(series * places)
    elif series > MAX_SERIES:
        raise ChartError(
            "too_many_rows",
            N_("The chart would have more than %(most)s series. Choose a column with fewer values, or filter in the query."),
            most=MAX_SERIES,
        )


def _check_points(points: int) -> None:
    """Refuse more places than are drawn; one that a series lacks is shipped too."""
    if points > MAX_POINTS:
        raise ChartError(
            "too_many_rows",
            N_("The chart would have %(points)s points; at most %(most)s can be drawn. Aggregate or filter in the query."),
            points=points,
            most=MAX_POINTS,
        )
