"""A small site on the real web plumbing and sign-in, with routes that show what guards and error answers do."""

import contextlib
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.database import Database
from app.errors import N_, Conflict, NotFound
from app.identity import guards
from app.identity.guards import PUBLIC, SignedRequest, requires
from app.identity.permissions import Permission
from app.identity.routes import account, signing_in
from app.identity.watch import ActorWatch
from app.settings import Settings
from app.web import pages, plugin

PASSWORD = "correct horse"
PEOPLE = {
    "viewer@one.test": "Viewer",
    "analyst@one.test": "Analyst",
    "auditor@one.test": "Auditor",
    "admin@one.test": "Admin",
    "nobody@one.test": None,
}
ON_EACH_ENGINE = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


@get("/bi-chat", guards=[requires(Permission.ACCESS)])
async def home(request: SignedRequest) -> Response[str]:
    return Response(f"hello {request.user.email} in {pages.locale(request)}", media_type="text/html")


@get("/bi-chat/runs/{run_id:uuid}/events", guards=[requires(Permission.ACCESS)])
async def events(run_id: FromPath[uuid.UUID]) -> Response[str]:
    raise NotFound(N_("There is no run %(id)s."), id=run_id)


@post("/bi-chat/stream", guards=[requires(Permission.ACCESS)])
async def stream(request: SignedRequest) -> dict[str, Any]:
    return {"email": request.user.email, "got": await request.json()}


@post("/bi-chat/messages", guards=[requires(Permission.ACCESS)])
async def send(request: SignedRequest) -> Response[str]:
    raise Conflict(N_("Not now"))


@get("/export", guards=[requires(Permission.EXPORT)])
async def export(request: SignedRequest) -> str:
    return "exported"


@get("/others", guards=[requires(Permission.READ_ALL)])
async def others(request: SignedRequest) -> str:
    return "others"


@get("/manage", guards=[requires(Permission.MANAGE)])
async def manage(request: SignedRequest) -> str:
    return "managed"


@get("/unguarded")
async def unguarded(request: SignedRequest) -> str:
    return "signed in"


@get("/broken", opt=PUBLIC)
async def broken(request: Request[Any, Any, Any]) -> str:
    raise RuntimeError("the secret cause")


@get("/count", opt=PUBLIC)
async def count(n: FromQuery[int]) -> str:
    return str(n)


PROBES = [home, events, stream, send, export, others, manage, unguarded, broken, count]


class Site:
    """The application and clients of it; every client is a browser of its own."""

    def __init__(self, settings: Settings, database: Database, **state: Any) -> None:
        self.settings = settings
        self.database = database
        self.watch = ActorWatch(database)
        app = Litestar(
            route_handlers=[*plugin.route_handlers(), *signing_in.HANDLERS, *account.HANDLERS, *PROBES],
            guards=[guards.identify],
            **plugin.options(settings, database),
        )  # fmt: skip
        app.state.update({"permissions": {}, "watch": self.watch, "demo_logins": (), **state})
        self.app = plugin.wrap(app, settings)

    @contextlib.asynccontextmanager
    async def browser(self, **options: Any) -> AsyncIterator["Browser"]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", **options) as client:
            yield Browser(client)


class Browser:
    """An HTTP client that fills in forms as a page's own form does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.get = client.get
        self.cookies = client.cookies

    async def csrf(self) -> str:
        if "csrftoken" not in self.cookies:
            await self.get("/login")
        return self.cookies["csrftoken"]

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return await self.client.post(path, data={"_csrf_token": await self.csrf(), **fields}, headers=headers)

    async def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        return await self.post("/login", email=email, password=password, **fields)


def json_of(response: httpx.Response) -> dict[str, Any]:
    return msgspec.json.decode(response.content)
