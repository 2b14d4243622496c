"""Every field that programs are promised of a conversation is there, with its type, and nothing is called otherwise."""

import json
import re
import uuid
from typing import Any

import httpx
import pytest

from tests.api.calls import Program
from tests.chat.conftest import Chat
from tests.scripted_model import Call, ScriptedModel, final_answer

OPTIONS = [{"id": "a", "label": "A", "description": "First"}, {"id": "b", "label": "B", "description": "Second"}]
ASK = Call(
    "ask_user_question", {"questions": [{"id": "q", "question": "Which?", "header": "Which", "options": OPTIONS}]}, id="c2"
)
PERSON = {"id", "firstName", "lastName", "initials"}
SESSION = {"id", "title", "status", "pinned", "createdAt", "updatedAt", "owner", "access"}
TURN = {"id", "sessionId", "createdAt", "userTurn", "assistantTurn"}
ASSISTANT = {"id", "role", "content", "citations", "toolCalls", "artifacts", "codeOutputs", "createdAt"}
QUESTION = {"id", "text", "header", "type", "options"}


async def waiting(chat: Chat, program: Program, model: ScriptedModel) -> tuple[str, list[dict[str, Any]]]:
    """Have the agent look at the time and ask; returns the session's id and the events."""
    model.add(["Let me see. ", Call("get_current_time", id="c1")], [ASK], [final_answer("A it is.")])
    events = await chat.stream(program.client, content="Which?")
    return events[0]["sessionId"], events


async def test_a_conversation_has_the_promised_fields(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session, events = await waiting(chat, program, model)
    told = await program.call("session.get", id=session)
    assert set(told["session"]) == SESSION
    assert set(told["session"]["owner"]) == PERSON
    assert set(told["session"]["access"]) == {"role", "canRead", "canWrite"}
    (turn,) = told["turns"]
    assert set(turn) >= TURN
    assert set(turn["userTurn"]) == {"id", "content", "attachments", "author", "createdAt"}
    assert set(turn["userTurn"]["author"]) == PERSON
    assert set(turn["assistantTurn"]) - {"explanation", "debug"} == ASSISTANT
    call = turn["assistantTurn"]["toolCalls"][0]
    assert set(call) == {"id", "name", "arguments", "result", "durationMs"}
    pending = told["pendingQuestion"]
    assert set(pending) == {"checkpointId", "agentName", "turnId", "status", "questions"}
    assert pending["turnId"] == turn["id"]
    assert set(pending["questions"][0]) == QUESTION
    assert set(pending["questions"][0]["options"][0]) == {"id", "label", "description"}
    assert pending["checkpointId"] == events[-1]["checkpointId"]
    for id_ in (session, turn["id"], turn["sessionId"], turn["runId"], pending["checkpointId"], turn["assistantTurn"]["id"]):
        assert str(uuid.UUID(id_)) == id_


async def test_events_come_in_the_promised_order_with_the_promised_fields(
    chat: Chat, program: Program, model: ScriptedModel
) -> None:
    session, events = await waiting(chat, program, model)
    kinds = [event["type"] for event in events if event["type"] not in {"status", "ping"}]
    assert kinds[:3] == ["session", "stream_started", "content"]
    assert kinds.index("text_block_end") < kinds.index("tool_start") < kinds.index("tool_end")
    assert kinds[-1] == "interrupt"
    assert "done" not in kinds
    tool = next(event["tool"] for event in events if event["type"] == "tool_end")
    assert set(tool) == {"callId", "name", "agentName", "arguments", "result", "durationMs"}
    asked = events[-1]
    assert set(asked["interrupt"]) == {"checkpointId", "agentName", "questions"}
    assert asked["questions"] == asked["interrupt"]["questions"]
    place = {"sessionId": session, "checkpointId": asked["checkpointId"]}
    accepted = await program.call("question.submit", **place, answers={asked["questions"][0]["id"]: "a"})
    assert set(accepted) == {"accepted", "operation", "runId", "startedAt", "session", "turns"}
    assert (await program.settled(session))["status"] == "completed"
    tail = await program.client.get("/bi-chat/stream/events", params={"runId": accepted["runId"], "lastEventId": asked["id"]})
    assert tail.headers["content-type"].startswith("text/event-stream")
    assert (tail.headers["cache-control"], tail.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert '"finishReason":"stop"' in tail.text
    told = [json.loads(line.removeprefix("data: ")) for line in tail.text.splitlines() if line.startswith("data: ")]
    ended = next(event["tool"] for event in told if event["type"] == "tool_end")
    assert (ended["name"], set(ended)) == ("ask_user_question", set(tool))
    calls = (await program.call("session.get", id=session))["turns"][0]["assistantTurn"]["toolCalls"]
    assert [call["result"] for call in calls if call["id"] == ended["callId"]] == [ended["result"]]
    assert '"type":"interrupt"' not in tail.text
    assert await program.refused("question.submit", **place, answers={"q": "a"}) == "conflict"


async def test_times_of_events_never_go_back(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session, events = await waiting(chat, program, model)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    status = (await program.client.get("/bi-chat/stream/status", params={"sessionId": session})).json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status["startedAt"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("stream", {"content": ""}, 400),
        ("stream", {"content": "Hi", "surprise": 1}, 400),
        ("stream", {"content": "Hi", "sessionId": "x"}, 400),
        ("stream", {"content": "Hi", "sessionId": str(uuid.UUID(int=1))}, 404),
        ("stream", {"content": "x" * 33 * 1024 * 1024}, 413),
        ("stream/stop", {"sessionId": str(uuid.UUID(int=1))}, 404),
        ("graphql", {"surprise": 1}, 400),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_refusals_have_one_envelope(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int) -> None:
    answer = await client.post(f"/bi-chat/{path}", json=body)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "details"}
