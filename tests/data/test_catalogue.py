"""The catalogue tells what there is, in people's words and within the actor's company."""

import pytest

from app.data.queries import Queries, QueryError
from app.identity.actor import Actor


async def test_a_table_is_described_with_what_people_wrote_about_it(queries: Queries, ours: Actor) -> None:
    table = await queries.describe(ours, "ORDERS")
    columns = {column.name: column for column in table.columns}
    assert (table.name, table.kind, table.row_estimate) == ("orders", "view", 50)
    assert table.description == "Orders of the shop"
    assert table.notes == ("Cancelled ones are left out",)
    assert (columns["amount"].currency, columns["amount"].description) == ("UZS", "What was paid")
    assert columns["pieces"].unit == "pcs"
    assert columns["ordered_on"].type == "date"


async def test_few_values_are_listed_and_many_are_not(queries: Queries, ours: Actor) -> None:
    columns = {column.name: column for column in (await queries.describe(ours, "orders")).columns}
    assert columns["city"].values == ("Buxoro", "Toshkent")
    assert columns["note"].values == ()


async def test_only_readable_relations_are_listed(queries: Queries, ours: Actor) -> None:
    assert [table.name for table in await queries.tables(ours)] == ["orders"]


async def test_an_unknown_table_is_told(queries: Queries, ours: Actor) -> None:
    with pytest.raises(QueryError) as refused:
        await queries.describe(ours, "orders_t")
    assert refused.value.code == "unknown_table"
