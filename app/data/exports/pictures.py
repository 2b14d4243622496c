"""A chart as a document holds it: what a browser would draw too, or why its table stands for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.data.charts.chart import draw
from app.data.charts.options.drawing import CROWDED
from app.data.charts.spec import ChartError, ChartSpec
from app.data.charts.wording import type_word, wording_of
from app.data.results import Column
from app.errors import N_

AS_TABLE = N_("%(kind)s: shown here as a table.")
FIRST_BARS = N_("The first %(shown)s of %(total)s categories are drawn.")

Picture = Mapping[str, Any]


def picture(
    spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]], locale: str
) -> tuple[Picture | None, Sequence[str]]:
    """Return what the writing process draws a chart from, None where its table stands for it, and sentences to go below it."""
    wording = wording_of(locale)
    as_table = wording.texts.gettext(AS_TABLE, kind=type_word(spec, wording.texts))
    try:
        drawn = draw(spec, columns, rows, locale)
    except ChartError:
        return None, (as_table,)
    notes = list(drawn["notes"])
    if "dataZoom" in drawn["option"]:
        total = _cut(drawn["option"])
        notes.append(wording.texts.gettext(FIRST_BARS, shown=CROWDED, total=total))
    return {**drawn, "alt": drawn["description"], "as_table": as_table}, notes


def _cut(option: dict[str, Any]) -> int:
    """Leave the categories that a browser shows first, where the others come by scrolling; returns how many there were."""
    (along,) = (axis for axis in (*option["xAxis"], *option["yAxis"]) if axis["type"] == "category")
    total = len(along["data"])
    for one in (along, *option["series"]):
        one["data"] = one["data"][:CROWDED]
    return total
