"""`POST /bi-chat/graphql` and its subscriptions: the same functions, permissions and codes as the methods."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.database import now
from app.identity.models import ApiToken
from tests.api.calls import Program
from tests.chat.conftest import Chat, Person, new_uuid
from tests.program_client import TURN
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

PATH = "/bi-chat/graphql"
STREAM = "subscription($id: ID!) { messageStream(sessionId: $id) { type content code } }"
MESSAGES = (
    "query($id: ID!, $limit: Int, $offset: Int) { messages(sessionId: $id, limit: $limit, offset: $offset) { role content } }"
)
SESSION = "query($id: ID!) { session(id: $id) { id title access { canWrite } owner { id } } }"
SEND = f"mutation($s: ID!, $c: String!) {{ sendMessage(sessionId: $s, content: $c) {{ {TURN} }} }}"


async def operate(client: httpx.AsyncClient, query: str, path: str = PATH, **variables: Any) -> Any:
    answer = await client.post(path, json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def code(client: httpx.AsyncClient, query: str, **variables: Any) -> str:
    answer = await client.post(PATH, json={"query": query, "variables": variables})
    (error,) = answer.json()["errors"]
    told = str(error["extensions"]["code"])
    assert answer.status_code == (403 if told == "forbidden" else 200), answer.text
    return told


@ON_EACH_ENGINE
async def test_sessions_are_made_pinned_listed_and_archived(client: httpx.AsyncClient) -> None:
    made = "mutation($t: String) { createSession(title: $t) { id title pinned status deletedAt } }"
    first, _ = [(await operate(client, made, t=title))["data"]["createSession"] for title in ("First", None)]
    assert (first["title"], first["status"], first["deletedAt"]) == ("First", "active", None)
    pinned = await operate(client, "mutation($id: ID!) { pinSession(id: $id) { pinned } }", id=first["id"])
    assert pinned == {"data": {"pinSession": {"pinned": True}}}
    listed = await operate(client, "{ sessions(limit: 1) { id } }", "/bichat/graphql")
    assert listed["data"]["sessions"] == [{"id": first["id"]}]
    archived = await operate(client, "mutation($id: ID!) { archiveSession(id: $id) { status } }", id=first["id"])
    assert archived["data"]["archiveSession"]["status"] == "archived"
    assert len((await operate(client, "{ sessions { id } }"))["data"]["sessions"]) == 1


@ON_EACH_ENGINE
async def test_messages_are_in_pages_the_oldest_first(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = ""
    for number in range(3):
        model.add([final_answer(f"A{number}")] if number != 1 else [])
        session, _ = await program.asked(chat, f"Q{number}", session)
    all_of_it = ["Q0", "A0", "Q1", "Q2", "A2"]
    for limit, offset in ((50, 0), (2, 0), (2, 1), (3, 1), (1, 4), (2, 5), (None, None)):
        read = await operate(program.client, MESSAGES, id=session, limit=limit, offset=offset)
        texts = [message["content"] for message in read["data"]["messages"]]
        assert texts == all_of_it[offset or 0 : (offset or 0) + (limit or 50)], (limit, offset)


@ON_EACH_ENGINE
async def test_a_conversation_is_summarised_and_unfolded(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = ""
    for number in range(4):
        model.add([final_answer(f"A{number}")])
        session, _ = await program.asked(chat, f"Q{number}", session)
    read = "query($id: ID!) { summary(sessionId: $id) { id content turns } }"
    unfold = (
        "query($id: ID!, $limit: Int, $before: ID) { summarised(summaryId: $id, limit: $limit, before: $before)"
        " { id userTurn { content } assistantTurn { content } } }"
    )
    assert (await operate(program.client, read, id=session))["data"] == {"summary": None}
    model.add("They counted.")
    made = await operate(program.client, "mutation($id: ID!) { compactSession(id: $id) { summary success } }", id=session)
    assert made["data"]["compactSession"] == {"summary": "They counted.", "success": True}
    summary = (await operate(program.client, read, id=session))["data"]["summary"]
    assert (summary["content"], summary["turns"]) == ("They counted.", 2)
    turns = (await operate(program.client, unfold, id=summary["id"]))["data"]["summarised"]
    assert [(turn["userTurn"]["content"], turn["assistantTurn"]["content"]) for turn in turns] == [("Q0", "A0"), ("Q1", "A1")]
    first = await operate(program.client, unfold, id=summary["id"], limit=1, before=turns[1]["id"])
    assert first["data"]["summarised"] == turns[:1]
    messages = (await operate(program.client, MESSAGES, id=session))["data"]["messages"]
    assert [message["content"] for message in messages] == ["Q2", "A2", "Q3", "A3"]
    async with chat.program("auditor@one.test") as auditor, chat.program("analyst@two.test") as stranger:
        assert (await operate(auditor, unfold, id=summary["id"]))["data"]["summarised"] == turns
        assert await code(stranger, unfold, id=summary["id"]) == "not_found"
        assert await code(stranger, read, id=session) == "not_found"


async def test_a_failed_run_is_an_error_with_its_reason(program: Program) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    (error,) = (await operate(program.client, SEND, s=session, c="Nothing is played"))["errors"]
    assert error["extensions"]["code"] == "unavailable"
    assert error["extensions"]["details"]["reason"] == "internal"


async def test_codes_are_those_of_calls(chat: Chat, program: Program, model: ScriptedModel) -> None:
    client = program.client
    session = (await program.call("session.create", title="Ours"))["session"]["id"]
    attached = 'mutation($s: ID!) { sendMessage(sessionId: $s, content: "x", attachments: [%s]) { userTurn { id } } }'
    file = '{fileName: "a", mimeType: "b", sizeBytes: 1, data: ""}'
    assert await code(client, "{") == "invalid_request"
    assert await code(client, "{ nothing }") == "validation"
    assert await code(client, SESSION) == "validation"
    assert await code(client, SESSION, id="nope") == "validation"
    assert await code(client, SESSION, id=new_uuid()) == "not_found"
    assert await code(client, "{ sessions(limit: 201) { id } }") == "validation"
    assert await code(client, SEND, s=session, c=" ") == "validation"
    assert await code(client, attached % file, s=session) == "validation"
    gate = asyncio.Event()
    model.add([gate, final_answer("Late.")])
    sending = asyncio.create_task(operate(client, SEND, s=session, c="Slow?"))
    while not model.requests:
        await asyncio.sleep(0.02)
    assert await code(client, SEND, s=session, c="Again?") == "conflict"
    gate.set()
    assert (await sending)["data"]["sendMessage"]["assistantTurn"]["content"] == "Late."
    async with chat.program("auditor@one.test") as auditor, chat.program("analyst@two.test") as stranger:
        read = (await operate(auditor, SESSION, id=session))["data"]["session"]
        assert (read["title"], read["access"]) == ("Ours", {"canWrite": False})
        for query in (
            SEND,
            "mutation($s: ID!) { pinSession(id: $s) { id } }",
            "mutation($s: ID!) { archiveSession(id: $s) { id } }",
        ):
            variables = {"s": session, "c": "Hi"} if query == SEND else {"s": session}
            assert await code(auditor, query, **variables) == "forbidden"
            assert await code(stranger, query, **variables) == "not_found"
        assert await code(stranger, MESSAGES, id=session) == "not_found"
    async with chat.database.reading() as db:
        opened = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "session.opened"))).all()
    assert [str(entry.subject_id) for entry in opened] == [session]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ " + " ".join(f"a{n}: sessions {{ id }}" for n in range(16)) + " }", "aliases"),
        ("{ " + "a" * 10 + " { b " * 10 + " } " * 10 + "}", "depth"),
        ("{ " + "sessions { id } " * 1000 + " }", "tokens"),
    ],
)
async def test_operations_are_limited(client: httpx.AsyncClient, query: str, words: str) -> None:
    errors = (await operate(client, query))["errors"]
    assert any(words in error["message"].lower() for error in errors), errors
    assert {error["extensions"]["code"] for error in errors} <= {"validation", "invalid_request"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": ""}, 200),
        ({"query": "{ __typename }", "operationName": "other"}, 200),
        ({"query": "fragment A on Query { __typename }"}, 200),
        ({"query": 'subscription { messageStream(sessionId: "x") { type } }'}, 200),
        ({"query": 1}, 400),
        ({}, 400),
    ],
)
async def test_what_is_no_query_or_mutation_is_an_error(client: httpx.AsyncClient, body: dict[str, Any], status: int) -> None:
    answer = await client.post(PATH, json=body)
    assert answer.status_code == status
    told = answer.json()
    assert told["data"] is None
    assert told["errors"][0]["extensions"]["code"] == "validation"


async def test_what_can_be_done_with_its_address_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


async def test_the_schema_is_text_with_the_contracts_names(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}/schema.graphql")
    assert answer.headers["content-type"].startswith("text/plain")
    for line in (
        "sessions(limit: Int = 50, offset: Int = 0): [Session!]!", "session(id: ID!): Session",
        "messages(sessionId: ID!, limit: Int = 50, offset: Int = 0): [Message!]!", "messageStream(sessionId: ID!): MessageChunk!",
        "resumeWithAnswer(sessionId: ID!, checkpointId: ID!, answers: JSON!): SendMessageResponse!", "role: String!\n  canRead:",
    ):  # fmt: skip
        assert line in answer.text, line


async def test_bodies_and_people_that_do_not_fit_are_refused(chat: Chat, analyst: Person, client: httpx.AsyncClient) -> None:
    for body in (b"", b"[]", b"{}", b'{"query": 1}', b'{"query": "{x}", "more": 1}', b"\xff"):
        answer = await client.post(PATH, content=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == answer.json()["error"]["code"]
    query = {"query": "{ sessions { id } }"}
    async with httpx.AsyncClient(base_url=chat.url) as nobody, chat.program("nobody@one.test") as without:
        answers = [await each.post(PATH, json=query) for each in (nobody, without, analyst.client)]
    assert [answer.status_code for answer in answers] == [401, 403, 403]
    headers = {"x-csrftoken": analyst.client.cookies["csrftoken"]}
    assert (await analyst.client.post(PATH, json=query, headers=headers)).json() == {"data": {"sessions": []}}


class Socket:
    """A connection of the protocol."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self) -> Any:
        async with asyncio.timeout(10):
            return json.loads(await self.connection.recv())

    async def begin(self) -> None:
        await self.send(type="connection_init")
        assert await self.next() == {"type": "connection_ack"}

    async def subscribe(self, query: str, number: str = "1", **variables: Any) -> None:
        await self.send(type="subscribe", id=number, payload={"query": query, "variables": variables})

    async def closed(self) -> int | None:
        async with asyncio.timeout(10):
            await self.connection.wait_closed()
        return self.connection.close_code


@contextlib.asynccontextmanager
async def connected(chat: Chat, headers: dict[str, str], protocol: str = "graphql-transport-ws") -> AsyncIterator[Socket]:
    url = chat.url.replace("http", "ws") + PATH
    async with websockets.connect(url, subprotocols=[protocol], additional_headers=headers) as connection:  # type: ignore[list-item]  # a plain text is a subprotocol
        yield Socket(connection)


def bearer(client: httpx.AsyncClient) -> dict[str, str]:
    return {"authorization": client.headers["authorization"]}


async def test_a_subscription_follows_one_run_after_another(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    async with connected(chat, bearer(program.client)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        for number in range(2):
            model.add([final_answer(f"Answer {number}.")])
            await chat.stream(program.client, content="Well?", sessionId=session)
            told = []
            while not told or told[-1]["type"] != "done":
                told.append((await socket.next())["payload"]["data"]["messageStream"])
            assert told[0]["type"] == "stream_started"
            assert "".join(chunk["content"] or "" for chunk in told) == f"Answer {number}."
        await socket.send(type="ping")
        assert await socket.next() == {"type": "pong"}
        await socket.send(type="complete", id="1")
        await socket.subscribe("{ sessions { id } }", "2")
        assert (await socket.next())["payload"]["data"] == {"sessions": [{"id": session}]}
        assert await socket.next() == {"type": "complete", "id": "2"}


async def test_a_late_subscriber_hears_the_run_at_work_from_its_start(chat: Chat, program: Program, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add(["Partly ", gate, "whole."])
    sending = asyncio.create_task(chat.stream(program.client, content="Well?"))
    while not model.requests:
        await asyncio.sleep(0.02)
    session = (await program.call("session.list"))["sessions"][0]["id"]
    async with connected(chat, bearer(program.client)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        text = ""
        while text != "Partly ":
            text += (await socket.next())["payload"]["data"]["messageStream"]["content"] or ""
        gate.set()
        while text != "Partly whole.":
            text += (await socket.next())["payload"]["data"]["messageStream"]["content"] or ""
    assert (await sending)[-1]["type"] == "done"


async def test_a_subscription_to_what_may_not_be_read_is_refused(chat: Chat, program: Program) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    async with chat.program("analyst@two.test") as stranger, connected(chat, bearer(stranger)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        error = await socket.next()
        assert (error["type"], error["payload"][0]["extensions"]["code"]) == ("error", "not_found")
        await socket.subscribe("{ sessions", "2")
        assert (await socket.next())["payload"][0]["extensions"]["code"] == "invalid_request"


async def test_a_revoked_token_closes_the_connection(chat: Chat, program: Program) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    async with connected(chat, bearer(program.client)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        async with chat.database.writing() as db:
            await db.execute(update(ApiToken).values(revoked_at=now()))
        assert await socket.closed() == 4403


async def test_who_may_not_connect_is_told_by_the_code(chat: Chat, analyst: Person) -> None:
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in analyst.client.cookies.items())}
    async with chat.program("nobody@one.test") as without:
        refused = bearer(without)
    for headers, expected in (
        ({}, 4401),
        ({"authorization": "Bearer bct_nothing"}, 4401),
        (refused, 4403),
        (cookie, 4403),
        ({**cookie, "origin": "https://evil.example"}, 4403),
    ):
        async with connected(chat, headers) as socket:
            assert await socket.closed() == expected, headers
    async with connected(chat, {**cookie, "origin": chat.url}) as socket:
        await socket.begin()


async def test_a_broken_rule_of_the_protocol_closes_the_connection(chat: Chat, client: httpx.AsyncClient) -> None:
    init = {"type": "connection_init"}
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": STREAM, "variables": {"id": new_uuid()}}}
    for messages, expected in (
        ([subscribe], 4401),
        ([init, init], 4429),
        ([init, {"type": "nothing"}], 4400),
        ([init, {"type": "subscribe", "id": "1", "payload": {}}], 4400),
        ([init, {"type": "subscribe", "payload": {"query": "{ x }"}}], 4400),
        ([init, {"type": "pong", "payload": "x" * 300_000}], 4400),
        ([init, subscribe, subscribe], 4409),
    ):
        async with connected(chat, bearer(client)) as socket:
            with contextlib.suppress(websockets.ConnectionClosed):
                for message in messages:
                    await socket.send(**message)
            assert await socket.closed() == expected, messages
    async with connected(chat, bearer(client), "graphql-ws") as socket:
        assert await socket.closed() == 4406


async def test_an_answered_question_goes_on_in_the_same_subscription(chat: Chat, program: Program, model: ScriptedModel) -> None:
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    question = {"id": "q", "question": "Which?", "header": "Which", "multiSelect": False, "options": options}
    model.add([Call("ask_user_question", {"questions": [question]})], [final_answer("Right.")])
    session = (await program.call("session.create"))["session"]["id"]
    sent = (await operate(program.client, SEND, s=session, c="Ask me"))["data"]["sendMessage"]
    assert sent["interrupt"]["questions"][0]["options"][0] == {"id": "a", "label": "A", "description": ""}
    async with connected(chat, bearer(program.client)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        while (await socket.next())["payload"]["data"]["messageStream"]["type"] != "interrupt":
            pass
        place = {"sessionId": session, "checkpointId": sent["interrupt"]["checkpointId"]}
        await program.call("question.submit", **place, answers={"q": "a"})
        text = ""
        while text != "Right.":
            text += (await socket.next())["payload"]["data"]["messageStream"]["content"] or ""
