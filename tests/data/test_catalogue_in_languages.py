"""What is said of tables in the reader's language: above results, to the search, and to the model as the text itself has it."""

import dataclasses
import json
from pathlib import Path

import msgspec
import pytest

from app.data import shelf
from app.data.metadata import MetadataError, load_notes
from app.data.queries import Queries
from app.data.strip_wording import chips
from app.data.table_search import holds
from app.identity.actor import Actor

WRONG = {
    '"translations": {"kk": {}}': "$.translations: Object contains unknown field `kk`",
    '"translations": {"ru": "?"}': "$.translations.ru: Expected `object`, got `str`",
    '"translations": {"ru": {"use_case": []}}': "$.translations.ru: Object contains unknown field `use_case`",
    '"translations": {"uz": {"use_cases": [1]}}': "$.translations.uz.use_cases[0]: Expected `str`, got `int`",
    '"table_columns": [{"name": "id", "descriptions": {"ru": 5}}]': "$.table_columns[0].descriptions.ru: "
    "Expected `str`, got `int`",
    '"table_columns": [{"name": "id", "descriptions": {"rus": ""}}]': "$.table_columns[0].descriptions: "
    "Object contains unknown field `rus`",
}


@pytest.mark.parametrize("content", WRONG)
def test_a_wrong_translation_is_refused_with_its_place(notes_dir: Path, content: str) -> None:
    (notes_dir / "tables" / "stock.json").write_text(f'{{"table_name": "stock", {content}}}')
    with pytest.raises(MetadataError) as refused:
        load_notes(notes_dir)
    assert str(refused.value) == f"tables/stock.json: {WRONG[content]}"


async def test_a_table_is_described_in_the_reader_s_language_and_else_as_it_is_written(queries: Queries, ours: Actor) -> None:
    told = {}
    for locale in ("", "en", "ru", "uz"):
        table = await queries.catalogue.describe(ours, "orders", locale)
        amount = next(column for column in table.columns if column.name == "amount")
        told[locale] = (table.description, table.use_cases, table.notes, amount.description)
    written = ("Orders of the shop", ("Counting orders",), ("Cancelled ones are left out",), "What was paid")
    assert told[""] == told["en"] == written
    assert told["ru"] == ("Заказы магазина", ("Выручка по городам", "Ещё что-то"), written[2], "Сколько заплатили")
    assert told["uz"] == (*written[:2], ("Bekor qilinganlari yoʻq",), written[3])


async def test_the_model_is_told_the_text_itself_and_no_translation(queries: Queries, ours: Actor) -> None:
    russian = dataclasses.replace(ours, locale="ru")
    told = json.dumps(msgspec.to_builtins(await queries.describe(russian, "orders")), ensure_ascii=False)
    assert "Orders of the shop" in told
    assert "What was paid" in told
    assert "магазин" not in told


async def test_the_strip_describes_tables_in_the_reader_s_language(queries: Queries, ours: Actor) -> None:
    result = await queries.execute(ours, "SELECT city FROM orders", {}, max_rows=10)
    assert result.asked is not None
    kept = msgspec.json.decode(msgspec.json.encode(result.asked), type=type(result.asked))
    assert [chips(kept, locale)[0].title for locale in ("en", "ru", "uz")] == [
        "orders: Orders of the shop", "orders: Заказы магазина", "orders: Orders of the shop",
    ]  # fmt: skip
    before = msgspec.structs.replace(kept, descriptions={})
    assert chips(before, "ru")[0].title == "orders: Orders of the shop"


@pytest.mark.parametrize("words", ["выручка", "ВЫРУЧКИ", "выручку городам", "ещё", "магазинах", "заплат", "shop", "штук paid"])
async def test_words_of_every_language_find_a_table_in_any_form(queries: Queries, ours: Actor, words: str) -> None:
    for locale in ("en", "ru", "uz"):
        (found,) = await shelf.listed(queries.catalogue, ours, words, locale, manages=False)
        assert found.table.name == "orders"


async def test_words_that_nobody_said_find_nothing(queries: Queries, ours: Actor) -> None:
    for words in ("склад", "выручка склада", "gʻalla", "…", "_"):
        found = await shelf.listed(queries.catalogue, ours, words, "ru", manages=False)
        assert [shelved.table.name for shelved in found] == (["orders"] if words == "_" else []), words


@pytest.mark.parametrize("words", ["o'rtacha", "oʻrtacha", "ORTACHA", "tushum", "tushumlar", "tushumni", "o‘rtacha tushum"])
def test_uzbek_words_are_found_however_their_signs_are_typed(words: str) -> None:
    assert holds(["Oʻrtacha tushumning oʻsishi"], words)
    assert not holds(["Mijozlar roʻyxati"], words)
