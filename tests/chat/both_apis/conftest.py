"""The whole application over the real client: every test here runs over each API of a scripted provider."""

from collections.abc import AsyncIterator

import pytest

from app.agent.failover import Failover, Provider
from app.agent.openai_chat import CHAT
from app.agent.openai_client import READ_TIMEOUT, Endpoint, OpenAIModel
from app.agent.openai_responses import RESPONSES
from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, provided, served
from tests.chat.test_tables import settings, shop
from tests.letters import Post
from tests.model_server import ModelServer

__all__ = ("settings", "shop")

MODEL = "gpt-5.2"


@pytest.fixture
async def chat(chat_settings: Settings, provider: ModelServer, model_api: str, post: Post) -> AsyncIterator[Chat]:
    """BiChat as its settings make it."""
    async with served(provided(chat_settings, provider, model_api), None, tools=(post.tool,)) as url:
        database = Database(chat_settings.database_url)
        yield Chat(url, None, database)
        await database.close()


@pytest.fixture
def longest_silence(request: pytest.FixtureRequest) -> float:
    """Seconds; a test of silence sets fewer."""
    return getattr(request, "param", READ_TIMEOUT)


@pytest.fixture
async def hasty(chat_settings: Settings, provider: ModelServer, model_api: str, longest_silence: float) -> AsyncIterator[Chat]:
    """BiChat with a client that asks once and does not wait for a provider that failed."""
    api, place = {"chat": CHAT, "responses": RESPONSES}[model_api], Endpoint(provider.url, MODEL, "k")
    model = Failover([Provider(OpenAIModel(api, place, retries=0, read_timeout=longest_silence), MODEL)])
    async with served(chat_settings, model) as url:
        database = Database(chat_settings.database_url)
        yield Chat(url, None, database)
        await database.close()
