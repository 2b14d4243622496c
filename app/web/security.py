"""What goes around every request: its id, the host check, security headers on every answer, and one line in the access log."""

import asyncio
import contextlib
import re
import time
from collections.abc import Generator, Iterable
from typing import cast

import structlog
from litestar.datastructures.cookie import Cookie
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from app.database import new_id
from app.settings import Settings
from app.telemetry import tracing
from app.telemetry.tracing import Recorder
from app.web.cors import Cors
from app.web.locale import negotiated, translator

log = structlog.get_logger()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""Set on every answer that does not say otherwise itself."""
TRANSPORT = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
QUIET_PATHS = ("/static/", "/health", "/metrics")
BY_ANY_NAME = frozenset({"/metrics"})
"""Asked by the address of a process; `app.api.metrics` looks at the name itself."""


class Envelope:
    """The outermost application. `ScopeFacts` of a request are in `scope["state"]` under `web`."""

    def __init__(self, app: ASGIApp, settings: Settings, recorder: Recorder = tracing.NO_RECORDER) -> None:
        self._app = app
        self._recorder = recorder
        self._hosts = host_pattern(settings.allowed_hosts)
        headers = HEADERS | (TRANSPORT if settings.is_production else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._default_locale = settings.default_locale
        self._cors = Cors(settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._connect(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = str(new_id())
        facts = scope["state"]["web"] = ScopeFacts(request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                facts.status = message["status"]
                self._add_headers(message, scope, facts)
            await send(message)

        method, path = scope["method"], scope["path"]
        try:
            with self._traced(scope, facts):
                await self._answer(scope, receive, send_enveloped)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            write = log.debug if path.startswith(QUIET_PATHS) else log.info
            write("request", method=method, path=path, status=facts.status, ms=milliseconds, trace_id=facts.trace_id)

    @contextlib.contextmanager
    def _traced(self, scope: HTTPScope, facts: "ScopeFacts") -> Generator[None]:
        """Have what is done inside belong to the trace that the asker names, or to a new one."""
        method = scope["method"]
        recorder = tracing.NO_RECORDER if scope["path"].startswith(QUIET_PATHS) else self._recorder
        attributes = {"http.request.method": method, "url.scheme": scope["scheme"]}
        with tracing.within(recorder.begin(method, "server", attributes, parent=_header(scope, b"traceparent"))) as span:
            facts.trace_id = tracing.trace_id()
            try:
                yield
            finally:
                route = scope.get("path_template") or None
                name = f"{method} {route}" if route else ""
                span.note({"http.route": route, "http.response.status_code": facts.status or None}, name=name)
                if facts.status >= 500:
                    span.fail(str(facts.status))

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Serve a request whose answer is enveloped."""
        method, path = scope["method"], scope["path"]
        if path not in BY_ANY_NAME and not self._hosts.fullmatch(_header(scope, b"host")):
            await self._refuse_host(scope, send)
        elif granted := self._cors.preflight(method, path, scope["headers"]):
            await send({"type": "http.response.start", "status": 204, "headers": granted})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif method == "HEAD":
            await self._head(scope, send)
        else:
            await self._app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of a web socket."""
        request_id = str(new_id())
        scope["state"]["web"] = ScopeFacts(request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        if not self._hosts.fullmatch(_header(scope, b"host")):
            await send({"type": "websocket.close", "code": 1008, "reason": "host"})
            return
        started = time.perf_counter()
        try:
            with tracing.within(tracing.NO_RECORDER.begin("connection", "server", {})):
                await self._app(scope, receive, send)
        finally:
            log.info("connection", path=scope["path"], ms=round((time.perf_counter() - started) * 1000, 2))

    async def _head(self, scope: Scope, send: Send) -> None:
        """Answer as to a GET, without the body; a stream is left before it begins."""
        is_answered = asyncio.Event()

        async def receive_until_answered() -> HTTPReceiveMessage:
            await is_answered.wait()
            return {"type": "http.disconnect"}

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                is_answered.set()

        await self._app(cast("Scope", {**scope, "method": "GET"}), receive_until_answered, send_head)

    def _add_headers(self, message: HTTPResponseStartEvent, scope: Scope, facts: "ScopeFacts") -> None:
        headers = list(message.get("headers", ()))
        present = {name.lower() for name, _ in headers}
        added = [*self._headers, *self._cors.headers(scope["path"], scope["headers"])]
        headers += [header for header in added if header[0] not in present]
        headers.append((b"x-request-id", facts.request_id.encode()))
        headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in facts.cookies]
        message["headers"] = headers

    async def _refuse_host(self, scope: Scope, send: Send) -> None:
        locale = negotiated({}, _header(scope, b"accept-language")) or self._default_locale
        _ = translator(locale).gettext
        text = _("BiChat is not served under this host name. Add the name to BICHAT_ALLOWED_HOSTS.").encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": text, "more_body": False})


class ScopeFacts:
    """What is known of a request from its first moment, and the cookies that its answer will set."""

    __slots__ = ("call_id", "cookies", "csrf_token", "request_id", "status", "trace_id")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.status = 0
        self.trace_id: str | None = None
        self.csrf_token = ""
        self.cookies: list[str] = []
        self.call_id: str | float | None = None
        """What a program that calls a method named its call."""


def facts_of(scope: Scope) -> ScopeFacts:
    """Return the facts of the request."""
    facts: ScopeFacts = scope["state"]["web"]
    return facts


def set_cookie(scope: Scope, settings: Settings, name: str, value: str, *, max_age: int | None, hidden: bool = True) -> None:
    """Have the answer set a cookie for the whole site; `max_age` in seconds, 0 deletes it; `hidden` from scripts."""
    cookie = Cookie(
        key=name, value=value, max_age=max_age, path="/", httponly=hidden, samesite="lax", secure=settings.is_production
    )
    facts_of(scope).cookies.append(cookie.to_header(header=""))


def host_pattern(allowed: Iterable[str]) -> re.Pattern[str]:
    """Return what a `Host` header must match: one of the names, with any port; `*.example.com` stands for its subdomains."""
    names = [r"[^/@]*" if host == "*" else re.escape(host.lower()).replace(r"\*\.", r"[a-z0-9.-]+\.") for host in allowed]
    return re.compile(rf"(?:{'|'.join(names)})\.?(?::\d+)?" if names else r"(?!)", re.IGNORECASE)


def _header(scope: Scope, name: bytes) -> str:
    """Return a header's value, those of a repeated one joined by commas as HTTP has it; two hosts match no name."""
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")
