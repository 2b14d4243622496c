"""What a route for programs tells of itself besides its path: the types that it reads and answers with."""

from collections.abc import Mapping
from typing import Any

import msgspec

JSON = "application/json"
EVENTS = "text/event-stream"
TEXT = "text/plain"
REFUSALS: Mapping[int, str] = {
    400: "What was sent does not fit; `details` may say more.",
    401: "Nobody is signed in, or the token is unknown, expired or revoked.",
    403: "The permission is missing, or the CSRF header of a call by cookie.",
    404: "There is nothing of this id, or it is somebody else's.",
    409: "Something else is going on: a run, an open question, or the same request with another text.",
    413: "The body is too large.",
    429: "Too many calls or messages, or a budget of the day is used up.",
    500: "Something went wrong on the server.",
    503: "Something that the server depends on does not answer.",
}
AT_EVERY_DOOR = (401, 403, 429, 500)


class ErrorBody(msgspec.Struct, kw_only=True, frozen=True):
    """What went wrong: `code` for programs, `message` for people in their language."""

    code: str
    message: str
    details: dict[str, Any]


class Refusal(msgspec.Struct, kw_only=True, frozen=True):
    """The body of an answer that is an error."""

    error: ErrorBody


class Answer(msgspec.Struct, frozen=True):
    """An answer: its body's type or several of them, or for a stream that of each event's data."""

    kind: Any
    told: str
    media_type: str = JSON


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A route's types, the statuses it refuses with, and the body of its refusals."""

    group: str
    answers: Mapping[int, Answer]
    refused: tuple[int, ...] = AT_EVERY_DOOR
    body: Any = None
    query: Any = None
    refusal: Any = Refusal


def described(group: str, answer: Answer, *refused: int, **more: Any) -> dict[str, Described]:
    """Return the part of a route's `opt` that describes it; it refuses with `refused` besides what every door does."""
    return {"described": Described(group=group, answers={200: answer}, refused=(*AT_EVERY_DOOR, *refused), **more)}
