"""A real OpenAI-compatible server on the loopback that plays scripts and keeps a log of requests.

`python -m tests.model_server --port 0 [--script FILE]` runs it by itself and prints its base URL on the first line, so that it
outlives the product that a test kills. In a test's own loop: `async with ModelServer(script) as server`.
`POST /control/script` sets the script (see `tests.model_scripts`), `GET /control/log` returns the requests, `POST
/control/reset` forgets both.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import time
from pathlib import Path
from typing import Any, Self

from tests.model_scripts import Script, Turn, error_body, play, turn_for

MODEL_PATHS = ("/v1/chat/completions", "/v1/responses")


class ModelServer:
    """The server; `log` has a dict for every request to the model.

    Its `outcome` is `open`, `complete` (every byte was written), `broken` or `refused` (as the script says) or `cut` (the
    client went away). Times are monotonic seconds. `files` are handed out by their paths, or refused with a status and a message.
    """

    def __init__(self, script: Script | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script: Script = script if script is not None else []
        self.played = 0
        self.files: dict[str, bytes | tuple[int, str]] = {}
        self.log: list[dict[str, Any]] = []
        self.connections: set[_Connection] = set()
        self.connections_made = 0
        self.changed = asyncio.Event()
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://{self._host}:{self._port}/v1"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)

    async def until(self, outcome: str, count: int = 1, timeout: float = 30) -> list[dict[str, Any]]:  # noqa: ASYNC109 - a test's patience
        """Wait until `count` requests ended as `outcome` and return them."""
        async with asyncio.timeout(timeout):
            while True:
                self.changed.clear()
                if len(entries := [entry for entry in self.log if entry["outcome"] == outcome]) >= count:
                    return entries
                await self.changed.wait()

    async def until_asked(self, count: int) -> None:
        """Wait until there have been `count` requests, answered or not."""
        async with asyncio.timeout(60):
            while len(self.log) < count:
                self.changed.clear()
                await self.changed.wait()

    def control(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer a request that is not for the model."""
        match method, path:
            case "GET", "/control/log":
                return 200, json.dumps(self.log, ensure_ascii=False).encode()
            case "POST", "/control/script":
                self.script, self.played = json.loads(body), 0
            case "POST", "/control/reset":
                self.script, self.played, self.log = [], 0, []
            case "GET", "/v1/models":
                return 200, b'{"object":"list","data":[{"id":"scripted","object":"model"}]}'
            case "GET", path if path in self.files:
                file = self.files[path]
                return (200, file) if isinstance(file, bytes) else (file[0], error_body({"error": {"message": file[1]}}))
            case _:
                return 404, b'{"error":{"message":"no such path","type":"invalid_request_error","code":null}}'
        return 200, b"{}"


class _Connection(asyncio.Protocol):
    """One client's connection: requests one after the other."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._server.connections.add(self)
        self._server.connections_made += 1

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self)
        self._may_write.set()
        if self._task:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next_request()

    def _next_request(self) -> None:
        head, separator, _ = self._buffer.partition(b"\r\n\r\n")
        if self._task or not separator:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        end = len(head) + 4 + int(headers.get("content-length", 0))
        if len(self._buffer) < end:
            return
        body = bytes(self._buffer[len(head) + 4 : end])
        del self._buffer[:end]
        method, target, _ = request_line.split(" ", 2)
        path = target.partition("?")[0]
        if path in MODEL_PATHS and method == "POST":
            self._task = asyncio.get_running_loop().create_task(self._answer(path, headers, json.loads(body)))
        else:
            self._send_whole(*self._server.control(method, path, body))

    async def _answer(self, path: str, headers: dict[str, str], request: dict[str, Any]) -> None:
        server = self._server
        turn = turn_for(server.script, server.played, request)
        server.played += 1
        entry = {"number": server.played, "path": path, "headers": headers, "body": request, "received": time.monotonic()}
        entry["outcome"] = "open"
        server.log.append(entry)
        server.changed.set()
        outcome = "cut"
        try:
            outcome = await self._perform(turn, path, request.get("model", ""))
        except asyncio.CancelledError:
            outcome = "cut"
        finally:
            entry["outcome"], entry["ended"] = outcome, time.monotonic()
            server.changed.set()
            self._task = None
        if not self._transport.is_closing():
            self._next_request()

    async def _perform(self, turn: Turn, path: str, model: str) -> str:
        await asyncio.sleep(turn.get("delay", 0))
        if "status" in turn or "body" in turn:
            body = turn["body"].encode() if "body" in turn else error_body(turn)
            self._send_whole(turn.get("status", 200), body, turn.get("headers"), turn.get("content_type", "application/json"))
            return "refused" if turn.get("status", 200) >= 400 else "complete"
        kind = turn.get("content_type", "text/event-stream; charset=utf-8")
        self._transport.write(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
        write = _Writer(self._transport, turn)
        async with contextlib.aclosing(play(turn, path, self._server.played, model)) as frames:
            async for data in frames:
                await write(data)
                if not self._may_write.is_set():
                    await self._may_write.wait()
        return await self._end(turn.get("ending", "done"))

    async def _end(self, ending: str) -> str:
        if ending == "hang":
            await asyncio.Event().wait()
        if ending == "reset":
            self._transport.abort()
        elif ending == "close":
            self._transport.close()
        else:
            self._transport.write(b"0\r\n\r\n")
        return "complete" if ending == "done" else "broken"

    def _send_whole(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, content_type: str = "application/json"
    ) -> None:
        lines = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
        head = f"HTTP/1.1 {status} Scripted\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._transport.write(head.encode() + b"\r\n" + body)


class _Writer:
    """Writes events as HTTP chunks, cut and ended as the turn says."""

    def __init__(self, transport: asyncio.WriteTransport, turn: Turn) -> None:
        self._write = transport.write
        self._line_end = turn.get("line_end", "\n").encode()
        self._size = turn.get("write_size")
        self._comment = b": keep-alive\n\n" if turn.get("comments") else b""
        self._count = 0

    async def __call__(self, data: bytes) -> None:
        if not data:
            return
        data = self._comment + data
        if self._line_end != b"\n":
            data = data.replace(b"\n", self._line_end)
        if self._size is None:
            self._write(b"%x\r\n%b\r\n" % (len(data), data))
            self._count += 1
            if self._count % 32 == 0:
                await asyncio.sleep(0)
            return
        for at in range(0, len(data), self._size):
            piece = data[at : at + self._size]
            self._write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await asyncio.sleep(0)


async def serve(host: str, port: int, script: Script) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with ModelServer(script, host=host, port=port) as server:
        print(server.url, flush=True)
        await stopping.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.model_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="a JSON file")
    options = parser.parse_args()
    script = json.loads(options.script.read_text(encoding="utf-8")) if options.script else []
    import uvloop

    uvloop.run(serve(options.host, options.port, script))


if __name__ == "__main__":
    main()
