"""The same conversation through each door gives the same results."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from tests.program_client import CallError, Client, Door, GraphqlDoor, RpcDoor, StreamDoor, Told
from tests.scripted_model import Call, ScriptedModel, final_answer

OPTIONS = [{"id": "t", "label": "Tashkent", "description": "The capital"}, {"id": "s", "label": "Samarkand"}]
QUESTION = {"id": "city", "question": "Which city?", "header": "City", "multiSelect": False, "options": OPTIONS}
DOORS = (StreamDoor, RpcDoor, GraphqlDoor)


def play(model: ScriptedModel) -> None:
    model.add(
        ["Let me look. ", Call("get_current_time", id="c1")],
        [Call("ask_user_question", {"questions": [QUESTION]}, id="c2")],
        [Call("schema_list", id="c3")],
        [final_answer("Tashkent sold most.")],
    )


async def talk(door: Door) -> list[Told]:
    asked = await door.ask("Which city sold most?")
    return [asked, await door.answer(asked, {"city": "t"})]


async def test_a_conversation_with_a_question_goes_alike_through_each_door(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    results = []
    for door in DOORS:
        play(model)
        results.append([replace(told, session_id="") for told in await talk(door(Client(client)))])
    asked, answered = results[0]
    assert [question.text for question in asked.questions] == ["Which city?"]
    assert (answered.answer, answered.notes, answered.questions) == ("Tashkent sold most.", "Let me look. ", ())
    assert [(tool.name, tool.has_result) for tool in answered.tools] == [
        ("get_current_time", True), ("ask_user_question", True), ("schema_list", False),
    ]  # fmt: skip
    assert results == [results[0]] * 3


@pytest.mark.parametrize("door", DOORS)
async def test_a_refused_answer_is_told_by_the_same_code(
    client: httpx.AsyncClient, model: ScriptedModel, door: type[Door]
) -> None:
    play(model)
    asked = await door(Client(client)).ask("Which city sold most?")  # type: ignore[call-arg]  # each door takes its client
    for answers, code in (({}, "validation"), ({"city": ["t", "s"]}, "validation"), ({"town": "t"}, "validation")):
        with pytest.raises(CallError) as refused:
            await door(Client(client)).answer(asked, answers)  # type: ignore[call-arg]  # each door takes its client
        assert refused.value.code == code


async def test_a_subscription_tells_what_the_stream_tells(client: httpx.AsyncClient, model: ScriptedModel) -> None:
    play(model)
    program = Client(client)
    session = (await program.call("bichat.session.create"))["session"]["id"]
    ready, chunks = asyncio.Event(), []

    async def listen() -> None:
        async for chunk in program.follow(session, ready):
            chunks.append(chunk)
            if chunk["type"] == "done":
                return

    async with asyncio.timeout(10), asyncio.TaskGroup() as together:
        together.create_task(listen())
        await ready.wait()
        body = {"content": "Which city sold most?", "sessionId": session}
        told = [event async for event in program.events("POST", "/bi-chat/stream", json=body)]
        place = {"sessionId": session, "checkpointId": told[-1]["checkpointId"]}
        run = (await program.call("bichat.question.submit", **place, answers={"city": "t"}))["runId"]
    told += [
        event async for event in program.events("GET", f"/bi-chat/stream/events?runId={run}&lastEventId={told[-1]['eventId']}")
    ]
    quiet = {"status", "ping"}
    assert [chunk["type"] for chunk in chunks if chunk["type"] not in quiet] == [
        event["type"] for event in told if event["type"] not in quiet
    ]
    assert "".join(chunk["content"] or "" for chunk in chunks) == "Let me look. Tashkent sold most."
    assert chunks[-1]["toolsUsed"] == told[-1]["toolsUsed"]
