import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from app.database import Database, now
from app.identity import sign_in, tokens, users
from app.identity.models import ApiToken, Role, User
from app.identity.permissions import Permission
from app.settings import Settings
from tests.site import PEOPLE, Browser, Site, json_of

ROUTES = {"/bi-chat": "Access", "/export": "Export", "/others": "ReadAll", "/manage": "Manage", "/unguarded": ""}
MAY = {"Viewer": {"Access"}, "Analyst": {"Access", "Export"}, "Auditor": {"Access", "ReadAll"}, None: set()}


@pytest.mark.parametrize(("email", "role"), PEOPLE.items())
async def test_each_role_opens_its_routes_and_no_others(site: Site, email: str, role: str | None) -> None:
    may = MAY.get(role, {"Access", "Export", "ReadAll", "Manage"}) | {""}
    async with site.browser() as browser:
        await browser.sign_in(email)
        for path, permission in ROUTES.items():
            assert (await browser.get(path)).status_code == (200 if permission in may else 403), path


async def test_a_person_without_a_role_gets_a_friendly_page_with_the_way_out(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in("nobody@one.test")
        answer = await browser.get("/bi-chat")
        assert answer.status_code == 403
        assert "does not have access to the chat" in answer.text
        assert "BiChat.Access" not in answer.text
        assert 'action="/logout"' in answer.text
        assert (await browser.post("/logout")).status_code == 303


async def test_another_name_for_a_permission_is_looked_up_at_request_time(settings: Settings, people: Database) -> None:
    site = Site(settings, people, permissions={Permission.ACCESS: "reports:read"})
    async with site.browser() as browser:
        await browser.sign_in("analyst@one.test")
        assert (await browser.get("/bi-chat")).status_code == 403
        async with people.writing() as db:
            await db.execute(update(Role).where(Role.name == "Analyst").values(permissions=["reports:read"]))
        assert (await browser.get("/bi-chat")).status_code == 200


async def test_a_stranger_is_sent_to_sign_in_and_back(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.get("/bi-chat?a=1&b=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/bi-chat%3Fa%3D1%26b%3D2")
    page = await browser_of_nobody.get(answer.headers["location"])
    assert 'name="next" value="/bi-chat?a=1&amp;b=2"' in page.text


async def test_a_strangers_form_is_sent_to_sign_in_too(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.client.post("/bi-chat/messages", data={"content": "hi"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/bi-chat")


async def test_htmx_is_told_to_load_the_sign_in_page(browser_of_nobody: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/bi-chat/sessions/7"}
    answer = await browser_of_nobody.client.post("/bi-chat/messages", headers=headers)
    assert answer.headers["hx-redirect"] == "/login?next=/bi-chat/sessions/7"
    assert answer.text == ""


async def test_a_stream_for_a_stranger_has_a_status_and_no_body(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.get(f"/bi-chat/runs/{uuid.uuid4()}/events", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")


async def test_a_door_for_programs_answers_a_stranger_in_json(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.client.post("/bi-chat/stream", json={})
    assert answer.status_code == 401
    assert json_of(answer)["error"]["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


async def bearer(site: Site, email: str = "analyst@one.test", **options: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {await tokens.create_for(site.database, email, 'test', **options)}"}


async def test_a_bearer_token_acts_for_its_person_without_a_csrf_token(site: Site, browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.client.post("/bi-chat/stream", json={"x": 1}, headers=await bearer(site))
    assert json_of(answer) == {"email": "analyst@one.test", "got": {"x": 1}}


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer bct_unknown", "bearer \xff", "Bearer " + "x" * 5000])
async def test_a_token_that_is_not_one_is_refused(browser_of_nobody: Browser, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    assert (await browser_of_nobody.client.post("/bi-chat/stream", json={}, headers=headers)).status_code == 401


async def test_a_bad_token_is_not_saved_by_a_good_cookie(analyst: Browser) -> None:
    answer = await analyst.client.post("/bi-chat/stream", json={}, headers={"Authorization": "Bearer bct_unknown"})
    assert answer.status_code == 401


async def test_a_token_narrows_what_its_person_may_and_never_widens_it(site: Site, browser_of_nobody: Browser) -> None:
    narrow = await bearer(site, permissions=[Permission.ACCESS, Permission.MANAGE])
    statuses = [(await browser_of_nobody.get(path, headers=narrow)).status_code for path in ("/bi-chat", "/export", "/manage")]
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize("ended", [{"revoked_at": now()}, {"expires_at": now() - dt.timedelta(seconds=1)}])
async def test_a_revoked_or_expired_token_is_refused(
    site: Site, browser_of_nobody: Browser, ended: dict[str, dt.datetime]
) -> None:
    headers = await bearer(site)
    async with site.database.writing() as db:
        await db.execute(update(ApiToken).values(**ended))
    assert (await browser_of_nobody.client.post("/bi-chat/stream", json={}, headers=headers)).status_code == 401


async def test_the_token_of_a_deactivated_person_is_refused(site: Site, browser_of_nobody: Browser) -> None:
    headers = await bearer(site)
    await users.deactivate(site.database, "analyst@one.test")
    assert (await browser_of_nobody.get("/bi-chat", headers=headers)).status_code == 303


async def test_a_person_revokes_only_their_own_tokens(site: Site) -> None:
    await bearer(site)
    async with site.database.reading() as db:
        token_id = (await db.scalars(select(ApiToken.id))).one()
        ids = dict((await db.execute(select(User.email, User.id))).all())
    stranger = await sign_in.by_user_id(site.database, ids["analyst@two.test"])
    owner = await sign_in.by_user_id(site.database, ids["analyst@one.test"])
    assert stranger is not None
    assert owner is not None
    assert not await tokens.revoke(site.database, stranger, token_id)
    assert await tokens.revoke(site.database, owner, token_id)
    assert not await tokens.revoke(site.database, owner, token_id)


async def test_the_use_of_a_token_is_noted_at_most_once_a_minute(site: Site, browser_of_nobody: Browser) -> None:
    headers = await bearer(site)
    noted = []
    for _ in range(3):
        await browser_of_nobody.get("/bi-chat", headers=headers)
        async with site.database.reading() as db:
            noted.append((await db.scalars(select(ApiToken.last_used_at))).one())
    assert noted[0] is not None
    assert len(set(noted)) == 1


async def test_only_the_hash_of_a_token_is_kept(site: Site) -> None:
    token = (await bearer(site))["Authorization"].removeprefix("Bearer ")
    async with site.database.reading() as db:
        row = (await db.scalars(select(ApiToken))).one()
    assert token.startswith("bct_")
    assert token not in str(vars(row))
