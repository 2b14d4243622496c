"""A statement's rows come in batches, as many as there are, and stop when nobody wants them any more."""

import contextlib
from typing import Any

import pytest

from app.data.engine import BoundStatement, Fetched
from app.data.queries import Queries, QueryError
from app.identity.actor import Actor

MANY = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) SELECT n, 'row ' || n AS name FROM g"
LATE = f"{MANY} WHERE n < 1002"


def statement(actor: Actor, sql: str, max_rows: int, *, timeout: float = 20.0, **values: Any) -> BoundStatement:
    return BoundStatement(sql, values, actor.tenant_id, max_rows, timeout)


async def all_of(queries: Queries, wanted: BoundStatement) -> list[Fetched]:
    return [batch async for batch in queries.source.stream(wanted, 1000)]


async def test_more_rows_come_than_a_reply_may_hold(queries: Queries, ours: Actor) -> None:
    batches = await all_of(queries, statement(ours, MANY, 150_000))
    numbers = [row[0] for batch in batches for row in batch.rows]
    assert numbers == list(range(1, 150_001))
    assert max(len(batch.rows) for batch in batches) <= 1000
    assert [batch.truncated for batch in batches] == [False] * (len(batches) - 1) + [True]


@pytest.mark.parametrize(("cap", "truncated"), [(50, False), (49, True), (51, False)])
async def test_it_is_told_whether_there_were_more(queries: Queries, ours: Actor, cap: int, *, truncated: bool) -> None:
    batches = await all_of(queries, statement(ours, "SELECT id FROM orders", cap))
    assert sum(len(batch.rows) for batch in batches) == min(cap, 50)
    assert batches[-1].truncated is truncated


async def test_no_rows_are_one_batch_with_the_columns(queries: Queries, ours: Actor) -> None:
    (batch,) = await all_of(queries, statement(ours, "SELECT id, city FROM orders WHERE id = :id", 10, id=-1))
    assert (batch.names, batch.rows, batch.truncated) == (("id", "city"), [], False)


async def test_a_statement_that_finds_no_more_ends_in_a_timeout(queries: Queries, ours: Actor) -> None:
    with pytest.raises(QueryError, match="stopped after"):
        await all_of(queries, statement(ours, LATE, 2000, timeout=0.5))


async def test_whoever_leaves_ends_the_statement_and_others_go_on(queries: Queries, ours: Actor) -> None:
    for _ in range(5):
        async with contextlib.aclosing(queries.source.stream(statement(ours, MANY, 10**9), 100)) as batches:
            assert len((await anext(batches)).rows) == 100
    assert (await queries.execute(ours, "SELECT count(*) AS n FROM orders", {}, max_rows=1)).rows == [[50]]


async def test_each_tenant_gets_its_own_rows(queries: Queries, ours: Actor, theirs: Actor) -> None:
    for actor, word in ((ours, "plain"), (theirs, "SECRET")):
        batches = await all_of(queries, statement(actor, "SELECT note FROM orders", 100))
        assert {row[0].split()[0] for batch in batches for row in batch.rows} == {word}


async def test_names_of_columns_that_fill_a_reply_are_refused_in_batches_as_in_one(queries: Queries, ours: Actor) -> None:
    wide = "SELECT " + ", ".join(f'1 AS "{"n" * 900}{number}"' for number in range(150))
    with pytest.raises(QueryError, match="too many columns"):
        await all_of(queries, statement(ours, wide, 10))
    with pytest.raises(QueryError, match="too many columns"):
        await queries.source.run(statement(ours, wide, 10))
