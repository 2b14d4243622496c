"""Names a provider's failures: HTTP statuses, error objects inside streams and broken connections, as `ModelError`s.

The reasons carry statuses and codes only. Providers quote keys and prompts in their messages, so those are read to tell
failures apart and never kept.
"""

import datetime as dt
import email.utils
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.agent.faults import Code
from app.agent.model import ModelError

if TYPE_CHECKING:
    import openai

BY_STATUS: Mapping[int, Code] = {
    401: "model_auth", 402: "quota", 403: "model_auth", 408: "timeout", 409: "unavailable", 413: "context_length",
    425: "unavailable", 429: "rate_limited", 503: "overloaded", 529: "overloaded",
}  # fmt: skip
BY_WORD: tuple[tuple[re.Pattern[str], Code], ...] = (
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
CERTAIN_WITH_STATUS: Mapping[int, set[Code]] = {
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
    if word and word in CERTAIN_WITH_STATUS.get(status, set()):
        code = word
    return ModelError(code, f"HTTP {status} {_name(error.body)}".strip(), retry_after=_retry_after(error.response.headers))


def is_about_a_value(error: "openai.APIStatusError") -> bool:
    """Tell whether a parameter was refused for its value alone: another value of it may do."""
    return _name(error.body) in {"unsupported_value", "invalid_value"}


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


def _by_status(status: int) -> Code:
    """Return the code of a status; other refusals of the request stay refusals however often it is sent."""
    others: Code = "unavailable" if status >= 500 else "validation" if status >= 400 else "bad_response"
    return BY_STATUS.get(status, others)


def _by_word(body: Any) -> Code | None:
    text = str(body)[:4000].lower()
    return next((code for pattern, code in BY_WORD if pattern.search(text)), None)


def _name(body: Any) -> str:
    """Return the provider's code or type where it is a plain word, which no key is."""
    if not isinstance(body, dict):
        return ""
    return next((word for key in ("code", "type") if isinstance(word := body.get(key), str) and PLAIN_WORD.fullmatch(word)), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return seconds, which servers tell as such, in thousandths or as a date."""
    for name, parts in (("retry-after-ms", 1000), ("retry-after", 1)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return seconds / parts
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(email.utils.mktime_tz(date) - dt.datetime.now(dt.UTC).timestamp(), 0) if date else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
