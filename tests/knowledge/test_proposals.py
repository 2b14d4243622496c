"""Queries and lessons are proposed, kept once and counted, and hold for others when a manager approves them."""

import dataclasses
from typing import Any

import msgspec
import pytest

from app.agent.tool import ToolContext, ToolError
from app.agent.tools.registry import BUILT_IN, decode
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import search
from app.knowledge.company_queries import CompanyQueries
from app.knowledge.library import Library
from app.knowledge.statements import key_of
from app.knowledge.validated_queries import ValidatedQueries

SQL = "SELECT city, COUNT(*) AS orders FROM orders WHERE ordered_on >= :day_from AND ordered_on < :day_to GROUP BY city"
DAYS = {"day_from": "2026-01-01", "day_to": "2026-02-01"}


async def call(context: ToolContext, name: str, **arguments: Any) -> dict[str, Any]:
    tool = next(tool for tool in BUILT_IN if tool.name == name)
    return (await tool.run(context, decode(tool, msgspec.json.encode(arguments).decode()))).content


@pytest.fixture
def library(context_of_ours: ToolContext) -> Library:
    assert context_of_ours.library
    return context_of_ours.library


def test_a_statement_is_the_same_however_it_is_written() -> None:
    same = ("select  City from Orders -- all", 'SELECT city\nFROM "orders"', "SELECT CITY FROM ORDERS;")
    assert len({key_of(sql, "sqlite") for sql in same}) == 1
    assert key_of("SELECT 'A'", "sqlite") != key_of("SELECT 'a'", "sqlite")
    assert key_of("SELECT FROM WHERE (", "sqlite") == key_of("SELECT  FROM WHERE (", "sqlite")


async def test_a_query_is_kept_once_and_counted(context_of_ours: ToolContext) -> None:
    first = await call(context_of_ours, "save_validated_query", question="Orders by city?", query=SQL, params=DAYS)
    again = await call(context_of_ours, "save_validated_query", question="Cities", query=f"{SQL.lower()};", params=DAYS)
    assert first == {"name": "orders_by_city", "status": "proposed", "uses": 1, "is_new": True}
    assert again == {"name": "orders_by_city", "status": "proposed", "uses": 2, "is_new": False}


async def test_a_query_helps_nobody_before_it_is_approved(
    context_of_ours: ToolContext, library: Library, database: Database, ours: Actor
) -> None:
    known = CompanyQueries(database, ValidatedQueries(None))
    await call(context_of_ours, "save_validated_query", question="Orders by city?", query=SQL, params=DAYS)
    assert (await known.of(ours.tenant_id)).search("orders by city") == []
    assert await library.search(ours, "orders by city") == []
    (entry,) = await hits(library, ours, "orders by city")
    await library.set_status(ours, entry, "approved")
    (match,) = (await known.of(ours.tenant_id)).search("orders by city")
    assert match.as_dict("en")["params"] == [
        {"name": "day", "type": "period", "label": "Day", "optional": False, "default": "this_month"}
    ]
    assert (await known.of(ours.tenant_id)).verified(SQL.replace(" AS ", " as "), "sqlite") is not None
    await library.set_status(ours, entry, "retired")
    assert (await known.of(ours.tenant_id)).search("orders by city") == []


async def hits(library: Library, actor: Actor, question: str) -> list[Any]:
    found = await search.search(library.database, actor.tenant_id, question, limit=9, found_only=False)
    return [hit.id for hit in found]


@pytest.mark.parametrize("sql", ["DROP TABLE orders", "SELECT nothing FROM orders", "SELECT 1; SELECT 2"])
async def test_what_does_not_run_is_not_kept(context_of_ours: ToolContext, library: Library, ours: Actor, sql: str) -> None:
    with pytest.raises(ToolError, match="The query does not run"):
        await call(context_of_ours, "save_validated_query", question="Orders?", query=sql)
    assert await hits(library, ours, "orders") == []


async def test_a_lesson_holds_for_its_author_then_for_all_when_approved(
    context_of_ours: ToolContext, library: Library, ours: Actor, theirs: Actor
) -> None:
    lesson = {"category": "type_mismatch", "title": "Days are texts", "learning": "Compare ordered_on with ISO texts."}
    colleague = msgspec.structs.replace(context_of_ours, actor=with_other_id(ours, theirs))
    assert (await call(context_of_ours, "save_learning", **lesson))["status"] == "proposed"
    assert (await call(context_of_ours, "save_learning", **{**lesson, "learning": "compare  ordered_on with iso texts."}))[
        "uses"
    ] == 2
    (found,) = (await call(context_of_ours, "search_learnings", query="ordered_on"))["results"]
    assert (found["category"], found["title"], found["status"]) == ("type_mismatch", "Days are texts", "proposed")
    assert (await call(context_of_ours, "search_learnings", query="ordered_on", category="sql_error"))["results"] == []
    assert (await call(colleague, "search_learnings", query="ordered_on"))["results"] == []
    await library.set_status(ours, (await hits(library, ours, "ordered_on"))[0], "approved")
    assert len((await call(colleague, "search_learnings", query="ordered_on"))["results"]) == 1
    stranger = msgspec.structs.replace(context_of_ours, actor=theirs)
    assert (await call(stranger, "search_learnings", query="ordered_on"))["results"] == []


def with_other_id(actor: Actor, other: Actor) -> Actor:
    """Return a colleague of `actor`."""
    return dataclasses.replace(actor, user_id=other.user_id)


async def test_without_a_knowledge_base_the_tools_say_so(context_of_ours: ToolContext) -> None:
    without = msgspec.structs.replace(context_of_ours, library=None)
    lesson = {"category": "sql_error", "title": "x", "learning": "x"}
    calls = {"kb_search": {"query": "x"}, "search_learnings": {"query": "x"}, "save_learning": lesson}
    for name, arguments in {**calls, "save_validated_query": {"question": "x", "query": "SELECT 1"}}.items():
        with pytest.raises(ToolError, match="no knowledge base"):
            await call(without, name, **arguments)
