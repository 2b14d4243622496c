"""What a conversation shows beside its words, as a list that people rename in, delete from and restore to."""

import re
import uuid
from html import unescape

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.chat import artifact_list
from app.errors import NotFound
from app.files.models import Artifact
from app.identity import sign_in
from app.identity.models import User
from tests.chat.conftest import HTMX, Chat, Person
from tests.chat.test_tables import asked, settings, shop
from tests.site import ON_EACH_ENGINE

__all__ = ["settings", "shop"]

ITEM = re.compile(r'<li class="panel-item".*?</li>', re.DOTALL)


async def panel(person: Person, session: str, query: str = "") -> list[str]:
    """Return the text of each line."""
    answer = await person.client.get(f"/bi-chat/sessions/{session}/artifacts{query}", headers=HTMX)
    assert answer.status_code == 200, answer.text
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", item)).split()) for item in ITEM.findall(answer.text)]


async def reader(chat: Chat, email: str = "analyst@one.test") -> sign_in.Actor:
    async with chat.database.reading() as db:
        user_id = (await db.execute(select(User.id).where(User.email == email))).scalar_one()
    actor = await sign_in.by_user_id(chat.database, user_id)
    assert actor
    return actor


async def acts(chat: Chat) -> list[str]:
    async with chat.database.reading() as db:
        found = await db.execute(
            select(AuditEntry.action).where(AuditEntry.action.startswith("artifact.")).order_by(AuditEntry.id)
        )
    return list(found.scalars())


@ON_EACH_ENGINE
async def test_results_are_listed_newest_first_with_a_way_to_their_turn(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    (line,) = await panel(analyst, session)
    assert line.startswith("Sales Table · ")
    assert "60 rows" in line
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert f'id="shown-{table}"' in page
    listed = (await analyst.client.get(f"/bi-chat/sessions/{session}/artifacts")).text
    assert f'data-go-shown="shown-{table}"' in listed
    earlier = re.search(r'data-earlier="([^"#]+)', listed)
    assert earlier
    assert f'id="shown-{table}"' in (await analyst.get(unescape(earlier[1]))).text


async def test_a_name_may_have_the_joiners_of_emoji(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    answer = await analyst.post(f"/bi-chat/artifacts/{table}/rename", htmx=True, name="Sales 👩‍💻")
    assert answer.status_code == 200
    assert (await panel(analyst, session))[0].startswith("Sales 👩‍💻 ")


async def test_an_empty_conversation_says_what_will_be_here(analyst: Person) -> None:
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    page = (await analyst.get(f"/bi-chat/sessions/{session}/artifacts")).text
    assert "will be listed here" in page


@ON_EACH_ENGINE
async def test_renaming_shows_everywhere(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    answer = await analyst.post(f"/bi-chat/artifacts/{table}/rename", htmx=True, name="  Sales <b> of  October ")
    assert answer.status_code == 200
    assert f'hx-target="#shown-{table}"' in answer.text
    assert (await panel(analyst, session))[0].startswith("Sales <b> of October ")
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "Sales &lt;b&gt; of October" in page
    assert await acts(chat) == ["artifact.renamed"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x07b"])
async def test_a_name_that_does_not_do_comes_back_with_the_form(chat: Chat, analyst: Person, name: str) -> None:
    session, table = await asked(analyst, chat.model)
    for htmx in (True, False):
        answer = await analyst.post(f"/bi-chat/artifacts/{table}/rename", htmx=htmx, name=name)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert "A name has 1 to 200 characters." in answer.text
    assert (await panel(analyst, session))[0].startswith("Sales ")


@ON_EACH_ENGINE
async def test_what_is_deleted_can_be_restored(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    answer = await analyst.post(f"/bi-chat/artifacts/{table}/delete", htmx=True)
    assert "“Sales” was deleted." in answer.text
    assert await panel(analyst, session) == []
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert 'data-testid="artifact-deleted"' in page
    assert f'data-table-id="{table}"' not in page
    assert (await analyst.get(f"/bi-chat/artifacts/{table}/table")).status_code == 404
    assert (await analyst.post(f"/bi-chat/artifacts/{table}/rename", htmx=True, name="New")).status_code == 404
    answer = await analyst.post(f"/bi-chat/artifacts/{table}/restore", htmx=True)
    assert f'data-table-id="{table}"' in answer.text
    assert len(await panel(analyst, session)) == 1
    assert f'data-table-id="{table}"' in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    await analyst.post(f"/bi-chat/artifacts/{table}/restore", htmx=True)
    assert await acts(chat) == ["artifact.deleted", "artifact.restored"]


async def test_without_scripts_the_forms_lead_back_to_the_list(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    answer = await analyst.post(f"/bi-chat/artifacts/{table}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bi-chat/sessions/{session}/artifacts")


async def test_a_file_keeps_its_ending(chat: Chat, analyst: Person) -> None:
    session, _ = await asked(analyst, chat.model)
    actor, file = await reader(chat), uuid.uuid4()
    details = {
        "storage_key": "secret/key.xlsx", "mime_type": "application/vnd.ms-excel", "url": f"/bi-chat/uploads/{file}.xlsx",
        "size_bytes": 5000, "result_id": None, "rows": 0, "truncated": False, "reads": [],
    }  # fmt: skip
    async with chat.database.writing() as db:
        kept = {"tenant_id": actor.tenant_id, "session_id": uuid.UUID(session), "details": details}
        db.add(Artifact(id=file, kind="export", name="Sales.xlsx", **kept))
    await analyst.post(f"/bi-chat/artifacts/{file}/rename", htmx=True, name="Q1/Q2: plan")
    lines = await panel(analyst, session)
    assert lines[0].startswith("Q1 Q2 plan.xlsx File · ")
    assert "5.0 kB" in lines[0].replace("\xa0", " ") or "4.9 KiB" in lines[0]
    async with chat.database.reading() as db:
        shape = (await artifact_list.listed(db, actor, uuid.UUID(session), 1, 0))["artifacts"][0]
    assert (shape["type"], shape["name"], shape["sizeBytes"], shape["url"]) == ("export", "Q1 Q2 plan.xlsx", 5000, details["url"])
    assert "secret" not in str(shape)


async def test_colleagues_with_permission_look_but_do_not_touch(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    async with chat.person("auditor@one.test") as auditor:
        page = (await auditor.client.get(f"/bi-chat/sessions/{session}/artifacts", headers=HTMX)).text
        assert f"panel-{table}" in page
        assert "/rename" not in page
        assert "/delete" not in page
        for change in ("rename", "delete", "restore"):
            assert (await auditor.post(f"/bi-chat/artifacts/{table}/{change}", htmx=True, name="Mine")).status_code == 403
    assert (await panel(analyst, session))[0].startswith("Sales ")


@pytest.mark.parametrize("email", ["viewer@one.test", "analyst@two.test"])
async def test_strangers_find_nothing(chat: Chat, analyst: Person, email: str) -> None:
    session, table = await asked(analyst, chat.model)
    async with chat.person(email) as stranger:
        assert (await stranger.get(f"/bi-chat/sessions/{session}/artifacts")).status_code == 404
        for change in ("rename", "delete", "restore"):
            assert (await stranger.post(f"/bi-chat/artifacts/{table}/{change}", htmx=True, name="Mine")).status_code == 404
    actor = await reader(chat, email)
    async with chat.database.reading() as db:
        with pytest.raises(NotFound):
            await artifact_list.listed(db, actor, uuid.UUID(session), 10, 0)


@ON_EACH_ENGINE
async def test_many_results_come_in_pages(chat: Chat, analyst: Person) -> None:
    session, table = await asked(analyst, chat.model)
    actor = await reader(chat)
    async with chat.database.writing() as db:
        first = await db.get_one(Artifact, uuid.UUID(table))
        for number in range(44):
            copy = {
                "tenant_id": first.tenant_id,
                "session_id": first.session_id,
                "run_id": first.run_id,
                "details": first.details,
            }
            db.add(Artifact(kind="table", name=f"Copy {number:02}", **copy))
    pages = [await panel(analyst, session, f"?offset={offset}") for offset in (0, 20, 40, 60)]
    assert [len(lines) for lines in pages] == [20, 20, 5, 0]
    assert pages[0][0].startswith("Copy 43")
    assert pages[2][-1].startswith("Sales")
    assert "offset=20" in (await analyst.get(f"/bi-chat/sessions/{session}/artifacts")).text
    assert (await analyst.get(f"/bi-chat/sessions/{session}/artifacts?offset=-1")).status_code == 400
    async with chat.database.reading() as db:
        listed = await artifact_list.listed(db, actor, first.session_id, 44, 0)
        rest = await artifact_list.listed(db, actor, first.session_id, 44, listed["nextOffset"])
    assert (len(listed["artifacts"]), listed["hasMore"], listed["nextOffset"]) == (44, True, 44)
    assert (len(rest["artifacts"]), rest["hasMore"], rest["nextOffset"]) == (1, False, None)
    shape = rest["artifacts"][0]
    assert set(shape) == {"id", "sessionId", "messageId", "type", "name", "sizeBytes", "metadata", "createdAt"}
    assert (shape["id"], shape["sessionId"], shape["type"]) == (table, session, "table")
    assert shape["createdAt"].endswith("Z")
    assert set(shape["metadata"]) == {"resultId"}
