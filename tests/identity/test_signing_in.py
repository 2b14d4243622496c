import asyncio
import dataclasses
import re

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.audit.models import AuditEntry
from app.database import Database
from app.identity import login, login_sessions, users
from app.identity.models import LoginSession
from tests.site import PASSWORD, Browser, Site

SESSION = login_sessions.COOKIE


async def test_the_right_password_opens_the_chat(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.sign_in("analyst@one.test")
    assert (answer.status_code, answer.headers["location"]) == (303, "/bi-chat")
    assert "hello analyst@one.test" in (await browser_of_nobody.get("/bi-chat")).text


async def test_the_address_may_be_written_in_any_case_and_with_spaces(browser_of_nobody: Browser) -> None:
    assert (await browser_of_nobody.sign_in(" Analyst@ONE.test ")).status_code == 303


@pytest.mark.parametrize(
    ("email", "password"), [("analyst@one.test", "wrong"), ("stranger@one.test", PASSWORD), ("", ""), ("\x00", "\x00")]
)
async def test_a_wrong_sign_in_shows_the_form_with_one_message_for_all(
    browser_of_nobody: Browser, email: str, password: str
) -> None:
    answer = await browser_of_nobody.sign_in(email, password)
    assert answer.status_code == 422
    assert "E-mail or password is wrong." in answer.text
    assert 'data-testid="login-form"' in answer.text
    assert SESSION not in browser_of_nobody.cookies


@pytest.mark.parametrize(
    ("email", "told"), [("Stranger@one.test", "s…@one.test"), ("a secret in the wrong field", "…"), ("", "…")]
)
async def test_a_sign_in_of_nobody_known_is_logged_shortened_and_counted(
    browser_of_nobody: Browser, email: str, told: str
) -> None:
    with capture_logs() as logged:
        await browser_of_nobody.sign_in(email, "a password")
        await browser_of_nobody.sign_in(email, "a password")
    first, second = [line for line in logged if line["event"] == "sign-in of nobody known"]
    assert (first["email"], first["log_level"]) == (told, "warning")
    assert second["so_far"] == first["so_far"] + 1
    assert first["address"]
    assert "a password" not in str(logged)
    assert "secret" not in str(logged)


async def test_the_typed_address_is_kept_and_the_password_is_not(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.sign_in("analyst@one.test", "not the password")
    assert 'value="analyst@one.test"' in answer.text
    assert "not the password" not in answer.text


async def test_the_cookie_is_out_of_reach_for_scripts(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.sign_in("analyst@one.test")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_key_that_the_browser_chose_is_never_adopted(browser_of_nobody: Browser, people: Database) -> None:
    browser_of_nobody.cookies.set(SESSION, "chosen-by-an-attacker")
    await browser_of_nobody.sign_in("analyst@one.test")
    async with people.reading() as db:
        known = (await db.scalars(select(LoginSession.key_hash))).all()
    assert login_sessions.key_hash("chosen-by-an-attacker") not in known


async def test_signing_in_again_ends_the_old_session_of_that_browser(analyst: Browser, site: Site) -> None:
    old = analyst.cookies[SESSION]
    await analyst.sign_in("admin@one.test")
    assert analyst.cookies[SESSION] != old
    async with site.browser(cookies={SESSION: old}) as thief:
        assert (await thief.get("/bi-chat")).status_code == 303


async def test_the_table_alone_signs_nobody_in(analyst: Browser, people: Database) -> None:
    async with people.reading() as db:
        stored = (await db.scalars(select(LoginSession.key_hash))).one()
    assert stored != analyst.cookies[SESSION]


async def test_signing_out_ends_the_session_on_the_server(analyst: Browser, site: Site) -> None:
    key = analyst.cookies[SESSION]
    assert (await analyst.post("/logout")).headers["location"] == "/login"
    async with site.browser(cookies={SESSION: key}) as thief:
        assert (await thief.get("/bi-chat")).status_code == 303


async def test_deactivation_shuts_a_person_out_at_once(analyst: Browser, people: Database) -> None:
    await users.deactivate(people, "analyst@one.test")
    assert (await analyst.get("/bi-chat")).status_code == 303
    assert (await analyst.sign_in("analyst@one.test")).status_code == 422


async def test_another_password_ends_other_browsers_and_keeps_this_one(analyst: Browser, site: Site) -> None:
    async with site.browser() as other:
        await other.sign_in("analyst@one.test")
        changed = await analyst.post("/account/password", current_password=PASSWORD, new_password="battery staple")
        assert "The password is changed." in changed.text
        assert (await analyst.get("/bi-chat")).status_code == 200
        assert (await other.get("/bi-chat")).status_code == 303
        assert (await other.sign_in("analyst@one.test", "battery staple")).status_code == 303


@pytest.mark.parametrize(("current", "new"), [("wrong", "battery staple"), (PASSWORD, "short")])
async def test_a_password_is_not_changed_by_a_wrong_or_to_a_short_one(analyst: Browser, current: str, new: str) -> None:
    answer = await analyst.post("/account/password", current_password=current, new_password=new)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_repeated_failures_slow_down_even_the_right_password(browser_of_nobody: Browser) -> None:
    answers = [await browser_of_nobody.sign_in("analyst@one.test", "wrong") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    refused = await browser_of_nobody.sign_in("analyst@one.test")
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert f"Try again in {seconds} seconds" in refused.text
    assert (await browser_of_nobody.sign_in("admin@one.test")).status_code == 303


async def test_guesses_at_the_same_moment_gain_nothing(site: Site) -> None:
    async with site.browser() as browser:
        await browser.csrf()
        answers = await asyncio.gather(*(browser.sign_in("analyst@one.test", f"guess {n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 7


async def test_one_address_cannot_try_many_people(site: Site) -> None:
    async with site.browser() as browser:
        await browser.csrf()
        answers = [await browser.sign_in(f"person{n}@one.test", "wrong") for n in range(31)]
    assert answers[-1].status_code == 429


async def test_one_company_is_not_tried_through_from_many_addresses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    few = dataclasses.replace(login.PER_COMPANY[0], amount=3)
    monkeypatch.setattr(login, "PER_COMPANY", (few,))

    async def attempt(email: str, address: str, password: str) -> httpx.Response:
        transport = httpx.ASGITransport(site.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await Browser(client).sign_in(email, password)

    people = ("admin@one.test", "viewer@one.test", "auditor@one.test")
    assert [(await attempt(email, f"10.0.0.{n}", "wrong")).status_code for n, email in enumerate(people)] == [422] * 3
    refused = await attempt("analyst@one.test", "10.0.0.9", PASSWORD)
    assert refused.status_code == 429
    assert f"Try again in {refused.headers['retry-after']} seconds." in refused.text
    assert (await attempt("analyst@two.test", "10.0.0.9", PASSWORD)).status_code == 303


async def test_signing_in_well_forgets_earlier_slips(browser_of_nobody: Browser) -> None:
    for _ in range(3):
        for _ in range(4):
            assert (await browser_of_nobody.sign_in("analyst@one.test", "wrong")).status_code == 422
        assert (await browser_of_nobody.sign_in("analyst@one.test")).status_code == 303


async def test_a_session_slides_and_is_written_at_most_once_an_hour(
    analyst: Browser, people: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set-cookie" not in (await analyst.get("/bi-chat")).headers
    async with people.writing() as db:
        row = (await db.scalars(select(LoginSession))).one()
        row.expires_at -= login_sessions.RENEWED_AFTER * 1.1
        shortened = row.expires_at
    assert SESSION in (await analyst.get("/bi-chat")).headers["set-cookie"]
    async with people.reading() as db:
        assert (await db.scalars(select(LoginSession.expires_at))).one() > shortened


async def test_an_expired_session_is_none(analyst: Browser, people: Database) -> None:
    async with people.writing() as db:
        (await db.scalars(select(LoginSession))).one().expires_at -= login_sessions.LIFETIME * 1.1
    assert (await analyst.get("/bi-chat")).status_code == 303


async def test_the_way_in_and_out_is_recorded(analyst: Browser, people: Database) -> None:
    await analyst.sign_in("admin@one.test", "wrong")
    await analyst.post("/logout")
    async with people.reading() as db:
        actions = (await db.scalars(select(AuditEntry.action).order_by(AuditEntry.created_at))).all()
        details = (await db.scalars(select(AuditEntry.details))).all()
    assert actions[-3:] == ["login.succeeded", "login.failed", "logout"]
    assert PASSWORD not in str(details)


async def test_demo_people_sign_in_with_one_click(settings, people) -> None:
    entry = {"email": "analyst@one.test", "password": PASSWORD, "role": "Analyst", "tenant": "One"}
    async with Site(settings, people, demo_logins=[entry]).browser() as browser:
        page = (await browser.get("/login")).text
        assert page.count('data-testid="demo-login"') == 1
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.split("<section")[1]))
        assert (await browser.client.post("/login", data=fields)).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/bi-chat/sessions/1?x=2", "/bi-chat/sessions/1?x=2"),
        ("//evil.test/", "/bi-chat"),
        ("https://evil.test/", "/bi-chat"),
        ("/\\evil.test", "/bi-chat"),
        ("/\t/evil.test", "/bi-chat"),
        ("javascript:alert(1)", "/bi-chat"),
        ("", "/bi-chat"),
    ],
)
async def test_next_leads_only_to_this_site(browser_of_nobody: Browser, wanted: str, given: str) -> None:
    assert (await browser_of_nobody.sign_in("analyst@one.test", next=wanted)).headers["location"] == given


async def test_somebody_signed_in_needs_no_sign_in_page(analyst: Browser) -> None:
    answer = await analyst.get("/login", params={"next": "/export"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/export")
