"""Cross-site request forgery: a signed token in a cookie must come back in a form field or a header."""

import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType

from app.errors import N_, Forbidden
from app.settings import Settings
from app.web.security import facts_of, set_cookie

COOKIE = "csrftoken"
FIELD = "_csrf_token"
HEADER = "x-csrftoken"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)
SAME_SITE = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` of requests that our own pages or the person make; browsers set it, scripts cannot."""
NONCE_LENGTH = 32


class CsrfFailed(Forbidden):
    """The token is missing or does not belong to the browser."""

    code = "csrf_failed"


def token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the browser's token; a browser without a valid one gets it with this answer."""
    facts = facts_of(connection.scope)
    if not facts.csrf_token:
        settings: Settings = connection.app.state.settings
        known = connection.cookies.get(COOKIE, "")
        if is_ours(known, settings.secret_key):
            facts.csrf_token = known
        else:
            facts.csrf_token = new_token(settings.secret_key)
            set_cookie(connection.scope, settings, COOKIE, facts.csrf_token, max_age=None, hidden=False)
    return facts.csrf_token


async def check(request: Request[Any, Any, Any]) -> None:
    """Raise `CsrfFailed` unless the request proves that one of our own pages made it."""
    if request.method in SAFE_METHODS:
        return
    expected = request.cookies.get(COOKIE, "")
    given = request.headers.get(HEADER) or await _field(request)
    is_same = hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
    if not (is_same and _is_own_page(request) and is_ours(expected, request.app.state.settings.secret_key)):
        raise CsrfFailed(N_("This page has been open for too long, or the request came from another site. Reload and try again."))


def _is_own_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser says that one of our own pages made the request; what says nothing is no browser's page."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in SAME_SITE
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def new_token(secret: str) -> str:
    """Return a fresh token: a random part and its signature."""
    nonce = secrets.token_hex(NONCE_LENGTH // 2)
    return nonce + _signature(nonce, secret)


def is_ours(text: str, secret: str) -> bool:
    """Tell whether a token was made with `secret`."""
    nonce, signature = text[:NONCE_LENGTH], text[NONCE_LENGTH:]
    return bool(signature) and hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(nonce, secret).encode())


def _signature(nonce: str, secret: str) -> str:
    return hmac.digest(f"csrf:{secret}".encode(), nonce.encode("utf-8", "replace"), "sha256").hex()


async def _field(request: Request[Any, Any, Any]) -> str:
    if request.content_type[0] not in FORMS:
        return ""
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else ""
