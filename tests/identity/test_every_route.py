"""Walks over all routes of the whole application: whoever adds one decides here, or by a guard, who may call it."""

import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from app.database import Database
from app.identity.guards import Requires
from app.main import create_app
from app.settings import Settings
from tests.scripted_model import ScriptedModel
from tests.site import Browser

PUBLIC = {
    ("/static/{name:path}", "GET"),
    ("/login", "GET"),
    ("/login", "POST"),
    ("/logout", "POST"),
    ("/locale", "POST"),
    ("/", "GET"),
    *((path, method) for path in ("/bichat", "/bichat/{rest:path}") for method in ("GET", "HEAD", "POST")),
    ("/health", "GET"),
    ("/health/live", "GET"),
    ("/health/ready", "GET"),
}
"""Anybody may call these."""
WITHOUT_A_ROLE = {("/account", "GET"), ("/account/password", "POST")}
"""Signing in is enough for these."""


Opened = Callable[[], contextlib.AbstractAsyncContextManager[tuple[Litestar, Browser]]]


@pytest.fixture
def opened(settings: Settings, people: Database) -> Opened:
    """Return the whole application, running, and a browser of it."""

    @contextlib.asynccontextmanager
    async def running() -> AsyncIterator[tuple[Litestar, Browser]]:
        app = create_app(settings, model=ScriptedModel([]))
        async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            yield app, Browser(client)

    return running


def routes_of(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    return [
        (route.path, method, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    ]


def filled(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", lambda found: str(uuid.uuid4()) if found[1] == ":uuid" else "x", path)


async def call(browser: Browser, method: str, path: str) -> httpx.Response:
    headers = {"x-csrftoken": await browser.csrf(), "content-type": "application/x-www-form-urlencoded"}
    return await browser.client.request(method, filled(path), headers=headers)


async def test_every_route_names_a_permission_or_is_known_not_to(opened: Opened) -> None:
    async with opened() as (app, _):
        routes = routes_of(app)
    free = {
        (path, method) for path, method, handler in routes if not any(isinstance(g, Requires) for g in handler.resolve_guards())
    }
    assert free <= PUBLIC | WITHOUT_A_ROLE
    assert {(path, method) for path, method, handler in routes if handler.opt.get("public")} <= PUBLIC


async def test_every_other_route_turns_strangers_away(opened: Opened) -> None:
    async with opened() as (app, browser):
        for path, method, _ in routes_of(app):
            if (path, method) in PUBLIC:
                continue
            answer = await call(browser, method, path)
            assert answer.status_code in {303, 401}, (path, method)
            assert answer.status_code == 401 or answer.headers["location"].startswith("/login?next="), (path, method)


async def test_every_route_with_a_permission_refuses_people_without_a_role(opened: Opened) -> None:
    async with opened() as (app, browser):
        assert (await browser.sign_in("nobody@one.test")).status_code == 303
        for path, method, _ in routes_of(app):
            if (path, method) not in PUBLIC | WITHOUT_A_ROLE:
                assert (await call(browser, method, path)).status_code == 403, (path, method)


async def test_every_form_needs_the_token(opened: Opened) -> None:
    async with opened() as (app, browser):
        await browser.sign_in("admin@one.test")
        for path, method, _ in routes_of(app):
            if method != "GET" and not path.startswith("/bichat"):
                answer = await browser.client.request(method, filled(path), data={"x": "y"})
                assert answer.status_code == 403, (path, method)
