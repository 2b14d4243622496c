"""What somebody changes by one process is shown by the others, though each keeps what it has rendered."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.chat.test_tables import asked, settings, shop
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

__all__ = ["settings", "shop"]


@pytest.fixture
async def elsewhere(chat: Chat, chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Person]:
    """The same person at another process of the same site."""
    async with served(chat_settings, model) as url, Chat(url, model, chat.database).person("analyst@one.test") as person:
        yield person


@ON_EACH_ENGINE
async def test_renaming_and_deleting_are_shown_by_every_process(chat: Chat, analyst: Person, elsewhere: Person) -> None:
    session, table = await asked(analyst, chat.model)
    path = f"/bi-chat/sessions/{session}"
    assert "Sales of October" not in (await elsewhere.get(path)).text
    await analyst.post(f"/bi-chat/artifacts/{table}/rename", name="Sales of October")
    assert "Sales of October" in (await elsewhere.get(path)).text
    await analyst.post(f"/bi-chat/artifacts/{table}/delete")
    assert f'id="table-{table}"' not in (await elsewhere.get(path)).text


async def test_a_refreshed_table_is_shown_by_every_process(chat: Chat, analyst: Person, elsewhere: Person, shop: Path) -> None:
    session, table = await asked(analyst, chat.model)
    path = f"/bi-chat/sessions/{session}"
    assert "987654" not in (await elsewhere.get(path)).text
    with sqlite3.connect(shop) as connection:
        connection.execute("UPDATE sales SET amount = 987654")
    await analyst.post(f"/bi-chat/artifacts/{table}/refresh")
    assert "987654" in (await elsewhere.get(path)).text.replace(",", "")
