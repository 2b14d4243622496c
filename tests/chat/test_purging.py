"""What was deleted a month ago is gone for good, with its file; a file without its row does not stay behind."""

import asyncio
import datetime as dt
import sqlite3
import uuid
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.chat.models import Run, Session
from app.chat.purging import KEPT, purge
from app.database import now
from app.files.models import Artifact
from app.files.storage import FileStorage, LocalStorage, open_storage
from app.settings import Settings
from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_exports import FILE, JOB, made, shown
from tests.scripted_model import Call, final_answer

DAY = dt.timedelta(days=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    path = settings.data_dir / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (city TEXT)")
        connection.execute("INSERT INTO sales VALUES ('Toshkent')")
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single")


@pytest.fixture
def storage(chat_settings: Settings) -> FileStorage:
    return open_storage(chat_settings.storage_url)


def files(settings: Settings) -> set[str]:
    return {path.stem for path in Path(settings.storage_url.removeprefix("file://")).rglob("*.pdf")}


async def exported(chat: Chat, person: Person) -> tuple[str, str, str]:
    """Have an answer typeset; returns the ids of the session and of the file, and the address of the file."""
    session, run = await answered(chat, person)
    address = FILE.findall(await made(person, f"/bi-chat/runs/{run}/exports"))[0]
    return session, address.rpartition("/")[2].partition(".")[0], address


async def rows(chat: Chat) -> set[str]:
    async with chat.database.reading() as db:
        return {str(each) for each in (await db.execute(select(Artifact.id).where(Artifact.kind == "export"))).scalars()}


async def test_a_deleted_file_goes_after_a_month_and_nothing_else_does(
    chat: Chat, analyst: Person, storage: FileStorage, chat_settings: Settings
) -> None:
    _, kept, kept_address = await exported(chat, analyst)
    _, gone, gone_address = await exported(chat, analyst)
    async with chat.person("analyst@two.test") as stranger:
        _, theirs, _ = await exported(chat, stranger)
    assert files(chat_settings) == {kept, gone, theirs}
    assert (await analyst.post(f"/bi-chat/artifacts/{gone}/delete", htmx=True)).status_code == 200
    assert await purge(chat.database, storage, now() + KEPT - DAY) == 0
    assert files(chat_settings) == {kept, gone, theirs}
    assert await purge(chat.database, storage, now() + KEPT + DAY) == 1
    assert (files(chat_settings), await rows(chat)) == ({kept, theirs}, {kept, theirs})
    assert (await analyst.get(kept_address)).status_code == 200
    assert (await analyst.get(gone_address)).status_code == 404
    assert (await analyst.post(f"/bi-chat/artifacts/{gone}/restore", htmx=True)).status_code == 404


async def test_what_is_about_to_go_is_not_restored(chat: Chat, analyst: Person) -> None:
    _, file, _ = await exported(chat, analyst)
    await analyst.post(f"/bi-chat/artifacts/{file}/delete", htmx=True)
    async with chat.database.writing() as db:
        artifact = (await db.execute(select(Artifact).where(Artifact.kind == "export"))).scalar_one()
        artifact.deleted_at = now() - KEPT - DAY
    assert (await analyst.post(f"/bi-chat/artifacts/{file}/restore", htmx=True)).status_code == 404


async def test_a_purge_that_was_cut_short_is_completed_by_the_next(
    chat: Chat, analyst: Person, storage: FileStorage, chat_settings: Settings
) -> None:
    _, file, _ = await exported(chat, analyst)
    await analyst.post(f"/bi-chat/artifacts/{file}/delete", htmx=True)
    async with chat.database.reading() as db:
        details = (await db.execute(select(Artifact.details).where(Artifact.kind == "export"))).scalar_one()
    await storage.delete(details["storage_key"])
    assert await purge(chat.database, storage, now() + KEPT + DAY) == 1
    assert (files(chat_settings), await rows(chat)) == (set(), set())


class Held:
    """A storage that has taken a file and does not answer yet."""

    def __init__(self) -> None:
        self.took, self.goes_on = asyncio.Event(), asyncio.Event()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    held, keep = Held(), LocalStorage.keep

    async def slowly(self: LocalStorage, key: str, path: Path) -> None:
        await keep(self, key, path)
        held.took.set()
        await held.goes_on.wait()

    monkeypatch.setattr(LocalStorage, "keep", slowly)
    return held


async def answered(chat: Chat, person: Person) -> tuple[str, str]:
    chat.model.add([Call("sql_execute", {"query": "SELECT city FROM sales"})], shown, [final_answer("Here.")])
    session, run = await person.ask("Where?")
    await person.until(session, "completed")
    return session, run


async def until_none(settings: Settings) -> None:
    async with asyncio.timeout(PATIENCE):
        while files(settings):
            await asyncio.sleep(0.02)


async def test_a_file_whose_conversation_went_meanwhile_does_not_stay(
    chat: Chat, analyst: Person, chat_settings: Settings, held: Held
) -> None:
    session, run = await answered(chat, analyst)
    await analyst.post(f"/bi-chat/runs/{run}/exports", htmx=True)
    await held.took.wait()
    assert len(files(chat_settings)) == 1
    async with chat.database.writing() as db:
        (await db.get_one(Session, uuid.UUID(session))).deleted_at = now()
    held.goes_on.set()
    await until_none(chat_settings)


async def test_a_file_that_is_cancelled_at_the_last_moment_does_not_stay(
    chat: Chat, analyst: Person, chat_settings: Settings, held: Held
) -> None:
    _, run = await answered(chat, analyst)
    answer = await analyst.post(f"/bi-chat/runs/{run}/exports", htmx=True)
    await held.took.wait()
    await analyst.post(f"/bi-chat/exports/{JOB.findall(answer.text)[0]}/cancel", htmx=True)
    held.goes_on.set()
    await until_none(chat_settings)
    assert await rows(chat) == set()


async def test_a_file_of_a_run_that_was_lost_does_not_stay(
    chat: Chat, analyst: Person, chat_settings: Settings, held: Held
) -> None:
    chat.model.add([Call("export_to_pdf", {"title": "All", "text": "Here."})], [final_answer("Done.")])
    _, run = await analyst.ask("Where?")
    await held.took.wait()
    async with chat.database.writing() as db:
        (await db.get_one(Run, uuid.UUID(run))).attempt += 1
    held.goes_on.set()
    await until_none(chat_settings)
    assert await rows(chat) == set()
