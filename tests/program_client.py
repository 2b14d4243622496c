"""A client of the doors for programs, written from their description alone: no part of the application is imported."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import websockets

PROTOCOL = "graphql-transport-ws"
TURN = """
userTurn { id content author { id initials } createdAt }
assistantTurn {
  id role content explanation citations { title } toolCalls { id name arguments result error durationMs }
  artifacts { id type name } codeOutputs { type } createdAt
}
interrupt { checkpointId questions { id text header type options { id label description } } }
"""


class CallError(Exception):
    """The door refused; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: str
    has_result: bool


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    header: str
    type: str
    options: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Told:
    """Where a turn is: an answer, or questions under `checkpoint_id`."""

    session_id: str
    run_id: str = field(compare=False)
    checkpoint_id: str = field(compare=False)
    answer: str
    notes: str
    tools: tuple[ToolCall, ...]
    questions: tuple[Question, ...]


class Door(Protocol):
    """One way in: ask a question, answer one, and hear where the turn is then."""

    async def ask(self, content: str) -> Told: ...

    async def answer(self, told: Told, answers: dict[str, Any]) -> Told: ...


class Client:
    """What all doors share: one connection with a bearer token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def call(self, method: str, **params: Any) -> Any:
        answer = (await self.http.post("/bi-chat/rpc", json={"id": 1, "method": method, "params": params})).json()
        if "error" in answer:
            raise CallError(answer["error"]["code"], answer["error"]["message"])
        return answer["result"]

    async def operate(self, query: str, **variables: Any) -> Any:
        answer = (await self.http.post("/bi-chat/graphql", json={"query": query, "variables": variables})).json()
        for error in answer.get("errors", ()):
            raise CallError(error["extensions"]["code"], error["message"])
        return answer["data"]

    async def events(self, method: str, path: str, **options: Any) -> AsyncIterator[dict[str, Any]]:
        """Yield the decoded events of a stream until it ends, each with its id."""
        async with self.http.stream(method, path, **options) as answer:
            if answer.status_code != 200:
                error = json.loads(await answer.aread())["error"]
                raise CallError(error["code"], error["message"])
            event_id = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    event_id = value
                elif name == "data":
                    yield {"eventId": event_id, **json.loads(value)}

    async def follow(self, session_id: str, ready: asyncio.Event) -> AsyncIterator[dict[str, Any]]:
        """Yield the chunks of a session's subscription."""
        headers = {"authorization": self.http.headers["authorization"]}
        url = str(self.http.base_url.copy_with(scheme="ws", path="/bi-chat/graphql"))
        chunk = "type runId content finishReason toolsUsed textBlockSeq tool { name result } interrupt { checkpointId }"
        query = f"subscription($id: ID!) {{ messageStream(sessionId: $id) {{ {chunk} }} }}"
        async with websockets.connect(url, subprotocols=[PROTOCOL], additional_headers=headers) as socket:  # type: ignore[list-item]  # a plain text is a subprotocol
            await socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": query, "variables": {"id": session_id}}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            ready.set()
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    yield message["payload"]["data"]["messageStream"]


class StreamDoor:
    """Server-sent events: everything is told as it happens."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def ask(self, content: str) -> Told:
        return await self._told("", self.client.events("POST", "/bi-chat/stream", json={"content": content}), {})

    async def answer(self, told: Told, answers: dict[str, Any]) -> Told:
        place = {"sessionId": told.session_id, "checkpointId": told.checkpoint_id}
        run_id = (await self.client.call("bichat.question.submit", **place, answers=answers))["runId"]
        events = self.client.events("GET", f"/bi-chat/stream/events?runId={run_id}&lastEventId=0-0")
        return await self._told(told.session_id, events, {})

    async def _told(self, session_id: str, events: AsyncIterator[dict[str, Any]], tools: dict[str, ToolCall]) -> Told:
        run_id, text, notes, asked = "", "", list[str](), dict[str, Any]()
        async for event in events:
            match event["type"]:
                case "session":
                    session_id = event["sessionId"]
                case "stream_started" | "done":
                    run_id = event["runId"]
                case "content":
                    text += event["content"]
                case "reset":
                    text, notes = "", notes[: event["textBlockSeq"]]
                case "text_block_end":
                    text, notes = "", [*notes, text]
                case "tool_start" | "tool_end":
                    tool = event["tool"]
                    tools[tool["callId"]] = ToolCall(tool["name"], tool["arguments"], "result" in tool)
                case "interrupt":
                    asked = event["interrupt"]
                case "error":
                    raise CallError(event["code"], event["error"])
        questions = _questions(asked.get("questions", ()))
        checkpoint = asked.get("checkpointId", "")
        return Told(session_id, run_id, checkpoint, text, "\n\n".join(notes), tuple(tools.values()), questions)


class RpcDoor:
    """Calls alone: a message is sent and its turn looked at until it has settled."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def ask(self, content: str) -> Told:
        session_id = (await self.client.call("bichat.session.create"))["session"]["id"]
        body = {"content": content, "sessionId": session_id}
        async for event in self.client.events("POST", "/bi-chat/stream", json=body):
            if event["type"] == "stream_started":
                break
        return await self._told(session_id)

    async def answer(self, told: Told, answers: dict[str, Any]) -> Told:
        place = {"sessionId": told.session_id, "checkpointId": told.checkpoint_id}
        await self.client.call("bichat.question.submit", **place, answers=answers)
        return await self._told(told.session_id)

    async def _told(self, session_id: str) -> Told:
        while True:
            read = await self.client.call("bichat.session.get", id=session_id)
            turn, asked = read["turns"][-1], read.get("pendingQuestion", {})
            if turn["status"] in {"completed", "waiting", "failed", "stopped"}:
                break
            await asyncio.sleep(0.02)
        if "error" in turn:
            raise CallError(turn["error"]["code"], turn["error"]["message"])
        return _of_turn(session_id, turn["runId"], turn.get("assistantTurn"), asked)


class GraphqlDoor:
    """GraphQL: a mutation waits for what becomes of its message."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def ask(self, content: str) -> Told:
        session_id = (await self.client.operate("mutation { createSession { id } }"))["createSession"]["id"]
        query = f"mutation($s: ID!, $c: String!) {{ sendMessage(sessionId: $s, content: $c) {{ {TURN} }} }}"
        sent = (await self.client.operate(query, s=session_id, c=content))["sendMessage"]
        return _of_turn(session_id, "", sent["assistantTurn"], sent["interrupt"] or {})

    async def answer(self, told: Told, answers: dict[str, Any]) -> Told:
        query = (
            "mutation($s: ID!, $c: ID!, $a: JSON!) "
            f"{{ resumeWithAnswer(sessionId: $s, checkpointId: $c, answers: $a) {{ {TURN} }} }}"
        )
        sent = await self.client.operate(query, s=told.session_id, c=told.checkpoint_id, a=answers)
        turn = sent["resumeWithAnswer"]
        return _of_turn(told.session_id, "", turn["assistantTurn"], turn["interrupt"] or {})


def _of_turn(session_id: str, run_id: str, answer: dict[str, Any] | None, asked: dict[str, Any]) -> Told:
    said = answer or {"content": "", "toolCalls": []}
    tools = [ToolCall(call["name"], call["arguments"], call.get("result") is not None) for call in said["toolCalls"]]
    questions = _questions(asked.get("questions", ()))
    notes = said.get("explanation") or ""
    return Told(session_id, run_id, asked.get("checkpointId", ""), said["content"], notes, tuple(tools), questions)


def _questions(asked: Any) -> tuple[Question, ...]:
    return tuple(
        Question(
            question["id"],
            question["text"],
            question["header"],
            question["type"],
            tuple((option["id"], option["label"], option["description"]) for option in question["options"]),
        )
        for question in asked
    )
