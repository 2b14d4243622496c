"""`POST /bi-chat/rpc`: conversations found, named, put away and brought back by programs."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.chat.models import Message, Session
from tests.api.calls import Program
from tests.chat.conftest import Chat, Person, new_uuid
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

OPTIONS = [{"id": "a", "label": "A", "description": "The first"}, {"id": "b", "label": "B"}]
QUESTION = {"id": "q", "question": "Which?", "header": "Which", "multiSelect": False, "options": OPTIONS}
ASK = Call("ask_user_question", {"questions": [QUESTION]})
SESSION = {"id", "title", "status", "pinned", "createdAt", "updatedAt", "owner", "access"}


async def test_ping_tells_the_company(chat: Chat, program: Program) -> None:
    async with chat.program("viewer@one.test") as other, chat.program("analyst@two.test") as stranger:
        ours, theirs = [await Program(client).call("ping") for client in (other, stranger)]
    assert await program.call("ping") == ours
    assert ours["ok"]
    assert ours["tenantId"] != theirs["tenantId"]


@ON_EACH_ENGINE
async def test_a_session_is_made_named_pinned_and_archived(program: Program) -> None:
    session = (await program.call("session.create", title="  Of   shops "))["session"]
    assert set(session) == SESSION
    assert (session["title"], session["status"], session["pinned"]) == ("Of shops", "active", False)
    assert session["access"] == {"role": "owner", "canRead": True, "canWrite": True}
    assert set(session["owner"]) == {"id", "firstName", "lastName", "initials"}
    assert session["createdAt"].endswith("Z")
    one = session["id"]
    assert (await program.call("session.updateTitle", id=one, title="Shops"))["session"]["title"] == "Shops"
    assert (await program.call("session.pin", id=one))["session"]["pinned"]
    assert not (await program.call("session.unpin", id=one))["session"]["pinned"]
    assert (await program.call("session.archive", id=one))["session"]["status"] == "archived"
    assert (await program.call("session.list"))["total"] == 0
    assert (await program.call("session.list", includeArchived=True))["sessions"][0]["id"] == one
    assert (await program.call("session.unarchive", id=one))["session"]["status"] == "active"


@ON_EACH_ENGINE
async def test_the_list_is_in_pages_pinned_first_then_the_latest(program: Program) -> None:
    made = [(await program.call("session.create", title=f"Number {n}"))["session"]["id"] for n in range(5)]
    await program.call("session.pin", id=made[1])
    first = await program.call("session.list", limit=3)
    rest = await program.call("session.list", limit=3, offset=3)
    assert [session["id"] for session in first["sessions"] + rest["sessions"]] == [made[n] for n in (1, 4, 3, 2, 0)]
    assert [(part["total"], part["hasMore"]) for part in (first, rest)] == [(5, True), (5, False)]


@ON_EACH_ENGINE
async def test_the_companys_sessions_are_listed_for_those_who_may_read_all(chat: Chat, program: Program) -> None:
    ours = (await program.call("session.create", title="Ours"))["session"]
    assert await program.refused("session.listAll") == "forbidden"
    async with chat.program("auditor@one.test") as client, chat.program("analyst@two.test") as stranger:
        auditor = Program(client)
        await Program(stranger).call("session.create", title="Theirs")
        (found,) = (await auditor.call("session.listAll"))["sessions"]
        assert found["access"] == {"role": "read_all", "canRead": True, "canWrite": False}
        assert (found["id"], found["owner"]["id"]) == (ours["id"], ours["owner"]["id"])
        assert (await auditor.call("session.listAll", userId=ours["owner"]["id"]))["total"] == 1
        assert (await auditor.call("session.listAll", userId=new_uuid()))["total"] == 0
        assert (await auditor.call("session.list"))["total"] == 0


@ON_EACH_ENGINE
async def test_a_turn_tells_the_answer_its_notes_and_its_calls(chat: Chat, program: Program, model: ScriptedModel) -> None:
    model.add(["Looking. ", Call("get_current_time")], [Call("schema_list")], [final_answer("It is late.")])
    session, turn = await program.asked(chat, "What time is it?")
    assert turn["userTurn"]["content"] == "What time is it?"
    assert turn["userTurn"]["id"] == turn["id"]
    assert set(turn["userTurn"]) == {"id", "content", "attachments", "author", "createdAt"}
    answer = turn["assistantTurn"]
    assert (answer["role"], answer["content"], answer["explanation"]) == ("assistant", "It is late.", "Looking. ")
    assert (answer["citations"], answer["codeOutputs"], answer["artifacts"]) == ([], [], [])
    time, tables = answer["toolCalls"]
    assert (time["name"], time["arguments"], "error" in time) == ("get_current_time", "{}", False)
    assert isinstance(time["durationMs"], int)
    assert "result" in time
    assert "error" in tables
    assert (turn["sessionId"], turn["status"]) == (session, "completed")
    assert (await program.call("session.get", id=session))["session"]["title"] == "What time is it?"


async def test_a_failed_turn_says_why(chat: Chat, program: Program) -> None:
    _, turn = await program.asked(chat, "Nothing is played")
    assert turn["status"] == "failed"
    assert (turn["error"]["code"], turn["error"]["retryable"]) == ("internal", True)
    assert "assistantTurn" not in turn


async def test_turns_come_in_pages_and_only_the_shown_versions(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = ""
    for number in range(3):
        model.add([final_answer(f"Answer {number}.")])
        session, turn = await program.asked(chat, f"Question {number}?", session)
    model.add([final_answer("Another answer.")])
    await chat.stream(program.client, content="Another?", sessionId=session, replaceFromMessageId=turn["id"])
    last = await program.call("session.get", id=session, limit=2)
    assert [turn["userTurn"]["content"] for turn in last["turns"]] == ["Question 1?", "Another?"]
    assert last["hasMore"]
    first = await program.call("session.get", id=session, limit=2, before=last["turns"][0]["id"])
    assert [turn["assistantTurn"]["content"] for turn in first["turns"]] == ["Answer 0."]
    assert not first["hasMore"]


@ON_EACH_ENGINE
async def test_a_question_is_answered(chat: Chat, program: Program, model: ScriptedModel) -> None:
    model.add([ASK], [final_answer("Right.")])
    session, turn = await program.asked(chat, "Ask me")
    pending = (await program.call("session.get", id=session))["pendingQuestion"]
    assert (pending["turnId"], pending["status"]) == (turn["id"], "open")
    asked = {"id": "q", "text": "Which?", "header": "Which", "type": "single_choice"}
    assert pending["questions"] == [{**asked, "options": [{**OPTIONS[0]}, {**OPTIONS[1], "description": ""}]}]
    place = {"sessionId": session, "checkpointId": pending["checkpointId"]}
    assert await program.refused("question.submit", **place, answers={}) == "validation"
    assert await program.refused("question.submit", **place, answers={"q": ["a", "b"]}) == "validation"
    accepted = await program.call("question.submit", **place, answers={"q": "a"})
    assert (accepted["accepted"], accepted["operation"]) == (True, "question_submit")
    assert (accepted["runId"], accepted["session"]["id"]) == (turn["runId"], session)
    assert accepted["turns"][0]["id"] == turn["id"]
    assert (await program.settled(session))["assistantTurn"]["content"] == "Right."
    assert "pendingQuestion" not in await program.call("session.get", id=session)
    assert await program.refused("question.submit", **place, answers={"q": "a"}) == "conflict"


async def test_a_question_is_skipped_once(chat: Chat, program: Program, model: ScriptedModel) -> None:
    model.add([ASK], [final_answer("Never mind.")])
    session, _ = await program.asked(chat, "Ask me")
    assert (await program.call("question.reject", sessionId=session))["operation"] == "question_reject"
    assert (await program.settled(session))["assistantTurn"]["content"] == "Never mind."
    assert await program.refused("question.reject", sessionId=session) == "conflict"


async def test_a_question_of_another_session_is_not_found(chat: Chat, program: Program, model: ScriptedModel) -> None:
    model.add([ASK])
    session, _ = await program.asked(chat, "Ask me")
    checkpoint = (await program.call("session.get", id=session))["pendingQuestion"]["checkpointId"]
    other = (await program.call("session.create"))["session"]["id"]
    params = {"checkpointId": checkpoint, "answers": {"q": "a"}}
    assert await program.refused("question.submit", sessionId=other, **params) == "not_found"
    async with chat.program("auditor@one.test") as client:
        assert await Program(client).refused("question.submit", sessionId=session, **params) == "forbidden"
        assert await Program(client).refused("question.reject", sessionId=session) == "forbidden"


@ON_EACH_ENGINE
async def test_a_cleared_session_is_empty_and_keeps_its_title(chat: Chat, program: Program, model: ScriptedModel) -> None:
    model.add([final_answer("Gone soon.")])
    session, _ = await program.asked(chat, "Well?")
    assert await program.call("session.clear", id=session) == {"success": True, "deletedMessages": 2, "deletedArtifacts": 0}
    emptied = await program.call("session.get", id=session)
    assert (emptied["turns"], emptied["session"]["title"]) == ([], "Well?")


@ON_EACH_ENGINE
async def test_what_was_deleted_can_be_restored(program: Program) -> None:
    session = (await program.call("session.create", title="Once"))["session"]["id"]
    assert await program.call("session.delete", id=session) == {"ok": True}
    assert await program.refused("session.get", id=session) == "not_found"
    listed = await program.call("session.listDeleted")
    assert [(found["id"], "deletedAt" in found) for found in listed["sessions"]] == [(session, True)]
    assert (listed["total"], listed["hasMore"]) == (1, False)
    assert (await program.call("session.restore", id=session))["session"]["title"] == "Once"
    assert (await program.call("session.list"))["total"] == 1
    assert await program.refused("session.restore", id=session) == "not_found"


@ON_EACH_ENGINE
async def test_what_is_deleted_for_good_leaves_nothing(chat: Chat, program: Program, model: ScriptedModel) -> None:
    for is_in_trash in (False, True):
        model.add([final_answer("Gone.")])
        session, _ = await program.asked(chat, "Well?")
        if is_in_trash:
            await program.call("session.delete", id=session)
        assert await program.call("session.delete", id=session, permanent=True) == {"ok": True}
        assert await program.refused("session.restore", id=session) == "not_found"
        assert await program.refused("session.delete", id=session, permanent=True) == "not_found"
    async with chat.database.reading() as db:
        assert [await db.scalar(select(func.count()).select_from(table)) for table in (Session, Message)] == [0, 0]
        removed = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "session.removed")
        assert await db.scalar(removed) == 2


@pytest.mark.parametrize("method", ["archive", "clear", "delete"])
async def test_a_run_is_stopped_before_its_session_is_put_away(
    chat: Chat, program: Program, model: ScriptedModel, method: str
) -> None:
    model.add(["Partly ", asyncio.Event()])
    streaming = asyncio.create_task(chat.stream(program.client, content="Long?"))
    while not model.requests:
        await asyncio.sleep(0.02)
    session = (await program.call("session.list"))["sessions"][0]["id"]
    await program.call(f"session.{method}", id=session)
    done = (await streaming)[-1]
    assert (done["type"], done["finishReason"]) == ("done", "stopped")
    assert model.cancelled == 1


async def test_somebody_elses_session_is_read_by_those_who_may_and_each_opening_is_kept(
    chat: Chat, program: Program, model: ScriptedModel
) -> None:
    model.add([final_answer("Ours.")])
    session, _ = await program.asked(chat, "Ours?")
    async with chat.program("auditor@one.test") as client:
        auditor = Program(client)
        read = await auditor.call("session.get", id=session)
        assert read["turns"][0]["assistantTurn"]["content"] == "Ours."
        assert read["session"]["access"]["canWrite"] is False
        assert await auditor.call("session.artifacts", sessionId=session) == {
            "artifacts": [], "hasMore": False, "nextOffset": None,
        }  # fmt: skip
    async with chat.database.reading() as db:
        opened = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "session.opened"))).all()
    assert [str(entry.subject_id) for entry in opened] == [session]


NOT_CALLS: list[tuple[Any, str]] = [
    (b"\xff{", "invalid_request"),
    (b"", "invalid_request"),
    (b"[" * 100_000, "invalid_request"),
    ([], "invalid_request"),
    ({}, "invalid_request"),
    ({"method": 7}, "invalid_request"),
    ({"method": "bichat.ping", "id": {}}, "invalid_request"),
    ({"method": "bichat.ping", "extra": 1}, "invalid_request"),
    ({"method": "bichat.nothing"}, "unknown_method"),
    ({"method": "ping"}, "unknown_method"),
    ({"method": "bichat.ping", "params": []}, "validation"),
    ({"method": "bichat.ping", "params": {"x": 1}}, "validation"),
    ({"method": "bichat.session.get", "params": {}}, "validation"),
    ({"method": "bichat.session.get", "params": {"id": "nope"}}, "validation"),
    ({"method": "bichat.session.list", "params": {"limit": 0}}, "validation"),
    ({"method": "bichat.session.list", "params": {"limit": 201}}, "validation"),
    ({"method": "bichat.session.list", "params": {"offset": -1}}, "validation"),
    ({"method": "bichat.session.list", "params": {"userId": new_uuid()}}, "validation"),
    ({"method": "bichat.session.create", "params": {"title": "x" * 201}}, "validation"),
    ({"method": "bichat.session.create", "params": {"title": "a\x00b"}}, "validation"),
    ({"method": "bichat.session.get", "params": {"id": new_uuid()}}, "not_found"),
]


@pytest.mark.parametrize(("body", "code"), NOT_CALLS)
async def test_what_does_not_fit_is_told_by_a_code(client: httpx.AsyncClient, body: Any, code: str) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = await client.post("/bi-chat/rpc", **sent)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


async def test_the_id_comes_back_even_with_what_is_no_call(client: httpx.AsyncClient) -> None:
    for sent in ("x", 7, 1.5, None):
        for body in ({"id": sent, "method": "bichat.ping"}, {"id": sent, "method": "no"}, {"id": sent, "nothing": 1}):
            assert (await client.post("/bi-chat/rpc", json=body)).json()["id"] == sent
    assert "result" in (await client.post("/bi-chat/rpc", json={"method": "bichat.ping", "params": None})).json()


async def test_who_is_not_let_in_is_told_in_the_envelope(chat: Chat, analyst: Person) -> None:
    ping = {"id": 1, "method": "bichat.ping"}
    async with httpx.AsyncClient(base_url=chat.url) as nobody, chat.program("nobody@one.test") as without:
        answers = [await client.post("/bi-chat/rpc", json=ping) for client in (nobody, without, analyst.client)]
        unread = [await without.post("/bi-chat/rpc", content=body) for body in (b"{", b" " * 3_000_000)]
    assert [answer.status_code for answer in answers] == [401, 403, 403]
    assert [answer.json()["error"]["code"] for answer in answers] == ["unauthorized", "forbidden", "forbidden"]
    assert [answer.json()["id"] for answer in answers[:2]] == [None, 1]
    assert [(answer.status_code, answer.json()["id"]) for answer in unread] == [(403, None)] * 2
    assert answers[0].headers["www-authenticate"] == "Bearer"
    headers = {"x-csrftoken": analyst.client.cookies["csrftoken"]}
    assert (await analyst.client.post("/bi-chat/rpc", json=ping, headers=headers)).json()["result"]["ok"]


async def test_a_body_that_is_too_large_is_413_in_the_envelope(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bi-chat/rpc", content=b'{"method":"' + b"x" * (3 * 1024 * 1024) + b'"}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "invalid_request")


async def test_errors_are_in_the_callers_language(client: httpx.AsyncClient) -> None:
    params = {"method": "bichat.session.get", "params": {"id": new_uuid()}}
    answer = await client.post("/bi-chat/rpc", json=params, headers={"accept-language": "ru"})
    assert answer.json()["error"]["message"] != "There is no such conversation."
