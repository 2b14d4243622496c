"""The form offers the kinds that a result can be drawn as, each with columns that fit."""

import pytest

from app.data.charts.chart import draw
from app.data.charts.offering import offers
from app.data.charts.spec import ChartError, ChartSpec
from app.data.results import Column
from app.web.locale import translator
from tests.data.charts.results import stored

PRESENT = ChartSpec("line", "month", ("revenue", "cost"))
NARROW = (Column("branch", "text", labels={"ru": "Филиал"}), Column("revenue", "integer", labels={"ru": "Выручка"}))


def test_every_kind_that_is_offered_can_be_drawn() -> None:
    columns, rows = stored()
    found = offers(PRESENT, columns, rows)
    assert all(isinstance(offer, ChartSpec) for offer in found.values())
    for offer in found.values():
        assert isinstance(offer, ChartSpec)
        assert draw(offer, columns, rows, "en")["option"]["series"]


def test_columns_of_the_present_chart_stay_where_they_fit() -> None:
    found = offers(PRESENT, *stored())
    assert found["line"] == PRESENT
    assert found["pie"] == ChartSpec("pie", "month", ("revenue",))
    assert found["heatmap"] == ChartSpec("heatmap", "month", ("revenue",), "branch")


@pytest.mark.parametrize(("kind", "said"), [("scatter", "Выручка"), ("heatmap", "Филиал"), ("radar", "Филиал")])
def test_other_kinds_say_why_not_in_the_readers_words(kind: str, said: str) -> None:
    columns, rows = stored(NARROW, [["Buxoro", 1], ["Sergeli", 2]])
    found = offers(ChartSpec("bar", "branch", ("revenue",)), columns, rows)
    refusal = found[kind]
    assert isinstance(refusal, ChartError)
    assert said in translator("ru").sentence(refusal.for_people("ru"))
