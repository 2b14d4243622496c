"""A document writes a result's cells as the page does."""

from decimal import Decimal

from app.data.exports.exhibits import table
from app.data.results import Column
from app.web.formats import NOTHING, formats_of


def test_the_figures_of_a_column_have_equally_many_decimals() -> None:
    columns = (Column("city", "text"), Column("mean", "decimal"))
    rows = [["Buxoro", Decimal("324163.96")], ["Xiva", Decimal(447548)], ["Termiz", None]]
    shown = table(columns, rows, formats_of("ru"))["rows"]
    assert [[text.replace("\xa0", " ") for text in row] for row in shown] == [
        ["Buxoro", "324 163,96"],
        ["Xiva", "447 548,00"],
        ["Termiz", NOTHING],
    ]
