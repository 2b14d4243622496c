"""One connection of the protocol `graphql-transport-ws` (enisdenjo/graphql-ws, PROTOCOL.md): many operations side by side."""

import asyncio
import contextlib
import dataclasses
from typing import Any, Protocol

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from app.api.bodies import encode
from app.api.caller import Caller
from app.database import now

PROTOCOL = "graphql-transport-ws"
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, TOO_SLOW, SAME_ID, TWICE, TOO_MANY = 4400, 4401, 4403, 4408, 4409, 4429, 4429
INIT_SECONDS = 10.0
MOST_CHARS = 256 * 1024
MOST_OPERATIONS = 20


class Schema(Protocol):
    """What a strawberry schema does here."""

    async def stream(self, query: str, *, variable_values: Any, context_value: Any, operation_name: Any) -> Any:
        """Return an iterator of results."""
        ...


class _Payload(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class _Message(msgspec.Struct):
    type: str
    id: str | None = None
    payload: Any = None


class _Closed(Exception):
    """The connection ends with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Conversation:
    """Reads messages until the client leaves, breaks a rule or may not listen any more."""

    def __init__(self, socket: WebSocket[Any, Any, Any], caller: Caller, schema: Schema, answers: Any) -> None:
        self._socket = socket
        self._caller = caller
        self._schema = schema
        self._answers = answers
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._is_acknowledged = False

    async def run(self) -> None:
        """Serve the connection to its end."""
        reading = asyncio.create_task(self._read())
        with self._caller.watching(reading.cancel):
            await asyncio.wait([reading])
        for operation in list(self._operations.values()):
            operation.cancel()
        await asyncio.gather(*self._operations.values(), return_exceptions=True)
        ended = _Closed(FORBIDDEN, "Forbidden") if reading.cancelled() else reading.exception()
        if isinstance(ended, _Closed):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(ended.code, ended.reason)
        elif ended is not None and not isinstance(ended, WebSocketDisconnect):
            raise ended

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS) as patience:
                while True:
                    message = self._decoded(await self._socket.receive_text())
                    await self._take(message)
                    if self._is_acknowledged:
                        patience.reschedule(None)
        except TimeoutError as error:
            raise _Closed(TOO_SLOW, "Connection initialisation timeout") from error

    @staticmethod
    def _decoded(text: str) -> _Message:
        try:
            if len(text) > MOST_CHARS:
                raise _Closed(BAD_MESSAGE, "Message too large")
            return msgspec.json.decode(text, type=_Message)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _Closed(BAD_MESSAGE, "Invalid message") from error

    async def _take(self, message: _Message) -> None:
        match message.type:
            case "connection_init" if not self._is_acknowledged:
                self._is_acknowledged = True
                await self._send(type="connection_ack")
            case "connection_init":
                raise _Closed(TWICE, "Too many initialisation requests")
            case "ping":
                await self._send(type="pong")
            case "pong":
                pass
            case "subscribe":
                self._begin(message)
            case "complete" if message.id is not None:
                if operation := self._operations.pop(message.id, None):
                    operation.cancel()
            case _:
                raise _Closed(BAD_MESSAGE, "Invalid message")

    def _begin(self, message: _Message) -> None:
        if not self._is_acknowledged:
            raise _Closed(UNAUTHORIZED, "Unauthorized")
        if not message.id or message.id in self._operations:
            raise _Closed(SAME_ID, "Subscriber already exists") if message.id else _Closed(BAD_MESSAGE, "Invalid message")
        if len(self._operations) >= MOST_OPERATIONS:
            raise _Closed(TOO_MANY, "Too many operations")
        try:
            payload = msgspec.convert(message.payload, _Payload)
        except msgspec.ValidationError as error:
            raise _Closed(BAD_MESSAGE, "Invalid message") from error
        self._operations[message.id] = asyncio.create_task(self._operate(message.id, payload))

    async def _operate(self, number: str, payload: _Payload) -> None:
        """Send an operation's results; an error before the first one ends it instead of completing it."""
        results = await self._schema.stream(
            payload.query,
            variable_values=payload.variables,
            context_value=dataclasses.replace(self._caller, asked_at=now()),
            operation_name=payload.operation_name,
        )
        async with contextlib.aclosing(results) as stream:
            is_first = True
            async for result in stream:
                if is_first and result.data is None and result.errors:
                    self._operations.pop(number, None)
                    await self._send(type="error", id=number, payload=self._answers.errors_of(self._caller, result.errors))
                    return
                is_first = False
                await self._send(type="next", id=number, payload=self._answers.result_of(self._caller, result))
        self._operations.pop(number, None)
        await self._send(type="complete", id=number)

    async def _send(self, **message: Any) -> None:
        await self._socket.send_text(encode(message).decode())
