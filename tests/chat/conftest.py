"""The whole application on a real port, with people of two companies and a scripted model."""

import asyncio
import contextlib
import re
import socket
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn

from app.database import Database
from app.identity import tokens
from app.main import create_app
from app.server import WebSocket
from app.settings import Settings
from tests.letters import Post
from tests.model_server import ModelServer
from tests.scripted_model import ScriptedModel
from tests.site import PASSWORD

RUN = re.compile(r'data-run-id="([^"]+)"')
CHECKPOINT = re.compile(r'data-checkpoint-id="([^"]+)"')
STATUS = re.compile(r'data-status="(\w+)"')
HTMX = {"HX-Request": "true"}
PATIENCE = 30


class Person:
    """A browser in which somebody is signed in."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.get = client.get

    async def post(self, path: str, *, htmx: bool = False, **fields: Any) -> httpx.Response:
        data = {
            "_csrf_token": self.client.cookies["csrftoken"],
            **{name.replace("__", "."): value for name, value in fields.items()},
        }
        return await self.client.post(path, data=data, headers=HTMX if htmx else None)

    async def ask(self, content: str, session: str = "", **fields: Any) -> tuple[str, str]:
        """Send a question and return the session's and the run's id."""
        if not session:
            answer = await self.post("/bi-chat/sessions")
            session = answer.headers["location"].rsplit("/", 1)[-1]
        answer = await self.post(f"/bi-chat/sessions/{session}/messages", htmx=True, content=content, **fields)
        assert answer.status_code == 200, answer.text
        return session, RUN.search(answer.text)[1]  # type: ignore[index]  # the turn always names its run

    async def until(self, session: str, status: str) -> str:
        """Return the conversation's page once its last run has `status`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                page = (await self.get(f"/bi-chat/sessions/{session}")).text
                if (STATUS.findall(page) or [""])[-1] == status:
                    return page
                await asyncio.sleep(0.02)

    async def events(self, path: str, last_event_id: str = "") -> list[dict[str, str]]:
        """Return all messages of a stream that ends."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        async with asyncio.timeout(PATIENCE), self.client.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200
            return events_of((await answer.aread()).decode())


class Chat:
    """The served application."""

    def __init__(self, url: str, model: ScriptedModel, database: Database) -> None:
        self.url = url
        self.model = model
        self.database = database

    @contextlib.asynccontextmanager
    async def person(self, email: str, password: str = PASSWORD) -> AsyncIterator[Person]:
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client:
            await client.get("/login")
            form = {"_csrf_token": client.cookies["csrftoken"], "email": email, "password": password}
            assert (await client.post("/login", data=form)).status_code == 303
            yield Person(client)

    @contextlib.asynccontextmanager
    async def program(self, email: str) -> AsyncIterator[httpx.AsyncClient]:
        token = await tokens.create_for(self.database, email, "test")
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE, headers=headers) as client:
            yield client

    async def stream(self, client: httpx.AsyncClient, **body: Any) -> list[dict[str, Any]]:
        """Send by `POST /bi-chat/stream` and return the decoded events, each with its `id`."""
        async with asyncio.timeout(PATIENCE), client.stream("POST", "/bi-chat/stream", json=body) as answer:
            text = (await answer.aread()).decode()
            assert answer.status_code == 200, text
        return decoded(events_of(text))


def events_of(text: str) -> list[dict[str, str]]:
    """Parse server-sent events (WHATWG HTML, 9.2.6)."""
    found = []
    for block in text.split("\n\n"):
        event: dict[str, str] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            if name:
                value = value.removeprefix(" ")
                event[name] = f"{event[name]}\n{value}" if name == "data" and "data" in event else value
        if event:
            found.append(event)
    return found


def decoded(events: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"id": event["id"], **msgspec.json.decode(event["data"])} for event in events]


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def chat_settings(settings: Settings, peopled_url: str) -> Settings:
    return msgspec.structs.replace(settings, database_url=peopled_url, rate_messages=10_000, automatic_titles=False)


@pytest.fixture(params=["chat", "responses"])
def model_api(request: pytest.FixtureRequest) -> str:
    """Each API of a provider in turn."""
    return request.param


@pytest.fixture
async def provider() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


def provided(settings: Settings, provider: ModelServer, model_api: str, **more: Any) -> Settings:
    """Return settings whose model is behind the real client, at a scripted provider."""
    place = {"model": "", "openai_api_key": "k", "openai_base_url": provider.url, "model_api": model_api}
    return msgspec.structs.replace(settings, **place, **more)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def chat(chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Chat]:
    async with served(chat_settings, model) as url:
        database = Database(chat_settings.database_url)
        yield Chat(url, model, database)
        await database.close()


@contextlib.asynccontextmanager
async def served(settings: Settings, model: ScriptedModel, **embedded: Any) -> AsyncIterator[str]:
    app = create_app(settings, model=model, **embedded)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="on", ws=WebSocket, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]  # pytest keeps its own
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        app.state.desk.event_log.release()
        server.should_exit = True
        await serving


@pytest.fixture
async def analyst(chat: Chat) -> AsyncIterator[Person]:
    async with chat.person("analyst@one.test") as person:
        yield person


def new_uuid() -> str:
    return str(uuid.uuid4())
