"""A whole conversation over each API: tools, a question, agents, an approval, a table, a chart, an answer and what it cost."""

import asyncio
import re
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import text

from tests.chat.conftest import PATIENCE, Chat, Person, decoded, events_of
from tests.letters import Post, letter
from tests.model_scripts import conversation
from tests.model_server import ModelServer

SHOPS = "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop ORDER BY shop"
RESULT = re.compile(r'"result_id":\s*"([^"]+)"')
PER_CALL = Decimal("0.0005985")
"""USD of 100 tokens read, 20 that were cached and 30 written, by gpt-5.2."""
OPTIONS = [{"id": "sum", "label": "Revenue"}, {"id": "count", "label": "Orders"}]
QUESTION = {"id": "by", "question": "By what?", "header": "Measure", "options": OPTIONS}
ANSWER = "Shop 1 sold for 2,740.5."


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"call": {"name": name, "arguments": arguments, "pieces": 3}}


def give(agent: str, instructions: str) -> dict[str, Any]:
    return call("task", agent=agent, instructions=instructions)


def results(request: dict[str, Any]) -> list[str]:
    return [found for role, said in conversation(request) if role == "tool" for found in RESULT.findall(said)]


def drawing(request: dict[str, Any]) -> dict[str, Any]:
    return {"parts": [give("chart_maker", f"Draw {results(request)[-1]} as bars.")]}


def drawn(request: dict[str, Any]) -> dict[str, Any]:
    asked = next(said for role, said in conversation(request) if role == "user")
    return {"parts": [call("draw_chart", result_id=asked.split()[1], type="bar", x="shop", y=["amount"], title="Bars")]}


def shown(request: dict[str, Any]) -> dict[str, Any]:
    return {"parts": [call("render_table", result_id=results(request)[-1], title="Shops")]}


SCRIPT = {
    "rules": [
        {"match": "^Sales of", "turns": [{"parts": [call("sql_execute", query=SHOPS)]}, "The sums are stored."]},
        {"match": "^Draw", "turns": [drawn, "Drew the bars."]},
        {
            "match": "^How are",
            "turns": [
                {
                    "parts": [
                        {"reasoning": "The shops are asked for."}, {"text": "Let me look. ", "pieces": 2}, call("schema_list"),
                        call("get_current_time"), call("sql_execute", query="SELECT count(*) AS n FROM sales"),
                    ]
                },
                {"parts": [call("ask_user_question", questions=[QUESTION]), call("get_current_time")]},
                {"parts": [letter(), give("sql_analyst", "Sales of each shop.")]},
                drawing,
                shown,
                {"parts": [{"call": {"name": "final_answer", "arguments": {"answer": ANSWER}, "pieces": 6}}]},
            ],
        },
        {"match": "^And", "turns": ["Shop 5."]},
    ]
}  # fmt: skip
CALLS_OF_ALL = 6 + 2 + 2


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the events that do not depend on how the bytes arrived, each kind in a row once."""
    told = [event["type"] for event in events if event["type"] not in {"status", "ping"}]
    return [kind for at, kind in enumerate(told) if at == 0 or told[at - 1] != kind]


def content(events: list[dict[str, Any]], kind: str = "content") -> str:
    return "".join(event["content"] for event in events if event["type"] == kind)


def ended(events: list[dict[str, Any]]) -> list[str]:
    return [event["tool"]["name"] for event in events if event["type"] == "tool_end"]


async def rpc(client: httpx.AsyncClient, method: str, **params: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await client.post("/bi-chat/rpc", json={"id": 1, "method": method, "params": params})).json()
    return told["result"]


async def answered(client: httpx.AsyncClient, session: str, asked: dict[str, Any], option: str) -> list[dict[str, Any]]:
    """Answer the only question by an option and return what comes then."""
    answers = {asked["questions"][0]["id"]: option}
    submit = {"sessionId": session, "checkpointId": asked["checkpointId"], "answers": answers}
    run = (await rpc(client, "bichat.question.submit", **submit))["runId"]
    async with asyncio.timeout(PATIENCE):
        tail = await client.get("/bi-chat/stream/events", params={"runId": run, "lastEventId": asked["id"]})
        return decoded(events_of(tail.text))


async def test_it_is_the_same_over_both(chat: Chat, analyst: Person, provider: ModelServer, post: Post) -> None:
    provider.script = SCRIPT
    async with chat.program("analyst@one.test") as client:
        first = await chat.stream(client, content="How are the shops doing?", debugMode=True)
        session = first[0]["sessionId"]
        assert content(first, "thinking") == "The shops are asked for."
        assert content(first) == "Let me look. "
        assert sorted(ended(first)) == ["get_current_time", "schema_list", "sql_execute"]
        assert (first[-1]["type"], first[-1]["questions"][0]["text"]) == ("interrupt", "By what?")

        second = await answered(client, session, first[-1], "count")
        assert ended(second) == ["ask_user_question", "get_current_time", "sql_execute", "task"]
        assert second[-1]["type"] == "interrupt"
        assert (second[-1]["questions"][0]["tool"], post.sent) == ("send_letter", [])
        assert ("tool", '{"answers":{"by":["count"]}}') in conversation(provider.log[2]["body"])

        third = await answered(client, session, second[-1], "allow")
        assert post.sent == ["ann@b.test"]
        assert ended(third)[:1] == ["send_letter"]
        assert ended(third)[-3:] == ["draw_chart", "task", "render_table"]
        assert [event["artifact"]["type"] for event in third if event["type"] == "artifact"] == ["chart", "table"]
        assert content(third) == ANSWER
        assert kinds(third)[-3:] == ["content", "usage", "done"]
        usage = next(event["usage"] for event in third if event["type"] == "usage")
        tokens = (usage["promptTokens"], usage["cachedTokens"], usage["completionTokens"])
        assert tokens == (120 * CALLS_OF_ALL, 20 * CALLS_OF_ALL, 30 * CALLS_OF_ALL)
        assert Decimal(str(usage["cost"])) == PER_CALL * CALLS_OF_ALL
        assert (third[-1]["finishReason"], len(provider.log)) == ("stop", CALLS_OF_ALL)

        (turn,) = (await rpc(client, "bichat.session.get", id=session))["turns"]
        names = [(tool["name"], tool.get("agentName")) for tool in turn["assistantTurn"]["toolCalls"]]
        assert ("sql_execute", "sql_analyst") in names
        assert ("draw_chart", "chart_maker") in names
        assert turn["assistantTurn"]["content"] == ANSWER

        last = await chat.stream(client, content="And the best?", sessionId=session)
        assert (content(last), last[-1]["type"]) == ("Shop 5.", "done")
    roles = [role for role, _ in conversation(provider.log[-1]["body"])]
    assert (roles.count("user"), roles[0], roles[-1]) == (2, "system", "user")
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    for part in ('data-chart="', 'data-testid="result-table"', 'data-agent="sql_analyst"', ANSWER, "Shop 5."):
        assert part in page


async def test_what_a_model_sees_is_the_same_over_both(chat: Chat, provider: ModelServer) -> None:
    """Every call of a step is answered, those too that failed, and what was said before them stays."""
    parts = [call("sql_execute", query=SHOPS), call("no_such_tool"), call("get_current_time"), call("render_table", result_id=7)]
    provider.script = [{"parts": ["Wait. ", *parts]}, "Done."]
    async with chat.program("analyst@one.test") as client:
        await chat.stream(client, content="Well?")
    told = [said for role, said in conversation(provider.log[-1]["body"]) if role == "tool"]
    signs = ['"result_id"', '"not_found"', '"now"', '"invalid_arguments"']
    assert sorted(next((sign for sign in signs if sign in said), said) for said in told) == sorted(signs)
    assert ("assistant", "Wait. ") in [(role, said) for role, said in conversation(provider.log[-1]["body"]) if said]


async def test_stopping_keeps_what_was_streamed_and_it_is_gone_on_with(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": ["Half an ", {"until": asyncio.Event()}]}, "The other half."]
    async with chat.person("analyst@one.test") as person:
        session, run = await person.ask("Long?")
        async with person.client.stream("GET", f"/bi-chat/runs/{run}/events") as page:
            pieces = page.aiter_text()
            while "Half an" not in await anext(pieces):
                pass
        await person.post(f"/bi-chat/runs/{run}/stop")
        assert "Half an" in await person.until(session, "stopped")
        await provider.until("cut")
        await person.ask("And then?", session)
        assert "The other half." in await person.until(session, "completed")
    said = [(role, said.strip()) for role, said in conversation(provider.log[-1]["body"])]
    assert said[1:] == [("user", "Long?"), ("assistant", "Half an"), ("user", "And then?")]
    rows = await chat.database.rows(text("SELECT finish_reason, is_estimated FROM bichat_model_calls ORDER BY created_at, id"))
    assert [tuple(row) for row in rows] == [("interrupted", True), ("stop", False)]
