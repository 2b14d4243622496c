"""The text of a table that people edit becomes what describes it: each line stays in its language and its part."""

import pytest

from app.data.metadata import ColumnNotes, Descriptions, TableNotes, TableWords, Translations
from app.knowledge.table_text import reread, text_of

NOTES = TableNotes(
    "orders", "Orders of the shop", ("Revenue by city", "Busiest days"), ("Cancelled ones are left out",),
    (
        ColumnNotes("id", "integer"),
        ColumnNotes(
            "amount", "numeric(12,2)", "What was paid", currency="UZS", labels={"en": "Amount", "ru": "Сумма"},
            descriptions=Descriptions(ru="Сколько заплачено"),
        ),
        ColumnNotes("Order No.", "text", "As on the receipt"),
    ),
    {"en": "Orders", "ru": "Заказы"},
    Translations(ru=TableWords("Заказы магазина", ("Выручка по городам",)), uz=TableWords("Doʻkon buyurtmalari")),
)  # fmt: skip
TEXT = """Orders · Заказы
Orders of the shop
Заказы магазина
Doʻkon buyurtmalari
- Revenue by city
- Busiest days
- Выручка по городам
! Cancelled ones are left out
id (integer):
amount (numeric(12,2)): What was paid / Сколько заплачено / Amount / Сумма
Order No. (text): As on the receipt"""


def edited(old: str, new: str) -> TableNotes:
    assert old in TEXT
    return reread(NOTES, TEXT.replace(old, new))


def test_a_text_that_is_not_changed_changes_nothing() -> None:
    assert text_of(NOTES) == TEXT
    assert reread(NOTES, TEXT) == NOTES
    assert reread(NOTES, TEXT.replace("\n", "\n\n")) == NOTES


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("Orders of the shop", "Orders of all shops", "table_description"),
        ("- Busiest days", "- Busiest weekdays", "use_cases"),
        ("! Cancelled ones", "! Returned ones", "data_quality_notes"),
        ("Заказы магазина", "Заказы всех магазинов", "translations"),
        ("- Выручка по городам", "- Выручка по районам", "translations"),
        ("Orders · Заказы", "Sales · Продажи", "labels"),
        ("What was paid", "What customers paid", "table_columns"),
    ],
)
def test_a_changed_line_changes_its_part_alone(old: str, new: str, field: str) -> None:
    notes = edited(old, new)
    assert [name for name in NOTES.__struct_fields__ if getattr(notes, name) != getattr(NOTES, name)] == [field]
    assert text_of(notes) == TEXT.replace(old, new)


def test_each_language_of_a_column_stays_by_itself() -> None:
    column = edited("Сколько заплачено", "Сколько заплатил клиент").column("amount")
    assert column
    assert (column.described(), column.currency) == ({"": "What was paid", "ru": "Сколько заплатил клиент"}, "UZS")
    column = edited("What was paid / Сколько заплачено / Amount / Сумма", "Paid in all / Amount / Сумма").column("amount")
    assert column
    assert (column.described(), column.labels) == ({"": "Paid in all"}, {"en": "Amount", "ru": "Сумма"})


def test_lines_come_and_go() -> None:
    notes = edited("- Busiest days\n", "- Busiest days\n- Dearest orders\n")
    assert notes.use_cases == ("Revenue by city", "Busiest days", "Dearest orders")
    assert edited("- Busiest days\n", "").use_cases == ("Revenue by city",)
    assert edited("! Cancelled ones are left out\n", "").data_quality_notes == ()
    assert edited("Заказы магазина\n", "").translations.ru == TableWords("", ("Выручка по городам",))
    assert edited("Order No. (text): As on the receipt", "").column("Order No.") is None
    notes = edited("As on the receipt", "As on the receipt\ncity: Where it was bought")
    assert (notes.table_columns[-1], notes.table_description) == (
        ColumnNotes("city", description="Where it was bought"), "Orders of the shop",
    )  # fmt: skip
    assert edited("Orders of the shop\n", "Note: all\n").table_description == "Note: all"
    notes = edited("id (integer):", "id (integer): Unique\npaid_on (date): When it was paid")
    assert [(column.name, column.type, column.description) for column in notes.table_columns[:2]] == [
        ("id", "integer", "Unique"), ("paid_on", "date", "When it was paid"),
    ]  # fmt: skip


def test_all_of_it_may_be_written_anew() -> None:
    notes = reread(NOTES, "Shop orders: all of them\n- Everything\n! Nothing\namount: Money")
    assert (notes.table_description, notes.use_cases) == ("Shop orders: all of them", ("Everything",))
    assert (notes.data_quality_notes, notes.translations, notes.labels) == (("Nothing",), Translations(), {})
    assert text_of(reread(notes, text_of(notes))) == text_of(notes)
