"""Puts the web's plumbing into the application.

In `create_app`, with `web` for this module and `guards.identify` as the first guard of the application:

    app = Litestar(
        route_handlers=[*web.route_handlers(), *signing_in.HANDLERS, ...],
        guards=[guards.identify],
        **web.options(settings, database),
    )
    return web.wrap(app, settings)

`app.state` then holds `settings`, `database`, `templates` (`Templates`), `static` (`StaticFiles`), `limits` (`Limits`),
`allowances`;
whoever wires the application adds `permissions` (a mapping of `Permission` to this installation's names), `watch`
(`ActorWatch`, whose `run()` is a task of the lifespan) and `demo_logins` (what the sign-in page offers, or empty).

A route is `@get("/path", guards=[requires(Permission.ACCESS)])` with a `request: SignedRequest`: `request.user` is the
`Actor`, `request.auth` the `SignIn`; `opt=PUBLIC` opens a route to everybody. Answer with `pages.page(request,
"chat/page.html", …)`; raise the errors of `app.errors`, which `app.web.errors` translates.
"""

from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.database import Database
from app.errors import N_, NotFound
from app.settings import Settings
from app.telemetry.tracing import NO_RECORDER, Recorder
from app.web import errors
from app.web.allowances import allowances
from app.web.limits import Limits
from app.web.security import Envelope
from app.web.static import A_DAY, FOREVER, StaticFiles
from app.web.templating import Templates

MAX_BODY = 2 * 1024 * 1024
"""Bytes; a route that takes more says so by `request_max_body_size`."""


def options(settings: Settings, database: Database) -> dict[str, Any]:
    """Return the arguments of `Litestar` that belong to the web."""
    static = StaticFiles(fresh=not settings.is_production)
    state = State(
        {
            "settings": settings,
            "database": database,
            "static": static,
            "templates": Templates(static.url, fresh=not settings.is_production),
            "limits": Limits(settings.redis_url),
            "allowances": allowances(settings.rate_messages),
        }
    )
    return {
        "state": state,
        "exception_handlers": errors.handlers(),
        "request_max_body_size": MAX_BODY,
        "openapi_config": None,
        "logging_config": None,
        "debug": False,
    }


def route_handlers() -> list[ControllerRouterHandler]:
    """Return the web's own routes."""
    return [static_file]


def wrap(app: Litestar, settings: Settings, recorder: Recorder = NO_RECORDER) -> Litestar:
    """Put the envelope around everything, also around what no route answers."""
    app.asgi_handler = Envelope(app.asgi_handler, settings, recorder)
    return app


@get("/static/{name:path}", opt={"public": True, "anonymous": True})
async def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Send a file of `static/`."""
    files: StaticFiles = request.app.state.static
    file = files.find(name.lstrip("/"))
    if file is None:
        raise NotFound(N_("There is no such file."))
    is_versioned = request.query_params.get("v") == file.version
    headers = {"Cache-Control": FOREVER if is_versioned else A_DAY, "ETag": f'"{file.version}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    content = file.content
    if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = file.compressed
    return Response(content, headers=headers, media_type=file.media_type)
