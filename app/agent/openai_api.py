"""What the provider's two APIs have in common for the client: a path, a way to write requests, a reader of answers."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import msgspec

from app.agent.model import ModelRequest
from app.agent.openai_stream import Answer, ServerEvent


class Reader(Protocol):
    """Understands the events of one API; `is_done` once the answer has come to its end."""

    answer: Answer
    is_done: bool

    def read(self, events: list[ServerEvent]) -> None:
        """Take in events; raises `ModelError` for those that tell of a failure."""
        ...


class Api(NamedTuple):
    """One of the two APIs.

    `optional` names the parameters that a server may refuse, the most special first; `body` gets the request, the model's
    name and the names to leave out.
    """

    path: str
    optional: tuple[str, ...]
    body: Callable[[ModelRequest, str, frozenset[str]], dict[str, Any]]
    reader: Callable[[], Reader]


def arguments_to_send(arguments: str) -> str:
    """Return a call's arguments as JSON of an object; malformed ones are quoted, since many servers parse them again."""
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeError):
        value = None
    return arguments if isinstance(value, dict) else msgspec.json.encode({"malformed": arguments}).decode()
