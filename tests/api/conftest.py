"""The served application of the chat's tests, called by programs."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.calls import Program
from tests.chat.conftest import Chat, analyst, chat, chat_settings, model

__all__ = ("analyst", "chat", "chat_settings", "model")


@pytest.fixture
async def client(chat: Chat) -> AsyncIterator[httpx.AsyncClient]:
    async with chat.program("analyst@one.test") as client:
        yield client


@pytest.fixture
def program(client: httpx.AsyncClient) -> Program:
    """A program that acts for the analyst."""
    return Program(client)
