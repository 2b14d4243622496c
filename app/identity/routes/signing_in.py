"""Signing in and out, and the reader's language."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from app.errors import N_, Invalid, RateLimited
from app.identity import login, login_sessions, users
from app.identity.guards import PUBLIC, client_address, send_key
from app.identity.login import Attempt
from app.web import htmx, pages
from app.web.errors import login_path
from app.web.locale import COOKIE as LOCALE_COOKIE
from app.web.locale import supported, translator
from app.web.security import set_cookie

AnyRequest = Request[Any, Any, Any]
A_YEAR = 365 * 24 * 3600


@get("/login", opt=PUBLIC)
async def login_page(request: AnyRequest) -> Response[str]:
    """Show the form; somebody who is signed in goes on."""
    back = pages.local_path(request.query_params.get("next"))
    if pages.actor(request):
        return htmx.go(request, back)
    return _login_form(request, back)


@post("/login", opt=PUBLIC)
async def log_in(request: AnyRequest) -> Response[str]:
    """Sign in and go on to `next`."""
    form = await request.form()
    back, email = pages.local_path(_text(form.get("next"))), _text(form.get("email"))
    attempt = Attempt(email, _text(form.get("password")), client_address(request), request.cookies.get(login_sessions.COOKIE))
    state = request.app.state
    try:
        entered = await login.enter(state.database, state.limits, attempt)
    except Invalid as error:
        return _login_form(request, back, error, email, status_code=422)
    except RateLimited as error:
        return _login_form(request, back, error, email, status_code=429, headers={"Retry-After": str(error.retry_after)})
    send_key(request, entered.key)
    if entered.locale:
        _keep_locale(request, entered.locale)
    return _away(request, back)


@post("/logout", opt=PUBLIC)
async def log_out(request: AnyRequest) -> Response[str]:
    """End this browser's session."""
    state, signed_in = request.app.state, request.auth
    if signed_in and signed_in.login_key:
        await login.leave(state.database, signed_in.login_key, signed_in.actor.user_id, signed_in.actor.tenant_id)
        await state.watch.sweep()
    send_key(request, "")
    return _away(request, "/login")


@post("/locale", opt=PUBLIC)
async def choose_locale(request: AnyRequest) -> Response[str]:
    """Keep the language on the person, and in a cookie for pages before sign-in."""
    form = await request.form()
    chosen = supported(_text(form.get("locale")))
    if chosen is None:
        raise Invalid(N_("BiChat speaks English, Russian and Uzbek."))
    person = pages.actor(request)
    if person:
        await users.set_locale(request.app.state.database, person, chosen)
    _keep_locale(request, chosen)
    return _away(request, pages.local_path(_text(form.get("next"))))


HANDLERS: list[ControllerRouterHandler] = [login_page, log_in, log_out, choose_locale]


def _login_form(
    request: AnyRequest,
    back: str,
    error: Invalid | RateLimited | None = None,
    email: str = "",
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    texts = translator(pages.locale(request))
    return pages.page(
        request,
        "identity/login.html",
        status_code=status_code,
        headers=headers,
        path=login_path(back),
        next=back,
        email=email,
        error=texts.sentence(error) if error else None,
        demo_logins=request.app.state.demo_logins,
    )


def _away(request: AnyRequest, path: str) -> Response[str]:
    """Load a whole new page: who one is or the language has changed."""
    if htmx.is_htmx(request):
        return htmx.redirect(path)
    return htmx.go(request, path)


def _keep_locale(request: AnyRequest, locale: str) -> None:
    set_cookie(request.scope, request.app.state.settings, LOCALE_COOKIE, locale, max_age=A_YEAR)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
