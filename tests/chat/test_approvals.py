"""A sensitive tool waits for the person: asked by a form and by programs, allowed once, refused in words, and by nobody else."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database import Database
from app.settings import Settings
from tests.admin.words import actions, details_of
from tests.chat.conftest import CHECKPOINT, Chat, Person, decoded, events_of, provided, served
from tests.letters import Post, letter
from tests.model_server import ModelServer
from tests.site import ON_EACH_ENGINE

TOOLS_PAGE = "/bi-chat/manage/settings/tools"


@pytest.fixture
async def chat(chat_settings: Settings, post: Post, provider: ModelServer) -> AsyncIterator[Chat]:
    settings = provided(chat_settings, provider, "chat")
    async with served(settings, None, tools=(post.tool,)) as url:  # type: ignore[arg-type]  # the real client answers
        database = Database(settings.database_url)
        yield Chat(url, None, database)  # type: ignore[arg-type]
        await database.close()


async def waiting(person: Person, provider: ModelServer, *parts: Any) -> tuple[str, str]:
    """Ask what makes the model use tools; returns the session and the checkpoint."""
    provider.script, provider.played = [{"parts": list(parts)}, "All done."], 0
    session, _ = await person.ask("Write to Ann")
    found = CHECKPOINT.search(await person.until(session, "waiting"))
    assert found
    return session, found[1]


def call_ids(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('data-question-id="')[1:]]


def heard(provider: ModelServer) -> list[Any]:
    """Return what the model was last told by tools."""
    return [json.loads(message["content"]) for message in provider.log[-1]["body"]["messages"] if message["role"] == "tool"]


@ON_EACH_ENGINE
async def test_what_is_allowed_is_done_once_and_the_run_goes_on(
    analyst: Person, chat: Chat, provider: ModelServer, post: Post
) -> None:
    session, checkpoint = await waiting(analyst, provider, {"call": {"name": "get_current_time", "arguments": {}}}, letter())
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "The analyst wants to use “send_letter”" in page
    assert "Sales are &lt;b&gt;down&lt;/b&gt;" in page
    assert 'data-tool="get_current_time" data-state="ok"' in page
    assert 'data-tool="send_letter"' not in page
    (call,) = call_ids(page)
    given = {f"answer.{call}": "allow"}
    answers = [await analyst.post(f"/bi-chat/questions/{checkpoint}/answer", htmx=True, **given) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert "Allowed once" in answers[0].text
    page = await analyst.until(session, "completed")
    assert "All done." in page
    assert 'data-tool="send_letter" data-state="ok"' in page
    assert post.sent == ["ann@b.test"]
    assert heard(provider)[-1] == {"sent": "ann@b.test"}
    assert (await details_of(chat, "tool.approved"))["tool"] == "send_letter"


async def test_words_refuse_and_are_told_to_the_model(analyst: Person, chat: Chat, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter(), letter(to="bob@b.test"))
    first, second = call_ids((await analyst.get(f"/bi-chat/sessions/{session}")).text)
    path = f"/bi-chat/questions/{checkpoint}/answer"
    missing = await analyst.post(path, **{f"answer.{first}": "allow"})
    assert (missing.status_code, 'value="allow" checked' in missing.text) == (422, True)
    both = await analyst.post(path, **{f"answer.{first}": "allow", f"other.{first}": "but", f"answer.{second}": "deny"})
    assert both.status_code == 422
    given = {f"answer.{first}": "allow", f"answer.{second}": "deny", f"other.{second}": "Bob has left"}
    assert (await analyst.post(path, **given)).status_code == 303
    page = await analyst.until(session, "completed")
    assert 'data-state="refused"' in page
    assert "not allowed" in page
    assert post.sent == ["ann@b.test"]
    assert heard(provider)[-1]["message"] == "the person did not allow send_letter and wrote: Bob has left"
    assert sorted(action for action in await actions(chat) if action.startswith("tool.")) == ["tool.approved", "tool.refused"]


async def test_skipping_means_not_allowed(analyst: Person, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    skipped = await analyst.post(f"/bi-chat/questions/{checkpoint}/dismiss", htmx=True)
    assert "Not allowed" in skipped.text
    await analyst.until(session, "completed")
    assert (post.sent, heard(provider)[-1]["error"]) == ([], "permission_denied")


async def test_approvals_come_before_what_the_analyst_asks(analyst: Person, provider: ModelServer, post: Post) -> None:
    options = [{"id": "a", "label": "Short"}, {"id": "b", "label": "Long"}]
    question = {"id": "q", "question": "How long?", "header": "Length", "options": options}
    asks = {"call": {"name": "ask_user_question", "arguments": {"questions": [question]}}}
    session, checkpoint = await waiting(analyst, provider, asks, letter())
    (call,) = call_ids((await analyst.get(f"/bi-chat/sessions/{session}")).text)
    await analyst.post(f"/bi-chat/questions/{checkpoint}/answer", **{f"answer.{call}": "allow"})
    page = ""
    while "How long?" not in page:
        page = await analyst.until(session, "waiting")
    assert post.sent == ["ann@b.test"]
    (second,) = set(CHECKPOINT.findall(page))
    await analyst.post(f"/bi-chat/questions/{second}/answer", **{"answer.q": "b"})
    page = await analyst.until(session, "completed")
    assert page.count('data-testid="question-summary"') == 2


async def test_others_may_not_allow_it(chat: Chat, analyst: Person, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    (call,) = call_ids((await analyst.get(f"/bi-chat/sessions/{session}")).text)
    given, path = {f"answer.{call}": "allow"}, f"/bi-chat/questions/{checkpoint}/answer"
    submit = {"sessionId": session, "checkpointId": checkpoint, "answers": {call: "allow"}}
    expected = (
        ("auditor@one.test", 403, "forbidden"), ("analyst@two.test", 404, "not_found"), ("viewer@one.test", 404, "not_found"),
    )  # fmt: skip
    for email, status, code in expected:
        async with chat.person(email) as other, chat.program(email) as program:
            assert (await other.post(path, htmx=True, **given)).status_code == status
            assert (await rpc(program, "bichat.question.submit", **submit))["error"]["code"] == code
    async with chat.program("nobody@one.test") as program:
        answer = await program.post("/bi-chat/rpc", json={"id": 1, "method": "bichat.question.submit", "params": submit})
        assert answer.status_code == 403
    async with chat.person("admin@one.test") as editor:
        async with chat.database.writing() as db:
            await db.execute(text("UPDATE bichat_sessions SET link_role = 'editor'"))
        page = (await editor.get(f"/bi-chat/sessions/{session}")).text
        assert ("Allow once" in page, "Do not allow" in page) == (False, True)
        assert "Only analyst@one.test, who asked, may allow this." in page
        refused = await editor.post(path, htmx=True, **given)
        assert (refused.status_code, "Only the person who asked" in refused.text) == (403, True)
        assert (await editor.post(path, htmx=True, **{f"answer.{call}": "deny"})).status_code == 200
    await analyst.until(session, "completed")
    assert post.sent == []


async def rpc(client: httpx.AsyncClient, method: str, **params: Any) -> dict[str, Any]:
    answer = await client.post("/bi-chat/rpc", json={"id": 1, "method": method, "params": params})
    told: dict[str, Any] = answer.json()
    return told


async def test_programs_are_asked_and_answer(chat: Chat, provider: ModelServer, post: Post) -> None:
    provider.script = [{"parts": [letter()]}, "All done.", {"parts": [letter(to="bob@b.test")]}, "Not done."]
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Write to Ann")
        asked, session = events[-1], events[0]["sessionId"]
        assert asked["type"] == "interrupt"
        (question,) = asked["questions"]
        assert question["tool"] == "send_letter"
        assert question["text"].startswith("The analyst wants to use send_letter with: to: ann@b.test")
        assert [option["id"] for option in question["options"]] == ["allow", "deny"]
        kept = (await rpc(client, "bichat.session.get", id=session))["result"]["pendingQuestion"]
        assert (kept["checkpointId"], kept["questions"][0]["id"]) == (asked["checkpointId"], question["id"])
        submit = {"sessionId": session, "checkpointId": asked["checkpointId"], "answers": {question["id"]: ["allow"]}}
        accepted = (await rpc(client, "bichat.question.submit", **submit))["result"]
        told = await tail(client, accepted["runId"])
        assert [event["tool"]["name"] for event in told if event["type"] == "tool_end"] == ["send_letter"]
        assert (told[-1]["type"], post.sent) == ("done", ["ann@b.test"])
        again = (await chat.stream(client, content="And to Bob", sessionId=session))[-1]
        resumed = "resumeWithAnswer(sessionId: $s, checkpointId: $c, answers: $a) { assistantTurn { content } }"
        operation = f"mutation($s: ID!, $c: ID!, $a: JSON!) {{ {resumed} }}"
        variables = {"s": session, "c": again["checkpointId"], "a": {again["questions"][0]["id"]: "deny"}}
        answer = await client.post("/bi-chat/graphql", json={"query": operation, "variables": variables})
        assert answer.json()["data"]["resumeWithAnswer"]["assistantTurn"]["content"] == "Not done.", answer.text
        assert post.sent == ["ann@b.test"]


async def tail(client: httpx.AsyncClient, run: str) -> list[dict[str, Any]]:
    return decoded(events_of((await client.get(f"/bi-chat/stream/events?runId={run}")).text))


async def test_rejecting_by_a_program_means_not_allowed(chat: Chat, provider: ModelServer, post: Post) -> None:
    provider.script = [{"parts": [letter()]}, "Not done."]
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Write to Ann")
        accepted = (await rpc(client, "bichat.question.reject", sessionId=events[0]["sessionId"]))["result"]
        assert (await tail(client, accepted["runId"]))[-1]["type"] == "done"
    assert post.sent == []


@ON_EACH_ENGINE
async def test_a_company_decides_about_each_tool(chat: Chat, provider: ModelServer, post: Post) -> None:
    async with chat.person("admin@one.test") as admin:
        page = (await admin.get("/bi-chat/manage/settings")).text
        assert 'name="tool.send_letter"' in page
        assert 'name="tool.ask_user_question"' not in page
        chosen = {"tool.send_letter": "allow", "tool.get_current_time": "deny", "tool.sql_execute": "ask"}
        assert (await admin.post(TOOLS_PAGE, **chosen)).headers["location"].endswith("?done=tools")
        assert "saved" in (await admin.get("/bi-chat/manage/settings?done=tools")).text
        kept = await details_of(chat, "tenant.tools_changed")
        assert kept["before"] == {"send_letter": "ask", "get_current_time": "allow", "sql_execute": "allow"}
        assert (await admin.post(TOOLS_PAGE, **chosen)).status_code == 303
        assert (await actions(chat)).count("tenant.tools_changed") == 1
        provider.script = [{"parts": [letter(), {"call": {"name": "get_current_time", "arguments": {}}}]}, "All done."]
        session, _ = await admin.ask("Write")
        await admin.until(session, "completed")
    offered = {tool["function"]["name"] for tool in provider.log[0]["body"]["tools"]}
    assert ("send_letter" in offered, "get_current_time" in offered) == (True, False)
    assert {told.get("error") for told in heard(provider)} == {None, "permission_denied"}
    assert post.sent == ["ann@b.test"]
    async with chat.person("analyst@two.test") as stranger:
        _, checkpoint = await waiting(stranger, provider, letter())
        assert checkpoint


@pytest.mark.parametrize(
    "wanted",
    [{"tool.nothing": "allow"}, {"tool.final_answer": "deny"}, {"tool.ask_user_question": "deny"}, {"tool.sql_execute": "x"}],
)
async def test_what_cannot_be_decided_is_refused(chat: Chat, wanted: dict[str, str]) -> None:
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post(TOOLS_PAGE, **wanted)).status_code == 400
    async with chat.person("analyst@one.test") as analyst:
        assert (await analyst.post(TOOLS_PAGE, **{"tool.send_letter": "allow"})).status_code == 403


async def test_the_form_speaks_the_readers_language(chat: Chat, provider: ModelServer) -> None:
    async with chat.person("analyst@one.test") as analyst:
        await analyst.post("/locale", locale="ru", next="/bi-chat")
        session, _ = await waiting(analyst, provider, letter())
        page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "Разрешить один раз" in page
    async with chat.database.reading() as db:
        asked = (await db.execute(text("SELECT questions FROM bichat_questions"))).scalar_one()
    assert "Аналитик" in json.dumps(asked if isinstance(asked, list) else json.loads(asked), ensure_ascii=False)
