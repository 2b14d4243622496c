"""What means the same is found where an embeddings endpoint is configured, and words alone decide where it fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.identity.actor import Actor
from app.knowledge import store
from app.knowledge.embeddings import Embedder, open_embedder
from app.knowledge.library import Library
from app.knowledge.models import Vector
from app.settings import Settings, load
from tests.data.conftest import OURS
from tests.knowledge.test_search import documents

MEANINGS = ({"car", "automobile", "vehicle"}, {"house", "home", "dwelling"}, {"money", "cash"})


class Endpoint:
    """A loopback server that gives texts one number for each meaning they have."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length"))
            body = json.loads(await reader.readexactly(length))
            assert (body["model"], head.startswith(b"POST /v1/embeddings")) == ("small", True)
            self.asked.append(body["input"])
            status, content = ("400 Bad Request", {"error": {"message": "no"}}) if self.fails else ("200 OK", told(body["input"]))
            text = json.dumps(content).encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text
            )
            await writer.drain()


def told(texts: list[str]) -> dict[str, Any]:
    vectors = [[float(bool(set(text.lower().split()) & meaning)) for meaning in MEANINGS] for text in texts]
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {"object": "list", "data": data[::-1], "model": "small", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await endpoint.answer(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield endpoint
    server.close()


@pytest.fixture
async def embedder(endpoint: Endpoint) -> AsyncIterator[Embedder]:
    embedder = open_embedder(Settings(embedding_base_url=endpoint.url, embedding_api_key="key", embedding_model="small"))
    assert embedder
    yield embedder
    await embedder.close()


async def test_meanings_join_words(companies: Database, ours: Actor, embedder: Embedder, endpoint: Endpoint) -> None:
    said = documents(a="An automobile stands here", b="The house of a car dealer", c="Some cash", d="Nothing at all")
    await store.load(companies, OURS, said, "sqlite")
    assert await embedder.fill(companies, OURS) == 4
    library = Library(companies, embedder)
    assert [hit.name for hit in await Library(companies).search(ours, "car")] == ["b"]
    assert [hit.name for hit in await library.search(ours, "car")][:2] == ["b", "a"]
    assert (await library.search(ours, "vehicle"))[0].name in {"a", "b"}
    assert endpoint.asked[-1] == ["vehicle"]


async def test_a_text_is_embedded_once(companies: Database, ours: Actor, embedder: Embedder, endpoint: Endpoint) -> None:
    await store.load(companies, OURS, documents(a="A car", b="A house"), "sqlite")
    await embedder.fill(companies, OURS)
    assert await embedder.fill(companies, OURS) == 0
    await store.load(companies, OURS, documents(a="A car", b="Some cash"), "sqlite", rebuild=True)
    assert await embedder.fill(companies, OURS) == 1
    assert endpoint.asked == [["a\nA car", "b\nA house"], ["b\nSome cash"]]
    async with companies.reading() as db:
        assert await db.scalar(select(func.count()).select_from(Vector)) == 2
    for _ in range(2):
        await Library(companies, embedder).search(ours, "vehicle")
    assert endpoint.asked[2:] == [["vehicle"]]


async def test_words_alone_decide_when_the_endpoint_fails(
    companies: Database, ours: Actor, embedder: Embedder, endpoint: Endpoint
) -> None:
    await store.load(companies, OURS, documents(a="A car", b="An automobile"), "sqlite")
    await embedder.fill(companies, OURS)
    endpoint.fails = True
    assert [hit.name for hit in await Library(companies, embedder).search(ours, "car")] == ["a"]
    assert await embedder.fill(companies, OURS) == 0


def test_without_an_address_and_a_key_nothing_is_embedded(data_dir: Any) -> None:
    assert open_embedder(load({"BICHAT_DATA_DIR": str(data_dir)})) is None
