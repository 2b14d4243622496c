import uuid

import httpx
import pytest

from app import settings as settings_module
from app.database import Database
from app.settings import Settings
from app.web.security import POLICY, host_pattern
from tests.site import Browser, Site

PATHS = [
    "/login",
    "/bi-chat",
    "/nowhere",
    "/broken",
    "/static/vendor/htmx.min.js",
    "/static/none.js",
    f"/bi-chat/runs/{uuid.UUID(int=1)}/events",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "BREW"])
async def test_every_answer_carries_the_policy(browser_of_nobody: Browser, path: str, method: str) -> None:
    answer = await browser_of_nobody.client.request(method, path)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert uuid.UUID(answer.headers["x-request-id"])


async def test_pages_are_not_kept_by_anybody(analyst: Browser) -> None:
    assert (await analyst.get("/bi-chat")).headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_unsafe() -> None:
    assert "unsafe" not in POLICY


async def test_production_cookies_are_secure(people: Database, settings: Settings) -> None:
    production = settings_module.load({
        "APP_ENV": "production", "BICHAT_DATA_DIR": str(settings.data_dir), "BICHAT_SECRET_KEY": "s" * 32,
        "BICHAT_ALLOWED_HOSTS": "localhost", "BICHAT_MODEL": "offline",
    })  # fmt: skip
    async with Site(production, people).browser() as browser:
        answer = await browser.get("/login")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize(
    "host", ["evil.test", "localhost.evil.test", "evil.test:80", "", "localhost@evil.test", "localhost:80:80"]
)
async def test_another_host_name_is_refused_in_plain_words(site: Site, host: str) -> None:
    transport = httpx.ASGITransport(site.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/login", headers={"host": host})
    assert answer.status_code == 400
    assert "BICHAT_ALLOWED_HOSTS" in answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY


async def test_two_hosts_are_none(site: Site) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="http://localhost") as client:
        answer = await client.get("/login", headers=[("host", "localhost"), ("host", "evil.test")])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("allowed", "host", "fits"),
    [
        (["bi.example.com"], "bi.example.com", True),
        (["bi.example.com"], "BI.example.com:8443", True),
        (["bi.example.com"], "bixexample.com", False),
        (["*.example.com"], "a.b.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "evil-example.com", False),
        (["[::1]"], "[::1]:8000", True),
        (["*"], "anything.test:1", True),
        ([], "localhost", False),
    ],
)
def test_hosts_are_matched_whole(allowed: list[str], host: str, fits: bool) -> None:  # noqa: FBT001 - a column of the table
    assert bool(host_pattern(allowed).fullmatch(host)) is fits
