"""The JSON door: `POST /bi-chat/stream` and its companions, by bearer token."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.api.bodies import encode
from app.chat.usage_sum import told_cost
from app.settings import Settings
from tests.chat.conftest import Chat, Person, decoded, events_of, new_uuid, served
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

OPTIONS = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
ASK = Call("ask_user_question", {"questions": [{"id": "q", "question": "Which?", "header": "Which", "options": OPTIONS}]})
PIECES = ["One ", "two ", "three."]


async def test_events_come_in_order_each_with_an_id(chat: Chat, model: ScriptedModel) -> None:
    model.add(["Looking. ", Call("get_current_time")], [*PIECES])
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="What time is it?")
    kinds = [event["type"] for event in events if event["type"] != "status"]
    assert kinds[:2] == ["session", "stream_started"]
    assert kinds[2:6] == ["content", "text_block_end", "tool_start", "tool_end"]
    assert set(kinds[6:-1]) == {"content"}
    assert kinds[-1] == "done"
    assert all(event["id"] and isinstance(event["timestamp"], int) for event in events)
    done = events[-1]
    assert (done["finishReason"], done["toolsUsed"], done["runId"]) == ("stop", ["get_current_time"], events[1]["runId"])
    ended = next(event["tool"] for event in events if event["type"] == "tool_end")
    assert {"callId", "name", "agentName", "arguments", "result", "durationMs"} <= set(ended)


async def test_tools_that_there_are_not_were_not_used_and_a_failed_step_was_not_done(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([Call("make_coffee"), Call("schema_describe", {"tables": []})], ["Never mind."])
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Coffee?")
    assert events[-1]["toolsUsed"] == ["schema_describe"]
    page = (await analyst.get(f"/bi-chat/sessions/{events[0]['sessionId']}")).text
    assert '<span class="step-title">Look at tables</span>' in page
    assert "Looked at tables" not in page
    assert page.count("— failed") == 2


async def test_an_empty_answer_is_one_that_could_not_be_read(chat: Chat, model: ScriptedModel) -> None:
    model.add([])
    async with chat.program("analyst@one.test") as client:
        told = (await chat.stream(client, content="Well?"))[-1]
    assert (told["type"], told["code"], told["retryable"]) == ("error", "internal", True)
    assert told["error"] == "The language model's answer could not be read. Try again."


def test_no_cost_is_told_as_a_plain_zero() -> None:
    assert [encode(told_cost(cost)) for cost in (Decimal("0E-8"), Decimal("0.00000100"), None)] == [b"0", b"0.00000100", b"null"]


@ON_EACH_ENGINE
async def test_coming_back_at_any_event_loses_and_repeats_nothing(chat: Chat, model: ScriptedModel) -> None:
    model.add(["Looking. ", Call("get_current_time")], [part for piece in PIECES for part in (piece, 0.03)])
    async with chat.program("analyst@one.test") as client:
        whole = await chat.stream(client, content="Slowly?")
        run = whole[1]["runId"]
        assert len({event["id"] for event in whole}) == len(whole)
        for cut, event in enumerate(whole):
            headers = {"Last-Event-ID": event["id"]}
            rest = decoded(events_of((await client.get(f"/bi-chat/stream/events?runId={run}", headers=headers)).text))
            assert [other["type"] for other in rest] == [other["type"] for other in whole[cut + 1 :]], event


async def test_an_unknown_id_gets_a_reset_and_everything(chat: Chat, model: ScriptedModel) -> None:
    model.add([final_answer("Whole.")])
    async with chat.program("analyst@one.test") as client:
        run = (await chat.stream(client, content="All?"))[1]["runId"]
        told = decoded(events_of((await client.get(f"/bi-chat/stream/events?runId={run}&lastEventId=9-9")).text))
    assert (told[0]["type"], told[0]["textBlockSeq"]) == ("reset", 0)
    assert "".join(event["content"] for event in told if event["type"] == "content") == "Whole."


async def tail(client: httpx.AsyncClient, url: str, run: str, last_event_id: str = "") -> list[dict[str, Any]]:
    """Follow a run to the end of its stream, after an event if one is named."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    return decoded(events_of((await client.get(f"{url}/bi-chat/stream/events?runId={run}", headers=headers)).text))


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def test_an_id_of_a_log_that_is_gone_gets_a_reset_and_everything(
    chat: Chat, chat_settings: Settings, model: ScriptedModel
) -> None:
    model.add(["Looking. ", Call("get_current_time")], [final_answer("Whole.")])
    async with chat.program("analyst@one.test") as client:
        whole = await chat.stream(client, content="All?")
        run = whole[1]["runId"]
        async with served(chat_settings, model) as later:
            for event in whole[1:]:
                told = await tail(client, later, run, event["id"])
                assert types(told) == [
                    "reset", "content", "text_block_end", "tool_start", "tool_end", "content", "done",
                ], event  # fmt: skip
            for cut, event in enumerate(told):
                rest = await tail(client, later, run, event["id"])
                assert types(rest) == types(told if cut == 0 else told[cut + 1 :]), event


async def test_a_later_process_tells_of_the_question_that_a_run_waits_with(
    chat: Chat, chat_settings: Settings, model: ScriptedModel
) -> None:
    model.add(["I must ask. ", ASK], [final_answer("A it is.")])
    async with chat.program("analyst@one.test") as client:
        whole = await chat.stream(client, content="Which?")
        run, session = whole[1]["runId"], whole[0]["sessionId"]
        async with served(chat_settings, model) as later:
            told = ["content", "text_block_end", "tool_start", "interrupt"]
            assert types(await tail(client, later, run)) == told
            for event in whole[1:]:
                assert types(await tail(client, later, run, event["id"])) == ["reset", *told], event
            place = {"sessionId": session, "checkpointId": whole[-1]["checkpointId"], "answers": {"q": "a"}}
            await client.post(f"{later}/bi-chat/rpc", json={"method": "bichat.question.submit", "params": place})
            last = (await tail(client, later, run))[-1]
            assert (last["type"], last["finishReason"]) == ("done", "stop")


async def test_a_question_closes_the_stream_without_done(chat: Chat, model: ScriptedModel) -> None:
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    question = {"id": "q", "question": "Which?", "header": "Which", "multiSelect": True, "options": options}
    model.add([Call("ask_user_question", {"questions": [question]})], [final_answer("Right.")])
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Ask me")
        asked = events[-1]
        assert asked["type"] == "interrupt"
        assert asked["checkpointId"] == asked["interrupt"]["checkpointId"]
        assert asked["questions"][0]["type"] == "multiple_choice"
        assert asked["questions"][0]["options"][0]["id"] == "a"
        async with chat.person("analyst@one.test") as person:
            await person.post(f"/bi-chat/questions/{asked['checkpointId']}/answer", **{"answer.q": "a"})
        run = events[1]["runId"]
        told = decoded(events_of((await client.get(f"/bi-chat/stream/events?runId={run}")).text))
    assert told[-1]["type"] == "done"
    assert "Right." in "".join(event.get("content", "") for event in told)


async def test_status_and_stop(chat: Chat, model: ScriptedModel) -> None:
    model.add(["Partly ", asyncio.Event()])
    async with chat.program("analyst@one.test") as client:
        streaming = asyncio.create_task(chat.stream(client, content="Long?"))
        await asyncio.sleep(0.4)
        async with chat.person("analyst@one.test") as person:
            page = (await person.get("/bi-chat")).text
        session = page.partition('data-session-id="')[2].partition('"')[0]
        status = (await client.get(f"/bi-chat/stream/status?sessionId={session}")).json()
        assert status["active"]
        assert status["snapshot"]["partialContent"] == "Partly "
        for _ in range(2):
            assert (await client.post("/bi-chat/stream/stop", json={"sessionId": session})).status_code == 200
        events = await streaming
        assert (events[-1]["type"], events[-1]["finishReason"]) == ("done", "stopped")
        assert (await client.get(f"/bi-chat/stream/status?sessionId={session}")).json() == {"active": False}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"content": ""}, {"content": "x", "unknown": 1}, {"content": 7}, {"content": "x", "attachments": [{"id": "1"}]},
        {"content": "x", "sessionId": "nope"}, {"content": "x", "replaceFromMessageId": new_uuid()}, [],
        {"content": None}, {"content": "x", "unknown": None}, {"content": 7, "requestId": None},
    ],
)  # fmt: skip
async def test_bad_input_is_400_in_the_envelope(chat: Chat, body: Any) -> None:
    async with chat.program("analyst@one.test") as client:
        answer = await client.post("/bi-chat/stream", json=body)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "details"}


async def test_a_field_that_is_null_is_one_that_was_left_out(chat: Chat, model: ScriptedModel) -> None:
    model.add([final_answer("Yes.")])
    optional = dict.fromkeys((
        "sessionId", "attachments", "debugMode", "replaceFromMessageId", "requestId", "model", "reasoningEffort",
    ))  # fmt: skip
    async with chat.program("analyst@one.test") as client:
        assert (await chat.stream(client, content="Well?", **optional))[-1]["type"] == "done"
        params = {"limit": None, "offset": None, "includeArchived": None}
        called = await client.post("/bi-chat/rpc", json={"method": "bichat.session.list", "params": params})
        assert called.json()["result"]["total"] == 1
        refused = await client.post("/bi-chat/rpc", json={"method": "bichat.session.get", "params": {"id": None}})
        assert refused.json()["error"]["code"] == "validation"


async def test_what_is_not_json_is_400(chat: Chat) -> None:
    async with chat.program("analyst@one.test") as client:
        assert (await client.post("/bi-chat/stream", content=b'{"content": 7, "x": "\xff"}')).status_code == 400
        assert (await client.post("/bi-chat/stream", content=b"\xff{")).status_code == 400


@ON_EACH_ENGINE
async def test_the_same_request_is_the_same_run(chat: Chat, model: ScriptedModel) -> None:
    model.add([final_answer("Once.")])
    request_id = new_uuid()
    async with chat.program("analyst@one.test") as client:
        first = await chat.stream(client, content="Once?", requestId=request_id)
        again = await chat.stream(client, content="Once?", requestId=request_id)
        other = await client.post("/bi-chat/stream", json={"content": "Twice?", "requestId": request_id})
    assert again[1]["runId"] == first[1]["runId"]
    assert again[-1]["type"] == "done"
    assert other.status_code == 409


async def test_debug_mode_tells_the_usage_to_those_who_may_export(chat: Chat, model: ScriptedModel) -> None:
    model.add([final_answer("Used.")])
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Debug?", debugMode=True)
    usage = next(event["usage"] for event in events if event["type"] == "usage")
    assert (usage["promptTokens"], usage["completionTokens"], usage["totalTokens"]) == (10, 5, 15)
    assert usage["cost"] is None
    async with chat.program("viewer@one.test") as client:
        assert (await client.post("/bi-chat/stream", json={"content": "Debug?", "debugMode": True})).status_code == 403


async def test_debug_mode_tells_the_cost_where_the_price_is_known(chat: Chat, model: ScriptedModel) -> None:
    model.add([Call("get_current_time")], [final_answer("Used.")])
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Debug?", debugMode=True, model="gpt-5-mini")
    usage = next(event["usage"] for event in events if event["type"] == "usage")
    assert (usage["totalTokens"], usage["cost"]) == (30, 0.000025)


async def test_who_may(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Ours.")])
    session, run = await analyst.ask("Ours?")
    await analyst.until(session, "completed")
    async with httpx.AsyncClient(base_url=chat.url) as nobody:
        answer = await nobody.post("/bi-chat/stream", json={"content": "Hi"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    body = {"content": "Hi", "sessionId": session}
    for email, status in (
        ("analyst@two.test", 404),
        ("viewer@one.test", 404),
        ("auditor@one.test", 403),
        ("nobody@one.test", 403),
    ):
        async with chat.program(email) as client:
            assert (await client.post("/bi-chat/stream", json=body)).status_code == status, email
            readable = status == 403 and email.startswith("auditor")
            tail = await client.get(f"/bi-chat/stream/events?runId={run}")
            assert tail.status_code == (200 if readable else status), email


async def test_a_cookie_needs_the_header(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    refused = await analyst.client.post("/bi-chat/stream", json={"content": "Hi"})
    assert refused.status_code == 403
    model.add([final_answer("Hi.")])
    headers = {"x-csrftoken": analyst.client.cookies["csrftoken"]}
    assert (await analyst.client.post("/bi-chat/stream", json={"content": "Hi"}, headers=headers)).status_code == 200


async def test_a_body_over_32_mib_is_413(chat: Chat) -> None:
    async with chat.program("analyst@one.test") as client:
        answer = await client.post("/bi-chat/stream", content=b'{"content":"' + b"x" * (32 * 1024 * 1024) + b'"}')
    assert answer.status_code == 413
