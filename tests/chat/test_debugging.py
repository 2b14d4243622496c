"""Debug mode tells the asker what an answer took, live and afterwards alike, and nobody else."""

import re
from decimal import Decimal

import pytest

from app.agent.model import Usage
from app.api.bodies import encode
from app.chat.debugging import DebugCall, DebugView
from app.web.formats import formats_of
from tests.chat.conftest import Chat, Person
from tests.chat.test_versions import talk
from tests.scripted_model import Call, ScriptedModel, Turn, final_answer
from tests.site import ON_EACH_ENGINE

FIRST, SECOND = Usage(1200, 800, 34), Usage(1500, 1024, 56)
DETAILS = re.compile(r'<details class="debug".*?</details>', re.DOTALL)
USAGE = {
    "promptTokens": 2700,
    "completionTokens": 90,
    "totalTokens": 2790,
    "cachedTokens": 1824,
    "cost": None,
    "isEstimated": False,
}


def script(model: ScriptedModel) -> None:
    model.add(Turn((Call("get_current_time"),), usage=FIRST), Turn((final_answer("It is late."),), usage=SECOND))


@pytest.fixture
async def asked(analyst: Person, model: ScriptedModel) -> tuple[str, str]:
    """Return a session and its run, which was asked for in debug mode."""
    session = await talk(analyst, model, ("First?", "One."))
    script(model)
    await analyst.post("/bi-chat/messages", content="/debug")
    _, run = await analyst.ask("How late is it?", session)
    await analyst.until(session, "completed")
    return session, run


async def test_the_page_says_what_the_answer_took_live_and_after_a_reload(analyst: Person, asked: tuple[str, str]) -> None:
    session, run = asked
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    (shown,) = DETAILS.findall(page)
    for figure in ("2,790 tokens", "1,200", "800", "34", "1,500", "1,024", "56", "2,700", "1,824", "get_current_time", "≈"):
        assert figure in shown
    assert "Earlier turns" in shown
    assert "Tool results" in shown
    live = "\n".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
    assert DETAILS.findall(live) == [shown]


@ON_EACH_ENGINE
async def test_programs_get_the_same_figures(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    script(model)
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="How late is it?", debugMode=True)
        session = events[0]["sessionId"]
        ((usage, told),) = [(event["usage"], event["debug"]) for event in events if event["type"] == "usage"]
        got = (await program.post("/bi-chat/rpc", json={"method": "bichat.session.get", "params": {"id": session}})).json()
    debug = got["result"]["turns"][0]["assistantTurn"]["debug"]
    assert usage == debug["usage"] == USAGE
    assert told == debug
    assert re.fullmatch("[0-9a-f]{32}", debug["traceId"])
    assert [(call["promptTokens"], call["cachedTokens"], call["completionTokens"]) for call in debug["calls"]] == [
        (1200, 800, 34), (1500, 1024, 56),
    ]  # fmt: skip
    first, second = [{block["block"]: block["tokens"] for block in call["context"]} for call in debug["calls"]]
    assert set(first) == {"system", "tools", "turn"}
    assert set(second) == {*first, "tool_output"}
    assert second["turn"] > first["turn"] > 0
    assert [(tool["name"], tool["error"]) for tool in debug["tools"]] == [("get_current_time", None)]


def test_what_calls_cost_is_added_up_and_written_to_the_last_place() -> None:
    calls = [DebugCall("openai", "gpt-5.2", 1, 0, 1, Decimal("0.10000001"), 1.0, "stop", [], is_estimated=False)] * 3
    view = DebugView(calls)
    assert view.cost == Decimal("0.30000003")
    assert b'"cost":0.30000003' in encode(view.shape)
    assert [formats_of("en").cost(Decimal(cost)) for cost in ("12.346", "0.5", "0.00123456", "0.00000001", "0")] == [
        "$12.35", "$0.50", "$0.0012", "$0.00000001", "$0.00",
    ]  # fmt: skip


async def test_nobody_else_sees_it(chat: Chat, asked: tuple[str, str]) -> None:
    session, run = asked
    call = {"method": "bichat.session.get", "params": {"id": session}}
    for email, status in (
        ("auditor@one.test", 200),
        ("admin@one.test", 200),
        ("viewer@one.test", 404),
        ("analyst@two.test", 404),
    ):
        async with chat.person(email) as other:
            page = await other.get(f"/bi-chat/sessions/{session}")
            assert (page.status_code, "debug-call" in page.text) == (status, False)
        async with chat.program(email) as program:
            assert "isEstimated" not in (await program.post("/bi-chat/rpc", json=call)).text
            tail = await program.get(f"/bi-chat/stream/events?runId={run}")
            assert (tail.status_code, "event: usage" in tail.text) == (status, False)


async def test_debug_mode_needs_the_permission_to_export(chat: Chat, model: ScriptedModel) -> None:
    async with chat.program("viewer@one.test") as program:
        answer = await program.post("/bi-chat/stream", json={"content": "How late is it?", "debugMode": True})
        assert answer.status_code == 403
    assert not model.requests


async def test_without_debug_mode_nothing_is_counted_or_shown(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."))
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert not DETAILS.findall(page)
