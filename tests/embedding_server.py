"""A loopback server of embeddings that gives texts one number for each meaning they have."""

import asyncio
import json
from typing import Any, Self

MEANINGS = ({"car", "automobile", "vehicle"}, {"house", "home", "dwelling"}, {"money", "cash"})
MODEL = "text-embedding-3-small"
USED = 1000
"""Tokens that the server tells for each text."""


class EmbeddingServer:
    """Answers while it is entered; `asked` are the texts of each request. It waits for `gate`, which is open at first."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False
        self.tells_usage = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.set()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length"))
        body = json.loads(await reader.readexactly(length))
        assert (body["model"], head.startswith(b"POST /v1/embeddings")) == (MODEL, True)
        self.asked.append(body["input"])
        self.reached.set()
        await self.gate.wait()
        status, content = (
            ("400 Bad Request", {"error": {"message": "no"}}) if self.fails else ("200 OK", self._told(body["input"]))
        )
        text = json.dumps(content).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text
        )
        await writer.drain()

    def _told(self, texts: list[str]) -> dict[str, Any]:
        vectors = [[float(bool(set(text.lower().split()) & meaning)) for meaning in MEANINGS] for text in texts]
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        used = {"prompt_tokens": USED * len(texts), "total_tokens": USED * len(texts)} if self.tells_usage else None
        return {"object": "list", "data": data[::-1], "model": MODEL, "usage": used}
