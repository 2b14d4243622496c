"""An application that runs removes what was deleted a month ago by itself, with its files, and again each hour."""

import asyncio
import uuid
from pathlib import Path

import pytest
from sqlalchemy import update

from app import lifecycle
from app.chat.models import Session
from app.chat.purging import KEPT
from app.database import now
from app.files.storage import FileStorage, LocalStorage
from app.settings import Settings
from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_organising import talked
from tests.chat.test_purging import DAY, files
from tests.chat.test_retention import file_in, left, storage
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

__all__ = ("storage",)


@pytest.fixture
def chat_settings(chat_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of an application whose hours are short."""
    for name in ("SWEEP_SECONDS", "PURGE_SECONDS"):
        monkeypatch.setattr(lifecycle, name, 0.05)
    return chat_settings


async def deleted(chat: Chat, person: Person, model: ScriptedModel, storage: FileStorage, folder: Path) -> tuple[str, str]:
    """Delete a conversation with a file; returns its id and the file's name."""
    session = await talked(person, model)
    key = await file_in(chat, session, storage, folder)
    await person.post(f"/bi-chat/sessions/{session}/delete")
    return session, Path(key).stem


async def a_month_passes(chat: Chat, session: str) -> None:
    async with chat.database.writing() as db:
        await db.execute(update(Session).where(Session.id == uuid.UUID(session)).values(deleted_at=now() - KEPT - DAY))


async def gone(chat: Chat, session: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while session in await left(chat):
            await asyncio.sleep(0.02)


@ON_EACH_ENGINE
async def test_one_after_the_other_goes_once_its_month_has_passed(
    chat: Chat, analyst: Person, model: ScriptedModel, storage: FileStorage, tmp_path: Path, chat_settings: Settings
) -> None:
    first, first_file = await deleted(chat, analyst, model, storage, tmp_path)
    second, second_file = await deleted(chat, analyst, model, storage, tmp_path)
    kept, kept_file = await deleted(chat, analyst, model, storage, tmp_path)
    assert files(chat_settings) == {first_file, second_file, kept_file}
    await a_month_passes(chat, first)
    await gone(chat, first)
    assert (files(chat_settings), await left(chat)) == ({second_file, kept_file}, {second, kept})
    await a_month_passes(chat, second)
    await gone(chat, second)
    assert (files(chat_settings), await left(chat)) == ({kept_file}, {kept})


async def test_a_storage_that_fails_is_tried_again_the_next_hour(
    chat: Chat,
    analyst: Person,
    model: ScriptedModel,
    storage: FileStorage,
    tmp_path: Path,
    chat_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, _ = await deleted(chat, analyst, model, storage, tmp_path)
    delete, asked = LocalStorage.delete, asyncio.Event()

    async def fails_once(self: LocalStorage, key: str) -> None:
        if not asked.is_set():
            asked.set()
            raise OSError("no such bucket")
        await delete(self, key)

    monkeypatch.setattr(LocalStorage, "delete", fails_once)
    await a_month_passes(chat, session)
    await gone(chat, session)
    assert asked.is_set()
    assert files(chat_settings) == set()
