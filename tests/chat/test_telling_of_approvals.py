"""Who may allow a call, and what was decided about it: told to pages and programs alike, in plain words of the reader."""

from sqlalchemy import text

from tests.chat.conftest import RUN, Chat, Person
from tests.chat.test_approvals import TOOLS_PAGE, call_ids, chat, rpc, tail, waiting
from tests.letters import Post, letter
from tests.model_server import ModelServer

__all__ = ["chat"]
RESUME = """mutation($s: ID!, $c: ID!, $a: JSON!) {
    resumeWithAnswer(sessionId: $s, checkpointId: $c, answers: $a) { __typename } }"""


async def test_programs_of_others_are_told_the_same(chat: Chat, analyst: Person, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    (call,) = call_ids((await analyst.get(f"/bi-chat/sessions/{session}")).text)
    async with chat.database.writing() as db:
        await db.execute(text("UPDATE bichat_sessions SET link_role = 'editor'"))
    submit = {"sessionId": session, "checkpointId": checkpoint, "answers": {call: "allow"}}
    async with chat.person("admin@one.test") as editor, chat.program("admin@one.test") as program:
        await editor.get(f"/bi-chat/sessions/{session}")
        pending = (await rpc(program, "bichat.session.get", id=session))["result"]["pendingQuestion"]
        assert [option["id"] for option in pending["questions"][0]["options"]] == ["deny"]
        run = RUN.findall((await editor.get(f"/bi-chat/sessions/{session}")).text)[-1]
        (asked,) = [event for event in await tail(program, run) if event["type"] == "interrupt"]
        assert [option["id"] for option in asked["questions"][0]["options"]] == ["deny"]
        refused = (await rpc(program, "bichat.question.submit", **submit))["error"]
        variables = {"s": session, "c": checkpoint, "a": {call: "allow"}}
        answer = await program.post("/bi-chat/graphql", json={"query": RESUME, "variables": variables})
        (error,) = answer.json()["errors"]
        for code, message in ((refused["code"], refused["message"]), (error["extensions"]["code"], error["message"])):
            assert (code, message) == ("forbidden", "Only the person who asked the question may allow this.")
        assert "result" in await rpc(program, "bichat.question.reject", sessionId=session)
    assert "Not allowed" in await analyst.until(session, "completed")
    assert post.sent == []


async def test_what_was_decided_is_told_in_plain_words_of_the_reader(chat: Chat, provider: ModelServer) -> None:
    async with chat.person("admin@one.test") as admin:
        await admin.post(TOOLS_PAGE, **{"tool.get_current_time": "ask"})
        session, checkpoint = await waiting(admin, provider, {"call": {"name": "get_current_time", "arguments": {}}}, letter())
        page = (await admin.get(f"/bi-chat/sessions/{session}")).text
        assert ("Allow none" in page, page.count('data-option-id="deny"')) == (True, 2)
        clock, sent = call_ids(page)
        given = {f"answer.{clock}": "allow", f"other.{sent}": "Call her"}
        assert (await admin.post(f"/bi-chat/questions/{checkpoint}/answer", **given)).status_code == 303
        assert "Not allowed: Call her" in await admin.until(session, "completed")
        await admin.post("/locale", locale="ru", next="/bi-chat")
        page = (await admin.get(f"/bi-chat/sessions/{session}")).text
        assert "инструмент «Проверка даты»" in page
        assert "Не разрешено: Call her" in page
        export = (await admin.get(f"/bi-chat/sessions/{session}/chat.md")).text
        assert "«Проверка даты» — Разрешено один раз" in export
        assert "Не разрешено: Call her" in export
