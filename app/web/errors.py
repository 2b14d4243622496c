"""Broken rules and failures as answers: a page, a partial for htmx, JSON for programs, nothing but a status for streams."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from app.errors import N_, BiChatError, Forbidden, Invalid, RateLimited, Unauthorized
from app.web import htmx, pages
from app.web.locale import translator
from app.web.security import facts_of

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]
JSON_DOORS = re.compile(r"/bi-?chat/(?:stream|rpc|graphql|openapi\.json)(?:/|$)|/health(?:/|$)|/metrics$")
CALLS = re.compile(r"/bi-chat/rpc/?$")
GRAPHQL = re.compile(r"/bi-?chat/graphql/?$")
CALL_CODES = frozenset({
    "invalid_request", "unknown_method", "validation", "unauthorized", "forbidden", "not_found", "conflict", "rate_limited",
    "unavailable", "internal",
})  # fmt: skip
OURS = re.compile(r"/bi-chat/")
"""Where nobody is told what there is before they sign in."""
STREAMS = re.compile(r"/bi-chat/(?:runs/[^/]+|sessions)/events/?$")


class Refused(BiChatError):
    """Something the framework refused, with a status and code of its own."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status_code = status
        self.word = code


TOLD_BY_STATUS = (Refused, Unauthorized, Forbidden, RateLimited)
"""What a call and a GraphQL operation tell by their status too; all else is in the body only (contract, 6)."""
REFUSALS = {
    400: ("validation", N_("The request could not be understood.")),
    401: ("unauthorized", N_("Sign in first.")),
    403: ("forbidden", N_("You may not do this.")),
    404: ("not_found", N_("There is nothing here. It may have been deleted, or the address is mistyped.")),
    405: ("method_not_allowed", N_("This address cannot be used in this way.")),
    413: ("too_large", N_("This is too large to be sent.")),
    415: ("unsupported_media_type", N_("This kind of content is not understood here.")),
    429: ("rate_limited", N_("Too many requests. Wait a moment and try again.")),
    500: ("internal", N_("Something went wrong on our side. Try again; if it happens again, tell us the number below.")),
}
TITLES = {
    400: N_("That did not work"),
    401: N_("Sign in first"),
    403: N_("No permission"),
    404: N_("Not found"),
    409: N_("Not now"),
    413: N_("Too large"),
    429: N_("Too fast"),
    503: N_("Not available"),
}


def handlers() -> ExceptionHandlersMap:
    """Return the exception handlers for the application."""
    return {Exception: answer}


def answer(request: AnyRequest, error: Exception) -> Response[Any]:
    """Translate an error into what the asker understands; the log keeps the cause with the request's id."""
    rule = _as_rule(error)
    if isinstance(error, NotFoundException) and _is_stranger(request):
        rule = Unauthorized(REFUSALS[401][1])
    status, code = _status(rule), _code(rule)
    if status >= 500:
        log.error("request failed", code=code, exc_info=error)
    else:
        log.info("request refused", status=status, code=code, reason=str(rule.__cause__ or rule))
    return _form(request, rule)(request, rule, status, _headers(error, rule))


def _is_stranger(request: AnyRequest) -> bool:
    """Tell whether it was looked who asks for a page of ours, and nobody is signed in."""
    return bool(OURS.match(request.scope["path"])) and "user" in request.scope and request.scope["user"] is None


def _headers(error: Exception, rule: BiChatError) -> dict[str, str]:
    if isinstance(rule, RateLimited):
        return {"Retry-After": str(rule.retry_after)}
    if isinstance(error, MethodNotAllowedException):
        known = {name for name in (error.headers or {}).get("allow", "").split(", ") if name.isupper()}
        return {"Allow": ", ".join(sorted(known | {"HEAD"} if "GET" in known else known))}
    return {}


def _form(request: AnyRequest, rule: BiChatError) -> Callable[[AnyRequest, BiChatError, int, dict[str, str]], Response[Any]]:
    path = request.scope["path"]
    if STREAMS.match(path):
        return _as_status
    if CALLS.match(path):
        return _as_call
    if JSON_DOORS.match(path):
        return _as_json
    if isinstance(rule, Unauthorized):
        return _to_login
    return _as_toast if htmx.is_htmx(request) else _as_page


def _as_status(_request: AnyRequest, _rule: BiChatError, status: int, headers: dict[str, str]) -> Response[Any]:
    return Response(b"", status_code=status, headers=headers, media_type="text/plain")


def _as_json(request: AnyRequest, rule: BiChatError, status: int, headers: dict[str, str]) -> Response[Any]:
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"code": _code(rule), "message": _sentence(request, rule), "details": _details(request, rule)}
    told: dict[str, Any] = {"error": body}
    if GRAPHQL.match(request.scope["path"]):
        extensions = {"code": call_code(rule), "details": body["details"]}
        told |= {"data": None, "errors": [{"message": body["message"], "extensions": extensions}]}
    return Response(told, status_code=status, headers=headers)


def _as_call(request: AnyRequest, rule: BiChatError, status: int, headers: dict[str, str]) -> Response[Any]:
    """Answer in the envelope of calls: 200 unless the caller may not, or not so often, or the framework refused (contract §6)."""
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    gettext = translator(pages.locale(request)).gettext
    details = {name: gettext(value) if isinstance(value, str) else value for name, value in _details(request, rule).items()}
    body = {"code": call_code(rule), "message": _sentence(request, rule), "details": details}
    return Response(
        {"id": facts_of(request.scope).call_id, "error": body},
        status_code=status if isinstance(rule, TOLD_BY_STATUS) else 200,
        headers=headers,
    )


def call_code(rule: BiChatError) -> str:
    """Return the code of a call's error; those that have none of their own there get the nearest one."""
    code = _code(rule)
    if code in CALL_CODES:
        return code
    return {403: "forbidden", 429: "rate_limited"}.get(_status(rule), "invalid_request")


def _as_toast(request: AnyRequest, rule: BiChatError, status: int, headers: dict[str, str]) -> Response[Any]:
    headers |= {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}
    return pages.page(
        request, "errors/_toast.html", status_code=status, headers=headers, message=_sentence(request, rule), code=_code(rule)
    )


def _as_page(request: AnyRequest, rule: BiChatError, status: int, headers: dict[str, str]) -> Response[Any]:
    actor = pages.actor(request)
    return pages.page(
        request,
        "errors/page.html",
        status_code=status,
        headers=headers,
        path=pages.here(request) if request.method == "GET" else "/bi-chat",
        status=status,
        title=translator(pages.locale(request)).gettext(TITLES.get(status, N_("Something went wrong"))),
        message=_sentence(request, rule),
        may_enter=actor is None or bool(actor.permissions),
        request_id=facts_of(request.scope).request_id if status >= 500 else "",
    )


def _to_login(request: AnyRequest, _rule: BiChatError, _status: int, _headers: dict[str, str]) -> Response[Any]:
    if htmx.is_htmx(request):
        return htmx.redirect(login_path(htmx.current_path(request)), status_code=401)
    back = pages.here(request) if request.method == "GET" else ""
    return Response("", status_code=303, headers={"Location": login_path(back)}, media_type="text/html")


def login_path(back: str) -> str:
    """Return the address of the sign-in page that leads back to the local path `back`."""
    return f"/login?next={quote(pages.local_path(back), safe='/')}"


def _as_rule(error: Exception) -> BiChatError:
    if isinstance(error, BiChatError):
        return error
    status = error.status_code if isinstance(error, HTTPException) else 400 if _is_malformed(error) else 500
    if isinstance(error, ValidationException):
        rule: BiChatError = Invalid(REFUSALS[400][1], details={"fields": error.extra} if error.extra else None)
    elif status == 401:
        rule = Unauthorized(REFUSALS[401][1])
    else:
        rule = Refused(status, *REFUSALS.get(status, REFUSALS[500 if status >= 500 else 400]))
    rule.__cause__ = error
    return rule


def _is_malformed(error: Exception) -> bool:
    """Tell whether a body could not be read, which is the sender's doing; what we cannot write is ours."""
    if isinstance(error, UnicodeDecodeError):  # A field of a form that is not UTF-8; nothing else is decoded on the way.
        return True
    return isinstance(error, SerializationException) and isinstance(error.__cause__, msgspec.DecodeError)


def _status(rule: BiChatError) -> int:
    return rule.status_code if isinstance(rule, Refused) else rule.status


def _code(rule: BiChatError) -> str:
    return rule.word if isinstance(rule, Refused) else rule.code


def _sentence(request: AnyRequest, rule: BiChatError) -> str:
    return translator(pages.locale(request)).sentence(rule)


def _details(request: AnyRequest, rule: BiChatError) -> dict[str, Any]:
    return {**rule.details, "requestId": facts_of(request.scope).request_id}
