"""What means the same is found where an embeddings endpoint is configured, and words alone decide where it fails."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from app.agent import prices
from app.chat.embedding_calls import EmbeddingMeter
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import store
from app.knowledge.embeddings import Embedder, open_embedder
from app.knowledge.library import Library
from app.knowledge.models import Vector
from app.settings import Settings, load
from tests.data.conftest import OURS
from tests.embedding_server import MODEL, EmbeddingServer
from tests.knowledge.test_search import documents


@pytest.fixture
async def endpoint() -> AsyncIterator[EmbeddingServer]:
    async with EmbeddingServer() as server:
        yield server


@pytest.fixture
async def embedder(companies: Database, endpoint: EmbeddingServer) -> AsyncIterator[Embedder]:
    embedder = open_embedder(
        Settings(embedding_base_url=endpoint.url, embedding_api_key="key", embedding_model=MODEL),
        EmbeddingMeter(companies, prices.load()),
    )
    assert embedder
    yield embedder
    await embedder.close()


async def test_meanings_join_words(companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer) -> None:
    said = documents(a="An automobile stands here", b="The house of a car dealer", c="Some cash", d="Nothing at all")
    await store.load(companies, OURS, said, "sqlite")
    assert await embedder.fill(companies, ours) == 4
    library = Library(companies, embedder)
    assert [hit.name for hit in await Library(companies).search(ours, "car")] == ["b"]
    assert [hit.name for hit in await library.search(ours, "car")][:2] == ["b", "a"]
    assert (await library.search(ours, "vehicle"))[0].name in {"a", "b"}
    assert endpoint.asked[-1] == ["vehicle"]


async def test_a_text_is_embedded_once(companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer) -> None:
    await store.load(companies, OURS, documents(a="A car", b="A house"), "sqlite")
    await embedder.fill(companies, ours)
    assert await embedder.fill(companies, ours) == 0
    await store.load(companies, OURS, documents(a="A car", b="Some cash"), "sqlite", rebuild=True)
    assert await embedder.fill(companies, ours) == 1
    assert endpoint.asked == [["a\nA car", "b\nA house"], ["b\nSome cash"]]
    async with companies.reading() as db:
        assert await db.scalar(select(func.count()).select_from(Vector)) == 2
    for _ in range(2):
        await Library(companies, embedder).search(ours, "vehicle")
    assert endpoint.asked[2:] == [["vehicle"]]


async def test_words_alone_decide_when_the_endpoint_fails(
    companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer
) -> None:
    await store.load(companies, OURS, documents(a="A car", b="An automobile"), "sqlite")
    await embedder.fill(companies, ours)
    endpoint.fails = True
    assert [hit.name for hit in await Library(companies, embedder).search(ours, "car")] == ["a"]
    assert await embedder.fill(companies, ours) == 0


def test_without_an_address_and_a_key_nothing_is_embedded(data_dir: Any, database: Database) -> None:
    assert open_embedder(load({"BICHAT_DATA_DIR": str(data_dir)}), EmbeddingMeter(database, prices.load())) is None


async def test_what_another_process_embeds_is_found_here_too(
    companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer
) -> None:
    await store.load(companies, OURS, documents(a="An automobile stands here", d="Nothing at all"), "sqlite")
    here = Library(companies, embedder)
    assert await here.search(ours, "vehicle") == []
    elsewhere = Embedder(endpoint.url, "key", MODEL, EmbeddingMeter(companies, prices.load()))
    await elsewhere.fill(companies, ours)
    await elsewhere.close()
    assert [hit.name for hit in await here.search(ours, "vehicle")][:1] == ["a"]


async def test_two_processes_may_embed_the_same_at_once(
    companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer
) -> None:
    await store.load(companies, OURS, documents(a="An automobile stands here", d="Nothing at all"), "sqlite")
    elsewhere = Embedder(endpoint.url, "key", MODEL, EmbeddingMeter(companies, prices.load()))
    endpoint.gate.clear()
    filling = [asyncio.create_task(each.fill(companies, ours)) for each in (embedder, elsewhere)]
    while len(endpoint.asked) < 2:
        await asyncio.sleep(0.02)
    endpoint.gate.set()
    await asyncio.gather(*filling)
    await elsewhere.close()
    assert [hit.name for hit in await Library(companies, embedder).search(ours, "vehicle")][:1] == ["a"]


async def test_what_only_one_of_them_embeds_is_kept(
    companies: Database, ours: Actor, embedder: Embedder, endpoint: EmbeddingServer
) -> None:
    elsewhere = Embedder(endpoint.url, "key", MODEL, EmbeddingMeter(companies, prices.load()))
    endpoint.gate.clear()
    filling = []
    for at, (each, said) in enumerate(
        ((embedder, {"a": "An automobile"}), (elsewhere, {"a": "An automobile", "d": "Nothing"})), 1
    ):
        await store.load(companies, OURS, documents(**said), "sqlite")
        filling.append(asyncio.create_task(each.fill(companies, ours)))
        while len(endpoint.asked) < at:
            await asyncio.sleep(0.02)
    endpoint.gate.set()
    await asyncio.gather(*filling)
    await elsewhere.close()
    async with companies.reading() as db:
        assert await db.scalar(select(func.count()).select_from(Vector)) == 2
