"""The tokens on the account page: made by hand, shown once, narrowed, listed and revoked."""

import dataclasses
import datetime as dt
import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import now
from app.identity import sign_in
from app.identity.routes import account
from tests.site import Browser, Site

NEW = re.compile(r'data-testid="new-token"[^>]*>(bct_[^<]+)<')
ID = re.compile(r'data-token-id="([^"]+)"')
ACCESS, EXPORT, MANAGE = "BiChat.Access", "BiChat.Export", "BiChat.Manage"


async def made(browser: Browser, *, name: str = "Nightly report", days: str = "30", permission: str = ACCESS) -> str:
    page = await browser.post("/account/tokens", name=name, days=days, permission=permission)
    assert page.status_code == 200, page.text
    found = NEW.search(page.text)
    assert found
    return found[1]


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def status_of(site: Site, token: str, path: str = "/bi-chat") -> int:
    async with site.browser() as program:
        return (await program.get(path, headers=bearing(token))).status_code


async def test_a_token_is_shown_once_and_listed_with_its_scope_and_last_use(site: Site, analyst: Browser) -> None:
    token = await made(analyst)
    page = (await analyst.get("/account")).text
    assert token not in page
    assert "Nightly report" in page
    assert "never used" in page
    assert await status_of(site, token) == 200
    page = (await analyst.get("/account")).text
    assert "last used" in page
    assert "Use the chat</span>" in page


async def test_a_token_permits_what_was_chosen_and_no_more(site: Site, analyst: Browser) -> None:
    assert [await status_of(site, await made(analyst), path) for path in ("/bi-chat", "/export")] == [200, 403]
    assert await status_of(site, await made(analyst, permission=EXPORT), "/export") == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"permission": MANAGE}, "only permissions that you have yourself"),
        ({"permission": "BiChat.Everything"}, "There is no such permission."),
        ({"name": "  "}, "Give the token a name"),
        ({"name": "x" * 81}, "Give the token a name"),
        ({"name": "a\x07b"}, "Give the token a name"),
        ({"days": "36500"}, "Choose how long the token is valid."),
    ],
)
async def test_a_form_that_is_wrong_comes_back_with_a_sentence(analyst: Browser, fields: dict[str, str], sentence: str) -> None:
    page = await analyst.post("/account/tokens", **{"name": "Report", "days": "90", "permission": ACCESS, **fields})
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{fields.get("name", "Report")}"' in page.text
    assert "You have no tokens." in page.text


async def test_a_token_without_a_permission_is_refused(analyst: Browser) -> None:
    page = await analyst.post("/account/tokens", name="Report", days="90")
    assert (page.status_code, "Choose at least one permission" in page.text) == (422, True)


@pytest.mark.parametrize(("days", "lasts"), [("30", 30), ("90", 90), ("365", 365), ("", None)])
async def test_a_token_ends_on_its_day(
    site: Site, analyst: Browser, monkeypatch: pytest.MonkeyPatch, days: str, lasts: int | None
) -> None:
    token = await made(analyst, days=days)
    for moved, expected in ((-1, 200), (1, 303 if lasts else 200)):
        moment = now() + dt.timedelta(days=lasts or 5000, minutes=moved)
        monkeypatch.setattr(sign_in, "now", lambda moment=moment: moment)
        assert await status_of(site, token) == expected


async def test_an_expired_token_is_listed_as_such(analyst: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await made(analyst)
    later = now() + dt.timedelta(days=31)
    monkeypatch.setattr("app.identity.routes.account.now", lambda: later)
    assert "<strong>Expired</strong>" in (await analyst.get("/account")).text


async def test_a_revoked_token_is_refused_and_both_changes_are_on_record(site: Site, analyst: Browser) -> None:
    token = await made(analyst)
    token_id = ID.findall((await analyst.get("/account")).text)[0]
    answer = await analyst.post(f"/account/tokens/{token_id}/revoke")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account#tokens")
    assert await status_of(site, token) == 303
    assert "You have no tokens." in (await analyst.get("/account")).text
    assert (await analyst.post(f"/account/tokens/{token_id}/revoke")).status_code == 404
    async with site.database.reading() as db:
        entries = (await db.scalars(select(AuditEntry).where(AuditEntry.action.startswith("token.")))).all()
    assert [(entry.action, str(entry.subject_id), entry.details["name"]) for entry in entries] == [
        ("token.created", token_id, "Nightly report"), ("token.revoked", token_id, "Nightly report"),
    ]  # fmt: skip
    assert token not in str([entry.details for entry in entries])


@pytest.mark.parametrize("email", ["admin@one.test", "analyst@two.test"])
async def test_somebody_elses_token_is_not_found(site: Site, analyst: Browser, email: str) -> None:
    token = await made(analyst)
    token_id = ID.findall((await analyst.get("/account")).text)[0]
    async with site.browser() as browser:
        await browser.sign_in(email)
        assert token_id not in (await browser.get("/account")).text
        assert (await browser.post(f"/account/tokens/{token_id}/revoke")).status_code == 404
    assert await status_of(site, token) == 200


async def test_programs_neither_make_nor_revoke_tokens(site: Site, analyst: Browser) -> None:
    token = await made(analyst)
    token_id = ID.findall((await analyst.get("/account")).text)[0]
    async with site.browser() as program:
        for path in ("/account/tokens", f"/account/tokens/{token_id}/revoke"):
            answer = await program.post(path, headers=bearing(token), name="Another", days="", permission=ACCESS)
            assert answer.status_code == 403
    assert await status_of(site, token) == 200


async def test_the_forms_need_the_csrf_token(analyst: Browser) -> None:
    fields = {"name": "Report", "days": "90", "permission": ACCESS}
    assert (await analyst.client.post("/account/tokens", data=fields)).status_code == 403
    assert (await analyst.client.post("/account/tokens/0198c0de-0000-7000-8000-000000000000/revoke")).status_code == 403


async def test_somebody_without_a_role_has_no_tokens(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in("nobody@one.test")
        assert 'data-testid="tokens"' not in (await browser.get("/account")).text
        assert (await browser.post("/account/tokens", name="x", days="", permission=ACCESS)).status_code == 403


async def test_nobody_makes_tokens_without_end(analyst: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.identity.tokens.MOST", 2)
    await made(analyst)
    await made(analyst)
    page = await analyst.post("/account/tokens", name="Third", days="30", permission=ACCESS)
    assert (page.status_code, "You have 2 tokens." in page.text) == (422, True)
    for _ in range(17):
        await analyst.post("/account/tokens", name="Again", days="30", permission=ACCESS)
    page = await analyst.post("/account/tokens", name="Too fast", days="30", permission=ACCESS)
    assert page.status_code == 429
    assert f"Try again in {page.headers['retry-after']} seconds." in page.text


@pytest.mark.parametrize("shared", ["company", "address"])
async def test_a_company_and_a_network_have_bounds_of_their_own(
    site: Site, analyst: Browser, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    narrow = dataclasses.replace(getattr(account.TOKENS_MADE, shared), amount=1)
    monkeypatch.setattr(account, "TOKENS_MADE", dataclasses.replace(account.TOKENS_MADE, **{shared: narrow}))
    await made(analyst)
    async with site.browser() as colleague:
        await colleague.sign_in("viewer@one.test")
        page = await colleague.post("/account/tokens", name="Mine", days="30", permission=ACCESS)
    assert (page.status_code, "by your company or network" in page.text) == (429, True)
