"""A chart in words, for people who do not see it."""

from app.data.charts.pivot import Pivot, Series, pivot
from app.data.charts.spec import PLOTS, Chosen
from app.data.charts.wording import Wording, type_word

NAMED_SERIES = 5


def described(chosen: Chosen, wording: Wording) -> str:
    """Return what kind of chart it is, what it shows, and the figures that stand out."""
    _ = wording.texts.gettext
    said = [_("%(kind)s: %(about)s.", kind=type_word(chosen.spec, wording.texts), about=wording.about(chosen))]
    if chosen.spec.type in PLOTS:
        said.append(wording.texts.ngettext("%(n)s point.", "%(n)s points.", len(chosen.rows)))
        return " ".join(said)
    table = pivot(chosen, in_order=True)
    if len(table.series) > 1:
        names = [wording.series(series, chosen) for series in table.series]
        listed = ", ".join(names[:NAMED_SERIES]) + (", …" if len(names) > NAMED_SERIES else "")
        said.append(wording.texts.ngettext("%(n)s series: %(names)s.", "%(n)s series: %(names)s.", len(names), names=listed))
    elif table.is_scale:
        said.append(_ends(table, chosen, wording))
    said.append(_extremes(table, chosen, wording))
    return " ".join(said)


def _ends(table: Pivot, chosen: Chosen, wording: Wording) -> str:
    series = table.series[0]
    known = [number for number, cell in enumerate(series.cells) if cell is not None]
    first, last = (_figure(table, series, number, chosen, wording) for number in (known[0], known[-1]))
    return wording.texts.gettext(
        "It begins with %(first)s (%(first_at)s) and ends with %(last)s (%(last_at)s).",
        first=first[1], first_at=first[0], last=last[1], last_at=last[0],
    )  # fmt: skip


def _extremes(table: Pivot, chosen: Chosen, wording: Wording) -> str:
    first = table.series[0].place.measure
    measured = [series for series in table.series if series.place.measure == first]
    every = [(cell, series, at) for series in measured for at, cell in enumerate(series.cells) if cell is not None]
    highest, lowest = max(every, key=lambda each: each[0]), min(every, key=lambda each: each[0])
    high, low = (_figure(table, series, at, chosen, wording) for _, series, at in (highest, lowest))
    return wording.texts.gettext(
        "Highest: %(high)s (%(high_at)s). Lowest: %(low)s (%(low_at)s).",
        high=high[1], high_at=high[0], low=low[1], low_at=low[0],
    )  # fmt: skip


def _figure(table: Pivot, series: Series, at: int, chosen: Chosen, wording: Wording) -> tuple[str, str]:
    """Return where a figure stands, and the figure."""
    where = wording.place(table.keys[at], table.kind, chosen.x.column)
    if len(table.series) > 1:
        where = f"{wording.series(series, chosen)}, {where}"
    return where, wording.figure(series.cells[at], series.place.column)
