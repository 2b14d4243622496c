"""What the agent says to a language model and hears back: the protocol that every provider and the offline analyst implement."""

import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

import msgspec

from app.agent.faults import Code
from app.agent.hosted import Citation, HostedCall
from app.data.periods import Calendar


class ToolCall(msgspec.Struct, frozen=True):
    """A call that the model wants made; `arguments` is the JSON text as the model wrote it, possibly malformed."""

    id: str
    name: str
    arguments: str


class UserText(msgspec.Struct, frozen=True):
    """Something the person said."""

    content: str


class Reminder(UserText, frozen=True):
    """What we tell the model at the end of a request, beside what people say; it is never stored."""


class AssistantText(msgspec.Struct, frozen=True):
    """An earlier step of the model: its text and the calls it made, each answered by a `ToolOutput` that follows."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()


class ToolOutput(msgspec.Struct, frozen=True):
    """The answer to a call: JSON text."""

    call_id: str
    name: str
    content: str


def object_of(text: str) -> dict[str, Any]:
    """Return the JSON object that a call's arguments or its answer should be, empty where the text is none."""
    try:
        value = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


ModelMessage = UserText | AssistantText | ToolOutput


class ToolSpec(msgspec.Struct, frozen=True):
    """A tool as the model sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


class ModelRequest(msgspec.Struct, frozen=True):
    """One call of a model.

    `locale` is the reader's (`en`, `ru`, `uz`), `now` aware, `calendar` the tenant's. With `may_call_tools` false the
    model must answer in text. `model` None means the provider's configured one. `hosted` names tools of the provider that it may
    use, of `app.agent.hosted.TOOLS`; requests with the same `cache_key` begin alike. No model outside `models_allowed` may
    answer in place of the one that is asked; empty means that any may. `agent_name` and
    `task_call_id` tell who asks on which task, empty for the analyst itself.
    """

    system: str
    messages: Sequence[ModelMessage]
    tools: Sequence[ToolSpec]
    locale: str
    now: dt.datetime
    calendar: Calendar
    currency: str
    may_call_tools: bool = True
    model: str | None = None
    reasoning_effort: str | None = None
    hosted: tuple[str, ...] = ()
    cache_key: str | None = None
    models_allowed: tuple[str, ...] = ()
    agent_name: str = ""
    task_call_id: str = ""


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of the answer: everything that one read from the provider brought."""

    text: str


class ReasoningDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of the model's summary of its reasoning."""

    text: str


class ToolCallStarted(msgspec.Struct, frozen=True, gc=False):
    """The model begins to write a call; `index` orders the calls of one response."""

    index: int
    id: str
    name: str


class ToolArgumentsDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of the JSON text of a call's arguments."""

    index: int
    text: str


class HostedStarted(msgspec.Struct, frozen=True, gc=False):
    """A tool of the provider begins to work."""

    name: str


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one call; `cached_tokens` is the part of `input_tokens` that the provider had cached.

    `is_estimated` tells that the provider gave no figures.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = False


class ModelResponse(msgspec.Struct, frozen=True):
    """The whole answer, sent last. `finish_reason` is `stop`, `tool_calls`, `length` or `content_filter`.

    `citations` are places in `text`; `hosted` is what the provider's own tools did meanwhile, in order.
    """

    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    provider: str
    model: str
    usage: Usage
    citations: tuple[Citation, ...] = ()
    hosted: tuple[HostedCall, ...] = ()


class Abandoned(msgspec.Struct, frozen=True):
    """A call failed after the model had begun, and another one may go on: what was said, and what that used.

    The `finish_reason` is the failure's code; `agent_name` is the request's.
    """

    response: ModelResponse
    duration_ms: float
    agent_name: str = ""


class TurnedTo(msgspec.Struct, frozen=True):
    """Another provider is asked instead of one that fails."""

    provider: str
    model: str


ModelEvent = (
    TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta | HostedStarted | ModelResponse | Abandoned | TurnedTo
)


class ModelError(Exception):
    """A provider failed; the text is for the log, never for people.

    `retry_after` is how many seconds the provider asked to be left alone. `spent` is what was said and used of an answer that
    had begun; its `finish_reason` is the code.
    """

    def __init__(self, code: Code, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.code: Code = code
        self.retry_after = retry_after
        self.spent: ModelResponse | None = None


class Model(Protocol):
    """A language model, or something that behaves like one."""

    provider: str

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield deltas as they come and one `ModelResponse` last; raise `ModelError`; stop the call when closed early."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
