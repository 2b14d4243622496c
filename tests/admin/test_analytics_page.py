"""The page on which managers have the walls around the business database attacked, and read what held."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.admin import analytics
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.site import ON_EACH_ENGINE

PAGE = "/bi-chat/manage/analytics"


@pytest.fixture(autouse=True)
def business_file(settings: Settings) -> Path:
    """A business database with a view that shows each company its own rows."""
    path = settings.data_dir / "analytics.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("current_tenant", 0, lambda: None, deterministic=True)
        connection.executescript("""
            CREATE TABLE orders_t (id INTEGER, tenant_id TEXT);
            INSERT INTO orders_t VALUES (1, '00000000-0000-0000-0000-000000000001');
            CREATE TABLE _bichat_views (public_name TEXT, inner_name TEXT);
            CREATE VIEW v_secret AS SELECT id FROM orders_t WHERE tenant_id = current_tenant();
            CREATE VIEW orders AS SELECT id FROM v_secret;
            INSERT INTO _bichat_views VALUES ('orders', 'v_secret');
        """)
    return path


async def checked(person: Person) -> str:
    """Press the button and return the page once the outcome is there."""
    answer = await person.post(PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    async with asyncio.timeout(60):
        while 'aria-busy="true"' in (page := (await person.get(PAGE)).text):
            await asyncio.sleep(0.05)
    return page


@ON_EACH_ENGINE
async def test_the_button_attacks_and_the_outcome_stays_with_its_date(admin: Person, site: Chat) -> None:
    assert "It was never checked." in (await admin.get(PAGE)).text
    page = await checked(admin)
    assert "Every wall holds." in page, page[page.index("walls-list") :][:6000]
    assert "admin@one.test" in page
    assert 'data-holds="true"' in page
    assert 'data-holds="false"' not in page
    assert "Business database checked" in (await admin.get("/bi-chat/manage/audit")).text


async def test_what_came_through_is_told_with_what_to_do_in_the_reader_s_language(admin: Person, business_file: Path) -> None:
    with closing(sqlite3.connect(business_file)) as connection:
        connection.execute("CREATE VIEW all_orders AS SELECT id FROM orders_t")
        connection.execute("INSERT INTO _bichat_views VALUES ('all_orders', 'all_orders')")
        connection.commit()
    page = await checked(admin)
    assert "Something came through." in page
    assert "the view all_orders does not filter everything that it reads by tenant" in page
    await admin.post("/locale", locale="ru")
    assert "представление all_orders отбирает по компании не всё, что читает" in (await admin.get(PAGE)).text


async def test_two_checks_never_run_at_once(admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()

    async def waiting(_self: analytics.WallChecks, _actor: object) -> None:
        await release.wait()

    monkeypatch.setattr(analytics.WallChecks, "_run", waiting)
    first = await admin.post(PAGE, htmx=True)
    second = await admin.post(PAGE, htmx=True)
    assert (first.status_code, second.status_code) == (200, 409)
    assert "A check is running already" in second.text
    release.set()


async def test_it_is_for_managers_and_of_their_own_company(site: Chat, admin: Person) -> None:
    for email in ("viewer@one.test", "analyst@one.test", "auditor@one.test", "analyst@two.test"):
        async with site.person(email) as person:
            assert (await person.get(PAGE)).status_code == 403
            assert (await person.post(PAGE)).status_code == 403
            assert PAGE not in (await person.get("/bi-chat")).text
    assert "It was never checked." in (await admin.get(PAGE)).text


async def test_checking_again_and_again_is_slowed_down(admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_self: analytics.WallChecks, _actor: object) -> None: ...

    monkeypatch.setattr(analytics.WallChecks, "_run", nothing)
    statuses = []
    for _ in range(8):
        statuses.append((await admin.post(PAGE, htmx=True)).status_code)
        await asyncio.sleep(0)
    assert statuses == [200] * 6 + [429] * 2
