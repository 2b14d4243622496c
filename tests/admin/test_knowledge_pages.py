"""Managers look through what the company knows, edit, approve and retire it; everything else is out of reach."""

import html
import re
import secrets
import sqlite3
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.admin import knowledge
from app.agent.model import ToolOutput
from app.identity.models import Tenant
from app.knowledge import store
from app.knowledge.folder import read_folder
from app.settings import Settings
from tests.admin.words import actions
from tests.chat.conftest import Chat, Person
from tests.knowledge.conftest import FOLDER, write
from tests.scripted_model import Call, final_answer
from tests.site import ON_EACH_ENGINE

PAGE = "/bi-chat/manage/knowledge"
LINE = re.compile(
    r'href="(/bi-chat/manage/knowledge/[0-9a-f-]{36})"[^>]*data-status="(\w+)">\s*<span class="manage-name">([^<]*)'
)
AREA = re.compile(r'<textarea[^>]*name="text"[^>]*>\n?([^<]*)</textarea>')
OLDER = re.compile(r'hx-get="([^"]+after=[^"]+)"')


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The business database has one view, of any company's orders."""
    path, inner = tmp_path / "business.sqlite", f"v_{secrets.token_hex(16)}"
    with sqlite3.connect(path) as connection:
        connection.create_function("current_tenant", 0, lambda: None, deterministic=True)
        connection.executescript(f"""
            CREATE TABLE orders_t (id INTEGER, tenant_id TEXT, city TEXT, amount INTEGER);
            CREATE TABLE _bichat_views (public_name TEXT, inner_name TEXT);
            CREATE VIEW {inner} AS SELECT id, city, amount FROM orders_t WHERE tenant_id = current_tenant();
            CREATE VIEW orders AS SELECT id, city, amount FROM {inner};
            INSERT INTO _bichat_views VALUES ('orders', '{inner}');
        """)
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}")


async def load(site: Chat, folder: Path, company: str = "One") -> None:
    async with site.database.reading() as db:
        tenant_id = (await db.execute(select(Tenant.id).where(Tenant.name == company))).scalar_one()
    drafts, _ = read_folder(write(folder, FOLDER))
    await store.load(site.database, tenant_id, drafts, "sqlite")


def lines(page: str) -> list[str]:
    return [title.strip() for _, _, title in LINE.findall(page)]


async def entry(admin: Person, words: str) -> str:
    """Return the address of the entry that words find first."""
    return LINE.findall((await admin.get(f"{PAGE}?q={words}")).text)[0][0]


@ON_EACH_ENGINE
async def test_the_list_is_searched_and_filtered(admin: Person, site: Chat, tmp_path: Path) -> None:
    assert "Nothing is known yet" in (await admin.get(PAGE)).text
    await load(site, tmp_path)
    assert len(lines((await admin.get(PAGE)).text)) == 8
    assert lines((await admin.get(f"{PAGE}?q=Ташкент")).text) == ["Delivery"]
    assert lines((await admin.get(f"{PAGE}?kind=query")).text) in (
        ["Largest orders", "Orders by city"],
        ["Orders by city", "Largest orders"],
    )
    assert lines((await admin.get(f"{PAGE}?q=orders&kind=table")).text) == ["orders"]
    assert "Nothing matches." in (await admin.get(f"{PAGE}?status=retired")).text
    for query in ("kind=x", "status=x", "after=x", f"q={'x' * 201}"):
        answer = await admin.get(f"{PAGE}?{query}")
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), query


async def test_older_ones_come_by_the_page(admin: Person, site: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "PAGE", 5)
    await load(site, tmp_path)
    page = (await admin.get(PAGE)).text
    rest = (await admin.get(OLDER.findall(page)[0].replace("&amp;", "&"), headers={"HX-Request": "true"})).text
    assert (len(lines(page)), len(lines(rest)), len(set(lines(page) + lines(rest)))) == (5, 3, 8)
    assert "<html" not in rest


@ON_EACH_ENGINE
async def test_an_edit_is_a_version_that_is_found_and_can_be_taken_back(admin: Person, site: Chat, tmp_path: Path) -> None:
    await load(site, tmp_path)
    place = await entry(admin, "warehouse")
    page = (await admin.get(place)).text
    assert ("Orders are delivered from the warehouse" in page, "operator" in page) == (True, True)
    assert (await admin.post(place, title="Delivery", text="By <b>drone</b>", based_on="1")).status_code == 303
    assert lines((await admin.get(f"{PAGE}?q=drones")).text) == ["Delivery"]
    assert lines((await admin.get(f"{PAGE}?q=warehouse")).text) == []
    page = (await admin.get(f"{place}?version=2")).text
    assert ("By &lt;b&gt;drone&lt;/b&gt;" in page, "admin@one.test" in page) == (True, True)
    stale = await admin.post(place, title="Delivery", text="By train", based_on="1")
    assert (stale.status_code, "Somebody has changed this meanwhile" in stale.text, "By train" in stale.text) == (409, True, True)
    assert (await admin.post(f"{place}/restore", version="1")).status_code == 303
    assert lines((await admin.get(f"{PAGE}?q=warehouse")).text) == ["Delivery"]
    for wrong, status in (
        ({"title": "", "text": "x"}, 422),
        ({"title": "x" * 201, "text": "x"}, 422),
        ({"title": "x", "text": " "}, 422),
    ):
        assert (await admin.post(place, based_on="3", **wrong)).status_code == status
    assert (await admin.get(f"{place}?version=9")).status_code == 404
    assert (await admin.post(f"{place}/restore", version="x")).status_code == 404
    assert [action for action in await actions(site) if action.startswith("knowledge")] == ["knowledge.loaded"] + 2 * [
        "knowledge.edited"
    ]
    assert "Knowledge edited" in (await admin.get("/bi-chat/manage/audit")).text


async def described(site: Chat, admin: Person) -> tuple[str, str]:
    """Return what the model and the page of the data are told of orders."""
    site.model.add([Call("schema_describe", {"tables": ["orders"]})], [final_answer("Told.")])
    session, _ = await admin.ask("What are orders?")
    await admin.until(session, "completed")
    told = next(message for message in reversed(site.model.requests[-1].messages) if isinstance(message, ToolOutput))
    return told.content, (await admin.get("/bi-chat/catalogue/tables/orders")).text


@ON_EACH_ENGINE
async def test_an_edited_table_is_described_as_it_says_until_it_is_retired(admin: Person, site: Chat, tmp_path: Path) -> None:
    await load(site, tmp_path)
    place = f"{PAGE}?q=orders&kind=table"
    place = LINE.findall((await admin.get(place)).text)[0][0]
    text = html.unescape(AREA.findall((await admin.get(place)).text)[0])
    assert "Orders of the shop, by city" in text
    text = text.replace("Orders of the shop, by city", "What people bought") + "\ncity: Where it was bought"
    assert (await admin.post(place, title="orders", text=text, based_on="1")).status_code == 303
    schema, page = await described(site, admin)
    (table,) = msgspec.json.decode(schema)["tables"]
    (city,) = [column for column in table["columns"] if column["name"] == "city"]
    assert (table["description"], city["description"]) == ("What people bought", "Where it was bought")
    assert ("What people bought" in page, "Where it was bought" in page, "Orders of the shop" in page) == (True, True, False)
    assert (await admin.post(f"{place}/restore", version="1")).status_code == 303
    for told in await described(site, admin):
        assert ("What people bought" in told, "Orders of the shop, by city" in told) == (False, True)
    assert (await admin.post(f"{place}/status", status="retired")).status_code == 303
    for told in await described(site, admin):
        assert ("Orders of the shop" in told, "Where it was bought" in told) == (False, False)


async def test_a_query_is_tried_before_it_is_saved(admin: Person, site: Chat, tmp_path: Path) -> None:
    await load(site, tmp_path)
    place = await entry(admin, "largest")
    said = {"title": "Largest", "text": "The largest", "based_on": "1"}
    for sql, reason in (("DELETE FROM orders", "disallowed keyword: DELETE"), ("SELECT x FROM orders", "no such column: x")):
        answer = await admin.post(place, sql=sql, **said)
        assert (answer.status_code, reason in answer.text, sql in answer.text) == (422, True, True)
    assert (await admin.post(place, sql="SELECT MAX(amount) FROM orders;", **said)).status_code == 303
    assert "SELECT MAX(amount) FROM orders</textarea>" in (await admin.get(place)).text


@ON_EACH_ENGINE
async def test_what_is_retired_is_found_by_managers_only(admin: Person, site: Chat, tmp_path: Path) -> None:
    await load(site, tmp_path)
    place = await entry(admin, "tiyin")
    assert (await admin.post(f"{place}/status", status="retired")).status_code == 303
    page = (await admin.get(f"{PAGE}?q=tiyin")).text
    assert [(status, title.strip()) for _, status, title in LINE.findall(page)] == [("retired", "Amounts are in tiyin")]
    assert "knowledge-approve" in (await admin.get(place)).text
    assert (await admin.post(f"{place}/status", status="nothing")).status_code == 400
    await admin.post(f"{place}/status", status="approved")
    assert (await actions(site))[-2:] == ["knowledge.retired", "knowledge.approved"]


async def test_others_see_nothing_of_it(admin: Person, site: Chat, tmp_path: Path) -> None:
    await load(site, tmp_path, "Two")
    assert "Nothing is known yet" in (await admin.get(PAGE)).text
    async with site.database.reading() as db:
        theirs = f"{PAGE}/{(await db.execute(select(knowledge.Entry.id))).scalars().first()}"
    assert (await admin.get(theirs)).status_code == 404
    for path, fields in (
        (theirs, {"title": "x", "text": "x", "based_on": "1"}),
        (f"{theirs}/status", {"status": "retired"}),
        (f"{theirs}/restore", {"version": "1"}),
    ):
        assert (await admin.post(path, **fields)).status_code == 404
    async with site.person("analyst@one.test") as analyst:
        assert [(await analyst.get(path)).status_code for path in (PAGE, theirs)] == [403, 403]
        assert (await analyst.post(f"{theirs}/status", status="retired")).status_code == 403


@ON_EACH_ENGINE
async def test_what_is_known_is_written_down_by_hand_and_found_in_the_own_company(admin: Person, site: Chat) -> None:
    assert f'href="{PAGE}/new"' in (await admin.get(PAGE)).text
    assert 'data-testid="knowledge-new-form"' in (await admin.get(f"{PAGE}/new")).text
    answer = await admin.post(f"{PAGE}/new", kind="definition", title=" Regular  customer ", text="Ordered <i>three</i> times")
    assert answer.status_code == 303
    page = (await admin.get(answer.headers["location"])).text
    assert "the analyst relies on it from now on" in page
    assert "Ordered &lt;i&gt;three&lt;/i&gt; times" in page
    assert lines((await admin.get(f"{PAGE}?q=customers")).text) == ["Regular customer"]
    assert "knowledge.added" in await actions(site)
    async with site.person("analyst@one.test") as analyst:
        assert (await analyst.post(f"{PAGE}/new", kind="rule", title="Mine", text="Mine")).status_code == 403


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "query", "title": "T", "text": "SELECT 1"}, "kind"),
        ({"kind": "rule", "title": " ", "text": "Words"}, "title"),
        ({"kind": "rule", "title": "T" * 201, "text": "Words"}, "title"),
        ({"kind": "metric", "title": "Kept title", "text": ""}, "text"),
        ({"kind": "metric", "title": "Taken", "text": "Again"}, "title"),
    ],
)
async def test_what_does_not_do_is_told_with_what_was_typed(admin: Person, typed: dict[str, str], field: str) -> None:
    assert (await admin.post(f"{PAGE}/new", kind="metric", title="Taken", text="First")).status_code == 303
    answer = await admin.post(f"{PAGE}/new", **typed)
    assert answer.status_code == 422
    assert f'name="{field}"' in answer.text.partition("aria-invalid")[0][-400:]
    assert len(lines((await admin.get(PAGE)).text)) == 1
