"""A browser without scripts and a program go by the description of the forms and the doors alone."""

import html
import json
import re
import uuid
from typing import Any

import httpx
import msgspec

from app.api.stream_events import TOLD
from app.settings import Settings
from tests.chat.conftest import Chat, served
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import PASSWORD

OPTIONS = [{"id": "a", "label": "A", "description": "First"}, {"id": "b", "label": "B", "description": "Second"}]
ASK = Call(
    "ask_user_question", {"questions": [{"id": "q", "question": "Which?", "header": "Which", "options": OPTIONS}]}, id="c1"
)
HTMX = {"HX-Request": "true"}
SESSION = "id title status pinned createdAt updatedAt owner access"
ASSISTANT = "id role content explanation citations toolCalls artifacts codeOutputs debug createdAt"
GRAPHQL = {
    "Session": SESSION,
    "Message": "id content createdAt",
    "SendMessageResponse": "userTurn assistantTurn interrupt",
    "UserTurn": "id content attachments author createdAt",
    "AssistantTurn": ASSISTANT,
    "Citation": "id type title url excerpt startIndex endIndex",
    "ToolCall": "id name arguments result error durationMs",
    "Attachment": "id filename mimeType sizeBytes url",
    "Artifact": "id sessionId messageId type name description mimeType url sizeBytes metadata createdAt",
    "Interrupt": "checkpointId questions",
    "Question": "id text type options",
    "QuestionOption": "id label description",
    "Query": "sessions session messages",
    "Mutation": "createSession sendMessage resumeWithAnswer archiveSession pinSession",
    "Subscription": "messageStream",
}
INTROSPECTION = "{ __schema { types { name fields { name } } } }"


async def post(browser: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    data = {"_csrf_token": browser.cookies["csrftoken"], **fields}
    return await browser.post(path, data=data, headers=headers)


async def test_signing_in_and_choosing_a_language(chat: Chat) -> None:
    async with httpx.AsyncClient(base_url=chat.url) as browser:
        led = await browser.get("/bi-chat")
        assert (led.status_code, led.headers["location"].partition("?")[0]) == (303, "/login")
        await browser.get("/login")
        unsigned = await browser.post("/login", data={"email": "analyst@one.test", "password": PASSWORD})
        assert unsigned.status_code == 403
        refused = [await post(browser, "/login", email=email, password="wrong") for email in ("analyst@one.test", "no@one.test")]
        assert [answer.status_code for answer in refused] == [422, 422]
        said = [re.findall(r'role="alert"[^>]*>([^<]+)<', answer.text) for answer in refused]
        assert said[0] == said[1] != []
        assert (await post(browser, "/login", email="analyst@one.test", password=PASSWORD)).status_code == 303
        assert (await post(browser, "/locale", locale="uz", next="/bi-chat")).status_code == 303
        assert '<html lang="uz">' in (await browser.get("/bi-chat")).text


async def test_the_forms_of_a_conversation(chat: Chat, model: ScriptedModel) -> None:
    model.add([ASK], [final_answer("A it is.")])
    async with httpx.AsyncClient(base_url=chat.url) as browser:
        await browser.get("/login")
        await post(browser, "/login", email="analyst@one.test", password=PASSWORD)
        made = await post(browser, "/bi-chat/sessions")
        place = made.headers["location"]
        assert made.status_code == 303
        request_id = str(uuid.uuid4())
        sent = await post(browser, f"{place}/messages", content="Which one?", request_id=request_id)
        assert (sent.status_code, sent.headers["location"].partition("#")[0]) == (303, place)
        again = await post(browser, f"{place}/messages", HTMX, content="Which one?", request_id=request_id)
        assert again.status_code == 200
        assert "<html" not in again.text
        run = re.findall(r'data-run-id="([^"]+)"', again.text)[0]
        async with chat.program("analyst@one.test") as program:
            body = {"content": "Which one?", "sessionId": place.rpartition("/")[2], "requestId": request_id}
            events = await chat.stream(program, **body)
            assert [event["runId"] for event in events if event["type"] == "stream_started"] == [run]
            for event in events:
                assert set(event) == {"id", "type", "timestamp", *TOLD[event["type"]].fields}
            other = await program.post("/bi-chat/stream", json={**body, "content": "Another?"})
            assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")
        waiting = (await browser.get(place)).text
        kept = await post(browser, f"{place}/messages", content="And <then>?")
        assert (kept.status_code, "And <then>?" in html.unescape(kept.text)) == (409, True)
        checkpoint = re.findall(r'data-checkpoint-id="([^"]+)"', waiting)[0]
        question = re.findall(r'data-question-id="([^"]+)"', waiting)[0]
        option = re.findall(r'data-option-id="([^"]+)"', waiting)[0]
        form = f"/bi-chat/questions/{checkpoint}/answer"
        assert (await post(browser, form)).status_code == 422
        answered = await post(browser, form, **{f"answer.{question}": option})
        assert (answered.status_code, answered.headers["location"].partition("#")[0]) == (303, place)
        assert (await post(browser, form, **{f"answer.{question}": option})).status_code == 409
        moved = await post(browser, "/bi-chat/messages", HTMX, content="New?")
        assert "/bi-chat/sessions/" in moved.headers["hx-location"]


async def test_types_of_graphql_carry_the_described_fields(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/bi-chat/graphql", json={"query": INTROSPECTION})).json()
    assert "errors" not in answer, json.dumps(answer)
    found = {each["name"]: {field["name"] for field in each["fields"] or ()} for each in answer["data"]["__schema"]["types"]}
    missing: dict[str, Any] = {name: set(fields.split()) - found.get(name, set()) for name, fields in GRAPHQL.items()}
    assert {name: fields for name, fields in missing.items() if fields} == {}


async def test_too_much_is_413_and_too_often_429(chat_settings: Settings, model: ScriptedModel, chat: Chat) -> None:
    model.add([final_answer("Yes.")])
    async with (
        served(msgspec.structs.replace(chat_settings, rate_messages=1), model) as url,
        chat.program("analyst@one.test") as client,
    ):
        assert (await client.post(f"{url}/bi-chat/rpc", content=b"x" * 3 * 1024 * 1024)).status_code == 413
        assert (await client.post(f"{url}/bi-chat/stream", json={"content": "One?"})).status_code == 200
        often = await client.post(f"{url}/bi-chat/stream", json={"content": "Two?"})
        assert (often.status_code, often.json()["error"]["code"]) == (429, "rate_limited")
        assert 1 <= int(often.headers["retry-after"]) <= 60
