"""What agents consider while they work on tasks stands among their steps, live and afterwards; over each API of a provider."""

import asyncio
import re
from typing import Any

from app.settings import Settings
from tests.chat.both_apis.test_reasoning import broken_off, followed, shown, titles
from tests.chat.conftest import Chat, provided, served
from tests.model_server import ModelServer
from tests.site import ON_EACH_ENGINE

LOOK: dict[str, Any] = {"call": {"name": "schema_list", "arguments": {}}}
TOKEN = re.compile(
    r'<ol class="steps"|</ol>|<details class="thought".*?</details>|data-testid="tool-step" data-tool="(\w+)"', re.DOTALL
)
PLACED = re.compile(
    r'hx-target="#run-[0-9a-f-]+(?:-step-([\w-]+))?-steps" hx-swap="beforeend">\s*<li class="step" id="[^"]*-step-([\w-]+)"'
)
NESTED = ["First plan goes on.", "schema_list", "First is done."], ["Second plan goes on.", "schema_list", "Second is done."]
OUTLINE = ["Share it.", "task", NESTED[0], "task", NESTED[1], "Sum up."]
GRAPHQL = "query ($id: ID!) { messages(sessionId: $id) { reasoning toolCalls { name reasoning } } }"


def task(instructions: str) -> dict[str, Any]:
    return {"call": {"name": "task", "arguments": {"agent": "sql_analyst", "instructions": instructions}}}


def agent(name: str, mine: asyncio.Event, other: asyncio.Event) -> dict[str, Any]:
    """Return the rule of an agent that begins to think, and goes on only when another one has begun, too."""
    first = [{"reasoning": f"{name} *plan*"}, {"until": mine}, {"reasoning": " goes on."}, {"until": other}, LOOK]
    return {"match": f"^{name}", "turns": [{"parts": first}, {"parts": [{"reasoning": f"{name} is done."}, "Eight."]}]}


def script(first: asyncio.Event, second: asyncio.Event) -> dict[str, Any]:
    own = [
        {"parts": [{"reasoning": "Share it."}, task("First."), task("Second.")]},
        {"parts": [{"reasoning": "Sum up."}, "Both."]},
    ]
    return {"rules": [agent("First", first, second), agent("Second", second, first), {"turns": own}]}


def outline(html: str) -> list[Any]:
    """Return the steps in order: the words of a thought, the name of a tool, and as a list what stands below the one before."""
    stack: list[list[Any]] = [[]]
    for token in TOKEN.finditer(html.partition('data-testid="answer-text"')[0]):
        if token[0].startswith("<ol"):
            stack.append([])
        elif token[0] == "</ol>":
            below = stack.pop()
            stack[-1] += [below] if below else []
        else:
            stack[-1].append(token[1] or shown(token[0])[0])
    return stack[0][0] if stack[0] else []


@ON_EACH_ENGINE
async def test_each_agents_thoughts_stand_among_its_steps_live_and_after_a_restart(
    chat: Chat, provider: ModelServer, chat_settings: Settings, model_api: str
) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    provider.script = script(first, second)
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("How many?")
        await provider.until_asked(3)
        following = asyncio.create_task(followed(analyst, run, "First <em>plan</em></p>", first))
        late = asyncio.create_task(followed(analyst, run, "First <em>plan</em> goes on.", second))
        page = await analyst.until(session, "completed")
        live, streamed = await following, (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
        await late
    async with served(provided(chat_settings, provider, model_api), None) as again:
        restarted = Chat(again, chat.model, chat.database)
        async with restarted.person("analyst@one.test") as analyst:
            later = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    for html in (page, streamed, later):
        assert outline(html) == OUTLINE
        assert all(re.fullmatch(r"Thought for [\d.]+ m?s", title) for title in titles(html)), titles(html)
    assert titles(later) == titles(page)
    placed = PLACED.findall(live.replace("data: ", ""))
    nested = [(below, step) for below, step in placed if "-thought-" in step]
    assert sorted(step.rpartition("-")[2] for _, step in nested)[-2:] == ["2", "2"]
    assert all(step.startswith(f"{below}-thought-") for below, step in nested)
    assert len(placed) == len(set(placed))
    assert 'hx-swap="delete"' not in live


async def test_programs_are_told_whose_thoughts_they_are_live_and_afterwards(chat: Chat, provider: ModelServer) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    provider.script = script(first, second)
    first.set()
    second.set()
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="How many?")
        session, run = events[0]["sessionId"], events[1]["runId"]
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
        (turn,) = (await program.post("/bi-chat/rpc", json=call)).json()["result"]["turns"]
        said = await program.post("/bi-chat/graphql", json={"query": GRAPHQL, "variables": {"id": session}})
        assert "event: thinking" in (await program.get(f"/bi-chat/stream/events?runId={run}")).text
    tasks = [call for call in turn["assistantTurn"]["toolCalls"] if call["name"] == "task"]
    told: dict[str | None, str] = {}
    for event in events:
        if event["type"] == "thinking":
            assert event["agentName"] == ("sql_analyst" if "taskCallId" in event else "bi_analyst")
            told[event.get("taskCallId")] = told.get(event.get("taskCallId"), "") + event["content"]
    assert told == {
        None: "Share it.Sum up.", tasks[0]["id"]: "First *plan* goes on.First is done.",
        tasks[1]["id"]: "Second *plan* goes on.Second is done.",
    }  # fmt: skip
    assert turn["assistantTurn"]["reasoning"] == "Share it.\n\nSum up."
    kept = [f"{name} *plan* goes on.\n\n{name} is done." for name in ("First", "Second")]
    assert [call["reasoning"] for call in tasks] == kept
    calls = said.json()["data"]["messages"][1]["toolCalls"]
    assert [call["reasoning"] for call in calls if call["name"] == "task"] == kept
    assert {call["reasoning"] for call in calls if call["name"] != "task"} == {None}


async def test_what_an_agent_considered_before_its_call_broke_off_is_not_shown_twice(
    chat_settings: Settings, provider: ModelServer, model_api: str
) -> None:
    breaking = asyncio.Event()
    half = {"parts": [{"reasoning": "Half a"}, {"until": breaking}], "ending": "reset"}
    turns = iter([half, {"parts": [{"reasoning": "Whole."}, "Eight."]}])
    own = [{"parts": [task("First.")]}, {"parts": ["Done."]}]
    provider.script = {"rules": [{"match": "^First", "turns": [lambda _request: next(turns)]}, {"turns": own}]}
    told, page = await broken_off(chat_settings, provider, model_api, breaking)
    assert outline(page) == ["task", ["Whole."]]
    assert told.index("Half a") < told.index('hx-swap="delete"') < told.index("Whole.")


async def test_of_agents_that_are_stopped_only_what_led_to_a_step_stays(chat: Chat, provider: ModelServer) -> None:
    seen, never = asyncio.Event(), asyncio.Event()
    turns = [{"parts": [{"reasoning": "Looked."}, LOOK]}, {"parts": [{"reasoning": "Vain."}, {"until": never}]}]
    provider.script = {"rules": [{"match": "^First", "turns": turns}, {"turns": [{"parts": [task("First.")]}]}]}
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("Well?")
        following = asyncio.create_task(followed(analyst, run, "Vain.", seen))
        await seen.wait()
        await analyst.post(f"/bi-chat/runs/{run}/stop")
        page = await analyst.until(session, "stopped")
        live = await following
        again = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    assert outline(page) == outline(again) == ["task", ["Looked.", "schema_list"]]
    assert "Vain." not in live[live.index('hx-swap="delete"') :]
