"""What is said of the demo's tables: complete in the three languages, and found by words of each."""

import re
from collections.abc import Callable, Iterator

import pytest

from app.data import shelf
from app.data.metadata import TableNotes, load_notes
from app.data.queries import Queries
from app.demo.business_database import PUBLIC_VIEWS
from app.demo.companies import Company, companies
from app.demo.knowledge import METADATA
from app.identity.actor import Actor

CYRILLIC = re.compile(r"[А-яЁё]")
REFERENCE = re.compile(r"\w+\.id")
WRONG_SIGN = re.compile(r"[og]['`’‘]", re.IGNORECASE)


def translated(notes: TableNotes) -> Iterator[tuple[str, str, str]]:
    """Yield every text with what it is in Russian and Uzbek."""
    russian, uzbek = notes.translations.ru, notes.translations.uz
    yield notes.table_description, russian.table_description, uzbek.table_description
    yield from zip(notes.use_cases, russian.use_cases, uzbek.use_cases, strict=True)
    yield from zip(notes.data_quality_notes, russian.data_quality_notes, uzbek.data_quality_notes, strict=True)
    for column in notes.table_columns:
        yield column.description, column.descriptions.ru, column.descriptions.uz


@pytest.mark.parametrize("table", PUBLIC_VIEWS)
def test_every_text_is_there_in_russian_and_uzbek(table: str) -> None:
    for text, russian, uzbek in translated(load_notes(METADATA)[table]):
        if REFERENCE.fullmatch(text):
            assert (russian, uzbek) == (text, text)
        else:
            assert CYRILLIC.search(russian), text
            assert uzbek not in ("", text), text
        assert not CYRILLIC.search(uzbek)
        assert not WRONG_SIGN.search(uzbek)


@pytest.mark.parametrize(
    "words", ["выручка", "выручке филиалам", "валовая прибыль", "tushum", "o'rtacha chek", "tushumni filiallar", "gross profit"]
)
async def test_the_sales_are_found_in_every_language(
    words: str, queries: Queries, analyst_of: Callable[[Company], Actor]
) -> None:
    found = await shelf.listed(queries.catalogue, analyst_of(companies()[0]), words, "ru", manages=False)
    assert "sales" in [shelved.table.name for shelved in found]
    assert len(found) < len(PUBLIC_VIEWS) / 2
