"""The few ways in which a rule can be broken, each saying whether trying again helps."""

from typing import Any, ClassVar


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Mark a message for the catalogues where it is written; it is translated where the reader is known."""
    return message


class BiChatError(Exception):
    """A broken rule that people or programs are told about.

    `message` is an English gettext msgid with named placeholders filled from `values`; whoever answers the request
    translates it. `code` is a stable word for programs. `details` is safe to show.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, details: dict[str, Any] | None = None, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values
        self.details = details or {}


class NotFound(BiChatError):
    """Nothing by that id within the actor's reach."""

    code = "not_found"
    status = 404


class Unauthorized(BiChatError):
    """Nobody is signed in, or the token is not a live one."""

    code = "unauthorized"
    status = 401


class Forbidden(BiChatError):
    """The actor lacks a permission."""

    code = "forbidden"
    status = 403


class Invalid(BiChatError):
    """The input breaks a rule; `details` maps field names to what is wrong."""

    code = "validation"
    status = 400


class Conflict(BiChatError):
    """The state of things does not allow it now."""

    code = "conflict"
    status = 409


class RateLimited(BiChatError):
    """Too much in too little time; `retry_after` is in whole seconds."""

    code = "rate_limited"
    status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after: int, **values: object) -> None:
        super().__init__(message, details={"retryAfter": retry_after}, seconds=retry_after, **values)
        self.retry_after = retry_after


class Unavailable(BiChatError):
    """Something this depends on does not answer now."""

    code = "unavailable"
    status = 503
    retryable = True
