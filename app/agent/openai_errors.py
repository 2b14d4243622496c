"""Names a provider's failures: HTTP statuses, error objects inside streams and broken connections, as `ModelError`s.

The reasons carry statuses and codes only. Providers quote keys and prompts in their messages, so those are read to tell
failures apart and never kept.
"""

import re
from typing import TYPE_CHECKING, Any

from app.agent.model import ModelError

if TYPE_CHECKING:
    import openai

BY_STATUS = {
    401: "model_auth", 402: "quota", 403: "model_auth", 408: "timeout", 409: "unavailable", 413: "context_length",
    425: "unavailable", 429: "rate_limited", 503: "overloaded", 529: "overloaded",
}  # fmt: skip
BY_WORD = (
    (re.compile(r"insufficient_quota|insufficient_credits|billing|quota_exceeded|exceeded your current quota"), "quota"),
    (
        re.compile(r"context_length|context length|context window|maximum context|too many tokens|prompt is too long"),
        "context_length",
    ),
    (re.compile(r"content_filter|content_policy|content management policy|invalid_prompt|safety_violation"), "content_filter"),
    (re.compile(r"invalid_api_key|authentication_error|permission_error|invalid_authentication"), "model_auth"),
    (re.compile(r"rate_limit"), "rate_limited"),
    (re.compile(r"overloaded|slow_down"), "overloaded"),
    (re.compile(r"server_error|api_error|service_unavailable|bad_gateway"), "unavailable"),
    (re.compile(r"timeout|timed out"), "timeout"),
    (re.compile(r"invalid_request|model_not_found"), "validation"),
)
CERTAIN_WITH_STATUS = {
    400: {"context_length", "content_filter", "quota"},
    422: {"context_length", "content_filter"},
    429: {"quota"},
}
PLAIN_WORD = re.compile(r"[a-z][a-z_]{0,63}")


def from_status(error: "openai.APIStatusError") -> ModelError:
    """Return what an HTTP status other than success means."""
    status = error.status_code
    code = _by_status(status)
    word = _by_word(error.body)
    if word in CERTAIN_WITH_STATUS.get(status, set()):
        code = word
    return ModelError(
        code, f"HTTP {status} {_name(error.body)}".strip(), retry_after=_seconds(error.response.headers.get("retry-after"))
    )


def from_object(error: Any) -> ModelError:
    """Return what an error object in the middle of a stream means."""
    number = error.get("code") if isinstance(error, dict) else None
    status = int(number) if isinstance(number, int | float) or (isinstance(number, str) and number.isdecimal()) else 0
    code = _by_word(error) or _by_status(status)
    return ModelError(code, f"error in the stream {_name(error) or status or ''}".strip())


def from_connection(error: BaseException) -> ModelError:
    """Return what a broken or silent connection means.

    The transport reports every failure to connect as a timeout, so the origin of the failure decides.
    """
    origin: BaseException = error
    while origin.__cause__ is not None:
        origin = origin.__cause__
    if isinstance(origin, TimeoutError) or type(origin).__name__ in {"ReadTimeout", "PoolTimeout", "WriteTimeout"}:
        return ModelError("timeout", f"no answer in time ({type(origin).__name__})")
    return ModelError("network", f"the connection broke ({type(origin).__name__})")


def _by_status(status: int) -> str:
    """Return the code of a status; other refusals of the request stay refusals however often it is sent."""
    others = "unavailable" if status >= 500 else "validation" if status >= 400 else "internal"
    return BY_STATUS.get(status, others)


def _by_word(body: Any) -> str | None:
    text = str(body)[:4000].lower()
    return next((code for pattern, code in BY_WORD if pattern.search(text)), None)


def _name(body: Any) -> str:
    """Return the provider's code or type where it is a plain word, which no key is."""
    if not isinstance(body, dict):
        return ""
    return next((word for key in ("code", "type") if isinstance(word := body.get(key), str) and PLAIN_WORD.fullmatch(word)), "")


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None
