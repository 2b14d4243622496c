"""Conversations are cleared up many at once, and what was deleted leaves for good after a month or at once."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from app.chat.models import Message, Session
from app.chat.purging import KEPT, purge
from app.database import now
from app.files.storage import open_storage
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_organising import lines, talked
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

ROW = re.compile(r'name="session" value="([^"]+)" id="choose-')


async def shelf(person: Person, show: str) -> list[str]:
    return ROW.findall((await person.get(f"/bi-chat/chats?show={show}")).text)


@ON_EACH_ENGINE
async def test_many_are_archived_and_put_back_at_once(analyst: Person, model: ScriptedModel) -> None:
    one, two, three = [await talked(analyst, model, f"Question {n}?") for n in range(3)]
    answer = await analyst.post("/bi-chat/chats", action="archive", session=[one, two], show="listed")
    page = (await analyst.get(answer.headers["location"])).text
    assert "2 chats were archived." in page
    assert await lines(analyst) == [three]
    assert set(await shelf(analyst, "archived")) == {one, two}
    await analyst.post("/bi-chat/chats", action="unarchive", session=[one, two])
    assert await shelf(analyst, "archived") == []
    assert len(await lines(analyst)) == 3


@ON_EACH_ENGINE
async def test_many_are_deleted_and_brought_back_at_once(analyst: Person, model: ScriptedModel) -> None:
    one, two = [await talked(analyst, model, f"Question {n}?") for n in range(2)]
    await analyst.post("/bi-chat/chats", action="delete", session=[one, two])
    assert await lines(analyst) == []
    assert set(await shelf(analyst, "deleted")) == {one, two}
    await analyst.post("/bi-chat/chats", action="restore", session=[two])
    assert await lines(analyst) == [two]


async def test_what_others_share_stands_below_ones_own(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model, "Ours?")
    async with chat.person("viewer@one.test") as colleague:
        assert "Your chats will be listed here." in (await colleague.get("/bi-chat/chats")).text
        await analyst.post(f"/bi-chat/sessions/{session}/members", email="viewer@one.test", role="viewer")
        page = (await colleague.get("/bi-chat/chats")).text
        assert "Your chats will be listed here." not in page
        assert f'href="/bi-chat/sessions/{session}">Ours?' in page.split("shelf-shared-title")[-1]
        assert await shelf(colleague, "listed") == []
        assert "shelf-shared" not in (await colleague.get("/bi-chat/chats?show=archived")).text
    assert "shelf-shared" not in (await analyst.get("/bi-chat/chats")).text


@ON_EACH_ENGINE
async def test_what_is_deleted_for_good_leaves_nothing(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    await analyst.post("/bi-chat/chats", action="delete", session=[session])
    asked = await analyst.post("/bi-chat/chats", action="remove", session=[session], show="deleted")
    assert "remove-confirm" in asked.text
    assert "1 chat is deleted with its tables, charts and files." in asked.text
    assert await shelf(analyst, "deleted") == [session]
    await analyst.post("/bi-chat/chats", action="remove", session=[session], show="deleted", sure="yes")
    assert await shelf(analyst, "deleted") == []
    async with chat.database.reading() as db:
        assert (await db.execute(select(Session.id))).all() == []
        assert (await db.execute(select(Message.id))).all() == []


@pytest.mark.parametrize(("age", "left"), [(KEPT - dt.timedelta(days=1), 1), (KEPT + dt.timedelta(days=1), 0)])
async def test_the_trash_is_emptied_after_a_month(
    chat: Chat, analyst: Person, model: ScriptedModel, chat_settings: Settings, age: dt.timedelta, left: int
) -> None:
    kept, deleted = await talked(analyst, model, "Kept?"), await talked(analyst, model, "Deleted?")
    await analyst.post(f"/bi-chat/sessions/{deleted}/delete")
    await purge(chat.database, open_storage(chat_settings.storage_url), now() + age)
    async with chat.database.reading() as db:
        assert len((await db.execute(select(Session.id))).all()) == 1 + left
    assert await lines(analyst) == [kept]


async def test_nothing_chosen_is_refused_and_strangers_are_passed_over(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    assert (await analyst.post("/bi-chat/chats", action="delete")).status_code == 422
    assert (await analyst.post("/bi-chat/chats", action="dance", session=[session])).status_code == 422
    assert (await analyst.post("/bi-chat/chats", action="delete", session=["x"])).status_code == 404
    for email in ("viewer@one.test", "auditor@one.test", "analyst@two.test"):
        async with chat.person(email) as other:
            for action in ("archive", "delete", "remove", "restore"):
                answer = await other.post("/bi-chat/chats", action=action, session=[session], sure="yes")
                assert "done" not in answer.headers["location"]
    assert await lines(analyst) == [session]


async def test_a_long_shelf_has_pages(analyst: Person) -> None:
    for n in range(55):
        await analyst.post("/bi-chat/sessions", title=f"Chat {n}")
    assert len(await shelf(analyst, "listed")) == 50
    rest = ROW.findall((await analyst.get("/bi-chat/chats?show=listed&page=2")).text)
    assert len(rest) == 5
    assert (await analyst.get("/bi-chat/chats?show=nothing&page=999999999")).status_code == 200


async def test_the_open_chat_is_marked_on_further_pages_of_the_list_too(analyst: Person, model: ScriptedModel) -> None:
    old, new = [await talked(analyst, model, f"Question {n}?") for n in range(2)]
    place = "0.2100-01-01T00:00:00+00:00." + "0" * 32
    headers = {"HX-Request": "true", "HX-Current-URL": f"{analyst.client.base_url}/bi-chat/sessions/{old}"}
    answer = await analyst.client.get("/bi-chat/sessions", params={"after": place}, headers=headers)
    (marked,) = [line for line in answer.text.splitlines() if "aria-current" in line]
    assert old in marked
    assert new in answer.text
