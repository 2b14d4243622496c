"""Each tool answers the model in plain JSON, gives the page what it shows, and fails in typed words."""

import json
import uuid

import msgspec
import pytest

from app.agent.tool import ToolContext, ToolError, ToolOutcome
from app.agent.tools.registry import BUILT_IN, decode
from app.data.ledger import Ledger
from app.data.results import columns_from, encode_rows, rows_from

TOOLS = {tool.name: tool for tool in BUILT_IN}


async def call(context: ToolContext, name: str, **arguments: object) -> ToolOutcome:
    tool = TOOLS[name]
    outcome = await tool.run(context, decode(tool, json.dumps(arguments)))
    msgspec.json.encode([outcome.content, outcome.details])
    return outcome


async def failure(context: ToolContext, name: str, **arguments: object) -> ToolError:
    with pytest.raises(ToolError) as failed:
        await call(context, name, **arguments)
    return failed.value


async def test_the_time_is_the_companys(context: ToolContext) -> None:
    content = (await call(context, "get_current_time")).content
    assert (content["date"], content["weekday"], content["time_zone"]) == ("2026-04-01", "Wednesday", "Asia/Tashkent")
    assert content["now"] == "2026-04-01T02:30:00+05:00"


async def test_tables_are_listed_with_their_purpose(context: ToolContext) -> None:
    outcome = await call(context, "schema_list")
    (table,) = outcome.content["tables"]
    assert (table["name"], table["description"], table["row_estimate"]) == ("orders", "Orders of the shop", 50)
    assert (outcome.content["dialect"], outcome.details) == ("sqlite", {"tables": ["orders"]})


async def test_tables_are_described_and_unknown_ones_told(context: ToolContext) -> None:
    outcome = await call(context, "schema_describe", tables=["orders", "ordrs", "main.Orders"])
    columns = {column["name"]: column for column in outcome.content["tables"][0]["columns"]}
    assert list(columns["city"]["values"]) == ["Buxoro", "Toshkent"]
    assert columns["amount"]["currency"] == "UZS"
    assert outcome.content["not_found"] == ["no such table: ordrs"]


async def test_only_unknown_tables_are_an_error_that_names_the_known_ones(context: ToolContext) -> None:
    error = await failure(context, "schema_describe", tables=["ordrs"])
    assert (error.code, "orders" in error.hint) == ("unknown_table", True)


@pytest.mark.parametrize("tables", [[], ["t"] * 65, "orders", [1]])
async def test_one_to_sixty_four_tables_may_be_described(context: ToolContext, tables: object) -> None:
    assert (await failure(context, "schema_describe", tables=tables)).code == "invalid_arguments"


async def test_a_query_shows_the_model_some_rows_and_keeps_all(context: ToolContext) -> None:
    outcome = await call(
        context, "sql_execute", query="SELECT id, amount FROM orders WHERE id >= :least", params={"least": 10}, limit=3
    )
    (artifact,) = outcome.artifacts
    content = outcome.content
    assert content["columns"] == [{"name": "id", "type": "integer"}, {"name": "amount", "type": "integer", "currency": "UZS"}]
    assert (len(content["rows"]), content["row_count"], content["truncated"]) == (3, 40, False)
    assert content["result_id"] == str(artifact.id)
    assert (artifact.kind, len(artifact.result.rows)) == ("result", 40)
    assert rows_from(artifact.details, encode_rows(artifact.result)) == artifact.result.rows
    assert columns_from(artifact.details) == artifact.result.columns
    assert (len(outcome.details["rows"]), outcome.details["params"]) == (10, {"least": 10})
    assert outcome.details["tables"] == ["orders"]


async def test_long_texts_are_cut_for_the_model_and_kept_for_the_page(context: ToolContext) -> None:
    wide = "SELECT id, replace(hex(zeroblob(5000)), '0', 'ы') AS text FROM orders"
    outcome = await call(context, "sql_execute", query=wide, limit=1000)
    rows = outcome.content["rows"]
    assert (len(rows), outcome.content["row_count"], len(rows[0][1]), rows[0][1][-2:]) == (49, 50, 2001, "ы…")
    assert "49 rows are shown" in outcome.content["note"]
    assert len(outcome.details["rows"][0][1]) == 2001
    assert [len(row[1]) for row in outcome.artifacts[0].result.rows] == [10_000] * 50
    assert "note" not in (await call(context, "sql_execute", query="SELECT id, note FROM orders")).content
    many = "SELECT " + ", ".join(f"replace(hex(zeroblob(500)), '0', 'x') AS c{number}" for number in range(90))
    (row,) = (await call(context, "sql_execute", query=f"{many}, 1 AS n FROM orders LIMIT 1")).content["rows"]
    assert row[-1] == 1
    assert {len(cell) for cell in row[:-1]} == {1000}


async def test_each_query_is_noted_with_its_end(context: ToolContext) -> None:
    ledger = Ledger()
    noting = context.noting(ledger)
    await call(noting, "sql_execute", query="SELECT id, amount FROM orders WHERE id >= :least", params={"least": 10})
    await call(noting, "sql_execute", query="SELECT * FROM orders", explain_plan=True)
    assert (await failure(noting, "sql_execute", query="DELETE FROM orders")).sql == "DELETE FROM orders"
    found = [(ran.sql, ran.outcome, ran.row_count, ran.parameters) for note in ledger.ended if (ran := note.ended)]
    assert found[0] == ("SELECT id, amount FROM orders WHERE id >= :least", "ok", 40, {"least": 10})
    assert found[1][:2] == ("EXPLAIN SELECT * FROM orders", "ok")
    assert found[2] == ("DELETE FROM orders", "policy_violation", None, {})


async def test_a_refused_query_says_why(context: ToolContext) -> None:
    error = await failure(context, "sql_execute", query="DELETE FROM orders")
    assert (error.code, error.message) == ("policy_violation", "query contains disallowed keyword: DELETE")


async def test_a_failed_query_says_what_was_meant(context: ToolContext) -> None:
    error = await failure(context, "sql_execute", query="SELECT amout FROM orders")
    assert error.code == "unknown_column"
    assert "orders.amount" in error.hint


async def test_a_plan_runs_nothing(context: ToolContext) -> None:
    outcome = await call(context, "sql_execute", query="SELECT * FROM orders", explain_plan=True)
    assert outcome.content["plan"]
    assert outcome.artifacts == ()


@pytest.mark.parametrize(
    "arguments",
    [{}, {"query": ""}, {"query": "SELECT 1", "limit": 0}, {"query": "SELECT 1", "limit": 1001}, {"query": "SELECT 1", "x": 1}],
)
async def test_wrong_arguments_of_a_query_are_told(context: ToolContext, arguments: dict) -> None:
    assert (await failure(context, "sql_execute", **arguments)).code == "invalid_arguments"


async def test_a_stored_result_is_shown_as_a_table(context: ToolContext, store) -> None:
    stored = (await call(context, "sql_execute", query="SELECT id FROM orders")).artifacts[0]
    await store(stored)
    outcome = await call(context, "render_table", result_id=str(stored.id), title="Orders")
    (table,) = outcome.artifacts
    assert (table.kind, table.name, table.details["result_id"]) == ("table", "Orders", str(stored.id))
    assert outcome.details["artifact_id"] == outcome.content["artifact_id"] == str(table.id)
    await store(table)
    assert (await failure(context, "render_table", result_id=str(table.id))).code == "not_found"


@pytest.mark.parametrize("result_id", [str(uuid.UUID(int=1)), "r1"])
async def test_a_result_that_is_not_there_cannot_be_shown(context: ToolContext, result_id: str) -> None:
    assert (await failure(context, "render_table", result_id=result_id)).code in {"not_found", "invalid_arguments"}


def options(*labels: str, **more: object) -> list[dict]:
    return [{"label": label, **more} for label in labels]


async def test_questions_pause_with_ids_of_their_own(context: ToolContext) -> None:
    questions = [
        {"id": "q", "question": "Which branch?", "header": "Branch", "options": options("Chilonzor", "Sergeli", id="x")},
        {"id": "q", "question": "What to show?", "header": "Figures", "multiSelect": True, "options": options("a", "b", "c")},
    ]
    first, second = (await call(context, "ask_user_question", questions=questions)).questions
    assert (first.id, second.id) == ("q", "q_2")
    assert ([option.id for option in first.options], first.type) == (["x", "x_2"], "single_choice")
    assert ([option.id for option in second.options], second.type) == (["o1", "o2", "o3"], "multiple_choice")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"header": "Thirteen char"}, "$.questions[0].header"),
        ({"options": options("a")}, "$.questions[0].options"),
        ({"options": options("a", "b", "c", "d", "e")}, "$.questions[0].options"),
        ({"options": options("Same", "same ")}, "same label"),
        ({"question": ""}, "$.questions[0].question"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_wrong_question_goes_back_to_the_model(context: ToolContext, change: dict, place: str) -> None:
    question = {"question": "Which?", "header": "Which", "options": options("a", "b"), **change}
    error = await failure(context, "ask_user_question", questions=[question])
    assert (error.code, place in error.message) == ("invalid_arguments", True)


@pytest.mark.parametrize("count", [0, 5])
async def test_one_to_four_questions_may_be_asked(context: ToolContext, count: int) -> None:
    question = {"question": "Which?", "header": "Which", "options": options("a", "b")}
    assert (await failure(context, "ask_user_question", questions=[question] * count)).code == "invalid_arguments"


@pytest.mark.parametrize("text", ["{", '{"query": ', "[]", "null", '"SELECT 1"', '{"query": "\\ud800"'])
def test_malformed_arguments_are_typed(text: str) -> None:
    with pytest.raises(ToolError) as failed:
        decode(TOOLS["sql_execute"], text)
    assert failed.value.code == "invalid_arguments"


def test_no_arguments_at_all_are_an_empty_object() -> None:
    assert decode(TOOLS["schema_list"], "") == TOOLS["schema_list"].arguments()


def test_every_tool_describes_itself_to_the_model() -> None:
    for tool in BUILT_IN:
        spec = tool.spec()
        assert spec.parameters["type"] == "object"
        assert spec.description.endswith(".")
