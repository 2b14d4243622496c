"""Tasks of other agents in a conversation: within the asker's rights, seen below the task, checked and counted as all else."""

import asyncio
import re
import uuid
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from app.agent.model import AssistantText, ModelError, ModelRequest, ToolOutput, Usage
from app.chat import transcript
from app.chat.models import Message, ModelCall, Run, Session
from app.files.models import Artifact
from tests.chat.conftest import Chat, Person
from tests.chat.test_budgets import cap
from tests.chat.test_sharing import share
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import keep_for_managers
from tests.scripted_model import Call, Script, ScriptedModel, Turn, final_answer

__all__ = ("settings", "shop")

SHOPS = "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"
ANSWER = "Shop 1 sold for 2,740.5, and not for 2,741.5."
USAGE = Usage(100, 0, 10)
STEP = re.compile(r'<details data-testid="tool-step" data-tool="(\w+)" data-state="(\w+)"(?: data-agent="(\w+)")?>')


def give(agent: str, instructions: str) -> Call:
    return Call("task", {"agent": agent, "instructions": instructions})


def agent_of(request: ModelRequest) -> str:
    names = {"SQL analyst": "sql_analyst", "chart maker": "chart_maker", "spreadsheet analyst": "spreadsheet_analyst"}
    found = re.match(r"You are the (.+?) of ", request.system)
    return names.get(found[1], "bi_analyst") if found else "bi_analyst"


def script(model: ScriptedModel, **turns: list[Script]) -> None:
    """Have each agent answer by how many steps it has behind it since the question."""

    def answer(request: ModelRequest) -> Script:
        done = 0
        for message in request.messages:
            done = done + 1 if isinstance(message, AssistantText) else 0 if type(message).__name__ == "UserText" else done
        return turns[agent_of(request)][done]

    model.add(*[answer] * 100)


def result_of(request: ModelRequest) -> str:
    content = msgspec.json.decode(request.messages[-1].content)
    return str(content["results"][0]["result_id"] if "results" in content else content["result_id"])


def drawing(request: ModelRequest) -> list[Call]:
    """Give the chart maker the result that the SQL analyst stored."""
    return [give("chart_maker", f"Draw {result_of(request)} as bars.")]


def drawn(request: ModelRequest) -> list[Call]:
    found = re.search(r"Draw (\S+) as bars", request.messages[0].content)
    assert found
    return [Call("draw_chart", {"result_id": found[1], "type": "bar", "x": "shop", "y": ["amount"], "title": "Bars"})]


def both(model: ScriptedModel, answer: str = ANSWER) -> None:
    """Have figures found by one agent and drawn by another."""
    script(
        model,
        bi_analyst=[[give("sql_analyst", "Sales of each shop, all time.")], drawing, Turn((final_answer(answer),), usage=USAGE)],
        sql_analyst=[
            Turn((Call("schema_list"), Call("sql_execute", {"query": SHOPS})), usage=USAGE),
            Turn(("Found: 1,234,567.",), usage=USAGE),
        ],
        chart_maker=[drawn, "Drew the bars."],
    )


async def test_agents_share_results_and_what_they_do_stands_below_their_task(analyst: Person, model: ScriptedModel) -> None:
    both(model)
    session, run = await analyst.ask("Draw the sales of each shop")
    page = await analyst.until(session, "completed")
    steps = [("task", "ok", "sql_analyst"), ("schema_list", "ok", ""), ("sql_execute", "ok", ""), ("task", "ok", "chart_maker")]
    assert STEP.findall(page) == [*steps, ("draw_chart", "ok", "")]
    assert "SQL analyst</span>" in page
    assert "Sales of each shop, all time." in page
    assert 'data-chart="' in page
    assert "1,234,567" not in page
    live = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events", "1-start"))
    for _, below in re.findall(r'hx-target="#run-[0-9a-f-]+-step-([\w-]+)-steps" hx-swap="beforeend">.*?data-tool="(\w+)"', live):
        assert below in {"schema_list", "sql_execute", "draw_chart"}
    assert live.count('-steps" hx-swap="beforeend"') == 5
    told = [msgspec.json.decode(message.content) for message in model.requests[-1].messages if isinstance(message, ToolOutput)]
    assert [len(each["results"]) for each in told] == [1, 0]
    assert [each["tool"] for each in told[1]["artifacts"]] == ["draw_chart"]


async def test_figures_that_an_agent_read_are_found_and_what_it_only_said_proves_nothing(
    analyst: Person, model: ScriptedModel
) -> None:
    both(model, "Shop 1 sold for 2,740.5, the agent said 1,234,567.")
    session, _ = await analyst.ask("Sales?")
    page = await analyst.until(session, "completed")
    assert re.findall(r'data-testid="unchecked-claim"[^>]*>([^<]*)<', page) == ["1,234,567"]
    model._turns.clear()
    model.add([final_answer("As I said: 2,740.5, not 2,750.5.")])
    await analyst.ask("Again?", session)
    page = await analyst.until(session, "completed")
    assert re.findall(r'data-testid="unchecked-claim"[^>]*>([^<]*)<', page) == ["1,234,567", "2,750.5"]


async def test_programs_are_told_whose_call_it_is_live_and_afterwards(chat: Chat, model: ScriptedModel) -> None:
    both(model)
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="Sales?", debugMode=True)
        body: dict[str, Any] = {"id": "1", "method": "bichat.session.get", "params": {"id": events[0]["sessionId"]}}
        (turn,) = (await program.post("/bi-chat/rpc", json=body)).json()["result"]["turns"]
        query = (
            "query($id: ID!) { session(id: $id) { id } messages(sessionId: $id) { toolCalls { id name agentName taskCallId } } }"
        )
        asked = {"query": query, "variables": {"id": events[0]["sessionId"]}}
        told = (await program.post("/bi-chat/graphql", json=asked)).json()["data"]["messages"]
    ended = {event["tool"]["callId"]: event["tool"] for event in events if event["type"] == "tool_end"}
    names = {call["name"]: call["agentName"] for call in ended.values()}
    assert names == {
        "task": "bi_analyst", "schema_list": "sql_analyst", "sql_execute": "sql_analyst", "draw_chart": "chart_maker",
    }  # fmt: skip
    calls = turn["assistantTurn"]["toolCalls"]
    assert [call["name"] for call in calls] == ["task", "schema_list", "sql_execute", "task", "draw_chart"]
    assert {call["id"]: call["result"] for call in calls} == {call["callId"]: call["result"] for call in ended.values()}
    assert [call.get("taskCallId") for call in calls] == [None, calls[0]["id"], calls[0]["id"], None, calls[3]["id"]]
    assert [call.get("agentName") for call in calls] == [None, "sql_analyst", "sql_analyst", None, "chart_maker"]
    assert [call["taskCallId"] for message in told for call in message["toolCalls"]] == [call.get("taskCallId") for call in calls]
    assert turn["assistantTurn"]["content"] == ANSWER
    assert "explanation" not in turn["assistantTurn"]
    started = [event["tool"] for event in events if event["type"] == "tool_start"]
    assert {call["callId"]: call.get("taskCallId") for call in started} == {call["id"]: call.get("taskCallId") for call in calls}
    (usage,) = (event["usage"] for event in events if event["type"] == "usage")
    assert usage["totalTokens"] == 3 * 110 + 4 * 15
    assert len(turn["assistantTurn"]["debug"]["calls"]) == 7


async def test_the_same_is_told_when_the_log_is_gone(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    both(model)
    session, run = await analyst.ask("Sales?")
    await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        whole = (await db.execute(select(Run).where(Run.id == uuid.UUID(run)))).scalar_one()
    rows = await transcript.load(chat.database, whole)  # type: ignore[arg-type]  # it has the columns of the row
    told = [event for event in transcript.events(whole, rows) if type(event).__name__ in {"ToolStart", "ToolEnd"}]
    names = [(event.call.name, event.within.agent if event.within else "") for event in told]  # type: ignore[union-attr]
    side_by_side = [("schema_list", "sql_analyst"), ("sql_execute", "sql_analyst")]
    assert names[:3] == [("task", ""), *side_by_side]
    assert sorted(names[3:5]) == side_by_side
    drawn = ("draw_chart", "chart_maker")
    assert names[5:] == [("task", ""), ("task", ""), drawn, drawn, ("task", "")]


@pytest.mark.parametrize(("email", "error"), [("viewer@one.test", "permission_denied"), ("analyst@one.test", None)])
async def test_a_tool_that_the_person_may_not_use_is_refused_to_their_agents_too(
    chat: Chat, model: ScriptedModel, email: str, error: str | None
) -> None:
    script(
        model,
        bi_analyst=[[give("spreadsheet_analyst", "All sales as a file.")], [final_answer("That is all.")]],
        spreadsheet_analyst=[[Call("export_query_to_excel", {"query": SHOPS, "title": "Sales"})], "Done as far as I may."],
    )
    async with chat.person(email) as person:
        session, _ = await person.ask("A file of the sales, please")
        await person.until(session, "completed")
    async with chat.database.reading() as db:
        ended = (await db.execute(select(Message.error_code).where(Message.tool_name == "export_query_to_excel"))).scalar_one()
        made = (await db.execute(select(Artifact.kind).where(Artifact.kind == "export"))).scalars().all()
    assert ended == error
    assert list(made) == ([] if error else ["export"])
    offered = {tool.name for request in model.requests if agent_of(request) == "spreadsheet_analyst" for tool in request.tools}
    assert ("export_query_to_excel" in offered) == (error is None)


async def test_an_agent_finds_no_result_of_another_company(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([Call("sql_execute", {"query": SHOPS})], [final_answer("Here.")])
    session, _ = await analyst.ask("Sales?")
    await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        theirs = (await db.execute(select(Artifact.id).where(Artifact.kind == "result"))).scalar_one()
    script(
        model, bi_analyst=[[give("chart_maker", f"Draw {theirs} as bars.")], [final_answer("I could not.")]],
        chart_maker=[drawn, "There is no such result."],
    )  # fmt: skip
    async with chat.person("analyst@two.test") as other:
        session, _ = await other.ask("Draw it")
        page = await other.until(session, "completed")
    assert STEP.findall(page) == [("task", "ok", "chart_maker"), ("draw_chart", "error", "")]
    assert 'data-chart="' not in page


async def test_readers_from_whom_a_table_is_kept_learn_nothing_of_what_an_agent_found(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    both(model)
    session, _ = await analyst.ask("Sales?")
    await analyst.until(session, "completed")
    await share(analyst, session)
    await keep_for_managers(chat)
    async with chat.program("viewer@one.test") as program:
        body: dict[str, Any] = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
        (turn,) = (await program.post("/bi-chat/rpc", json=body)).json()["result"]["turns"]
    for call in turn["assistantTurn"]["toolCalls"]:
        assert "result" not in call
        assert "may not read any more" in call["error"]


async def test_the_next_question_is_asked_behind_the_answer_and_not_behind_an_agents_step(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    both(model)
    session, _ = await analyst.ask("Sales?")
    await analyst.until(session, "completed")
    model._turns.clear()
    model.add([final_answer("Yes.")])
    await analyst.ask("Sure?", session)
    await analyst.until(session, "completed")
    said = [type(message).__name__ for message in model.requests[-1].messages]
    assert said == ["UserText", "AssistantText", "ToolOutput", "AssistantText", "ToolOutput", "AssistantText", "UserText"]
    async with chat.database.reading() as db:
        parents = (await db.execute(select(Message.parent_id).where(Message.parent_id.is_not(None)))).scalars().all()
        nested = (await db.execute(select(Message.id).where(Message.task_call_id != ""))).scalars().all()
        title = (await db.execute(select(Session.title).where(Session.id == uuid.UUID(session)))).scalar_one()
        spent = (await db.execute(select(ModelCall.input_tokens).where(ModelCall.run_id.is_not(None)))).scalars().all()
    assert len(nested) == 7
    assert not set(parents) & set(nested)
    assert "1,234,567" not in title
    assert len(spent) == 8


async def test_an_agent_whose_model_fails_does_not_end_the_answer(analyst: Person, model: ScriptedModel) -> None:
    script(
        model, bi_analyst=[[give("sql_analyst", "Sales."), Call("get_current_time")], [final_answer("Try again later.")]],
        sql_analyst=[[Call("schema_list")], ModelError("overloaded", "busy")],
    )  # fmt: skip
    session, _ = await analyst.ask("Sales?")
    page = await analyst.until(session, "completed")
    assert sorted(STEP.findall(page)) == [
        ("get_current_time", "ok", ""), ("schema_list", "ok", ""), ("task", "error", "sql_analyst"),
    ]  # fmt: skip
    assert "Try again later." in page


async def test_stopping_ends_what_agents_do_and_keeps_what_they_did(analyst: Person, model: ScriptedModel) -> None:
    script(
        model, bi_analyst=[[give("sql_analyst", "Sales."), give("chart_maker", "Wait.")]],
        sql_analyst=[[Call("schema_list")], ["Well", 60]], chart_maker=[["Well", 60]],
    )  # fmt: skip
    session, run = await analyst.ask("Sales?")
    while len(model.requests) < 4:
        await analyst.until(session, "running")
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    page = await analyst.until(session, "stopped")
    assert model.cancelled == 2
    assert STEP.findall(page) == [
        ("task", "cancelled", "sql_analyst"), ("schema_list", "ok", ""), ("task", "cancelled", "chart_maker"),
    ]  # fmt: skip


async def test_a_spent_budget_ends_an_agent_before_its_next_call(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    script(
        model, bi_analyst=[[give("sql_analyst", "Sales.")]], sql_analyst=[[Call("schema_list")], [Call("schema_list")], "Never."]
    )  # fmt: skip
    await cap(chat.database, cap_user_tokens=25)
    session, _ = await analyst.ask("Sales?")
    page = await analyst.until(session, "failed")
    assert [agent_of(request) for request in model.requests] == ["bi_analyst", "sql_analyst"]
    assert STEP.findall(page) == [("task", "cancelled", "sql_analyst"), ("schema_list", "ok", "")]


@pytest.mark.parametrize("caps", [{"cap_user_tokens": 25}, {"cap_tenant_tokens": 25}])
async def test_agents_at_work_together_pass_a_budget_by_one_call_and_not_by_one_each(
    chat: Chat, analyst: Person, model: ScriptedModel, caps: dict[str, int]
) -> None:
    tasks = [give("sql_analyst", "Sales."), give("chart_maker", "Bars."), give("spreadsheet_analyst", "A file.")]
    script(
        model, bi_analyst=[tasks], sql_analyst=[[Call("schema_list")]], chart_maker=[[Call("schema_list")]],
        spreadsheet_analyst=[[Call("schema_list")]],
    )  # fmt: skip
    await cap(chat.database, **caps)
    session, _ = await analyst.ask("Sales?")
    await analyst.until(session, "failed")
    assert len(model.requests) == 2
    async with chat.database.reading() as db:
        assert (await db.execute(select(Run.error_code))).scalar_one() == "quota"
        assert sum((await db.execute(select(ModelCall.input_tokens + ModelCall.output_tokens))).scalars()) == 30


async def test_agents_work_side_by_side_where_the_budget_has_room(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    both_ask, asking = asyncio.Event(), 0

    def together(_request: ModelRequest) -> Script:
        nonlocal asking
        asking += 1
        if asking == 2:
            both_ask.set()
        return [both_ask, "Done."]

    tasks = [give("sql_analyst", "Sales."), give("chart_maker", "Bars.")]
    script(model, bi_analyst=[tasks, [final_answer("Done.")]], sql_analyst=[together], chart_maker=[together])
    await cap(chat.database, cap_user_tokens=1_000_000)
    session, _ = await analyst.ask("Sales?")
    await analyst.until(session, "completed")


async def test_debug_mode_says_which_agent_made_each_call(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    both(model)
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="Draw the sales of each shop", debugMode=True)
        session = events[0]["sessionId"]
        got = (await program.post("/bi-chat/rpc", json={"method": "bichat.session.get", "params": {"id": session}})).json()
    debug = got["result"]["turns"][0]["assistantTurn"]["debug"]
    agents = [None, "sql_analyst", "sql_analyst", None, "chart_maker", "chart_maker", None]
    assert [call["agentName"] for call in debug["calls"]] == agents
    assert {tool["name"]: tool["agentName"] for tool in debug["tools"]} == {
        "task": None, "schema_list": "sql_analyst", "sql_execute": "sql_analyst", "draw_chart": "chart_maker",
    }  # fmt: skip
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    sql, charts = "SQL analyst", "Chart maker"
    assert re.findall(r'data-testid="debug-agent">([^<]+)<', page) == [sql, sql, charts, charts, sql, sql, charts]
