"""Pages of other sites may call the doors for programs with a bearer token, if the settings name their origin."""

from pathlib import Path

import httpx
import msgspec
import pytest

from app import settings as settings_module
from app.database import Database
from app.identity import tokens
from app.settings import Settings, SettingsError
from tests.site import Browser, Site

ORIGIN = "https://app.example"
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type"}


@pytest.fixture
def open_site(settings: Settings, people: Database) -> Site:
    return Site(msgspec.structs.replace(settings, cors_origins=(ORIGIN,)), people)


async def preflight(browser: Browser, path: str, origin: str = ORIGIN) -> httpx.Response:
    return await browser.client.request("OPTIONS", path, headers={"origin": origin, **PREFLIGHT})


async def call(site: Site, origin: str = ORIGIN, path: str = "/bi-chat/stream", **headers: str) -> httpx.Response:
    async with site.browser() as browser:
        return await browser.client.post(path, json={}, headers={"origin": origin, **headers})


async def test_a_preflight_of_a_door_is_granted_without_credentials(open_site: Site) -> None:
    async with open_site.browser() as browser:
        for path in ("/bi-chat/stream", "/bi-chat/stream/stop", "/bi-chat/rpc", "/bi-chat/graphql", "/bichat/graphql"):
            answer = await preflight(browser, path)
            assert answer.status_code == 204, path
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["access-control-allow-methods"] == "GET, POST"
            assert "authorization" in answer.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in answer.headers


async def test_nothing_else_is_granted(open_site: Site, site: Site) -> None:
    async with open_site.browser() as browser:
        for path, origin in (
            ("/bi-chat", ORIGIN), ("/bi-chat/streams", ORIGIN), ("/login", ORIGIN), ("/bi-chat/rpc", "https://evil.example"),
            ("/bi-chat/rpc", "null"), ("/bi-chat/rpc", f"{ORIGIN}.evil.example"), ("/bi-chat/rpc", "http://app.example"),
        ):  # fmt: skip
            assert "access-control-allow-origin" not in (await preflight(browser, path, origin)).headers, (path, origin)
    async with site.browser() as browser:
        assert "access-control-allow-origin" not in (await preflight(browser, "/bi-chat/rpc")).headers


async def test_a_call_with_a_token_may_be_read_and_no_other(open_site: Site) -> None:
    token = f"Bearer {await tokens.create_for(open_site.database, 'analyst@one.test', 'page')}"
    granted = await call(open_site, authorization=token)
    assert (granted.status_code, granted.headers["access-control-allow-origin"]) == (201, ORIGIN)
    assert granted.headers["vary"] == "origin"
    refused = await call(open_site, authorization="Bearer bct_nothing")
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)
    for answer in (
        await call(open_site),
        await call(open_site, authorization="Basic eA=="),
        await call(open_site, origin="https://evil.example", authorization=token),
        await call(open_site, path="/bi-chat/messages", authorization=token),
    ):
        assert "access-control-allow-origin" not in answer.headers


async def test_the_cookie_of_a_person_opens_nothing_to_another_site(open_site: Site) -> None:
    async with open_site.browser() as browser:
        await browser.sign_in("analyst@one.test")
        headers = {"origin": ORIGIN, "sec-fetch-site": "cross-site", "x-csrftoken": await browser.csrf()}
        answer = await browser.client.post("/bi-chat/stream", json={}, headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["*", "app.example", "https://app.example/", "https://App.example", "ftp://app.example", "https://"]
)
def test_what_is_no_origin_stops_the_start(origin: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BICHAT_CORS_ORIGINS"):
        settings_module.load({"BICHAT_CORS_ORIGINS": f"https://ok.example, {origin}", "BICHAT_DATA_DIR": str(tmp_path)})
