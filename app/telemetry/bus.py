"""What happens while answers are made, told to whoever embeds BiChat and wants to hear.

Telling costs the teller nothing: each handler has a queue of its own that one task empties. A handler that is slower than
what happens loses the newest events, which are counted; one that fails loses the event and hears the next.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

import msgspec
import structlog

from app.telemetry import tracing

log = structlog.get_logger()

FULL, FAILED = "full", "failed"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="name", rename="camel"):
    """Something happened to somebody's conversation, as part of a trace.

    Where texts are embedded outside of one there is no session, and the user is zero where a company's knowledge is.
    """

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    session_id: uuid.UUID | None
    run_id: uuid.UUID | None = None
    trace_id: str | None = msgspec.field(default_factory=tracing.trace_id)

    @property
    def name(self) -> str:
        """Return the event's name, such as `agent.start`."""
        return str(self.__struct_config__.tag)


class AgentStarted(Event, frozen=True, kw_only=True, tag="agent.start"):
    """Work on a run begins, or goes on: `attempt` counts from 1."""

    attempt: int


class AgentCompleted(Event, frozen=True, kw_only=True, tag="agent.complete"):
    """A run ended well, or was stopped; `unmatched_claims` counts figures of its answer that were found in no result."""

    reason: str
    worked_ms: float
    unmatched_claims: int = 0


class AgentFailed(Event, frozen=True, kw_only=True, tag="agent.error"):
    """A run failed."""

    code: str
    worked_ms: float


class ModelAsked(Event, frozen=True, kw_only=True, tag="llm.request"):
    """A language model is asked."""

    model: str
    estimated_tokens: int


class ModelStreaming(Event, frozen=True, kw_only=True, tag="llm.stream"):
    """The first piece of a model's answer has come, `ms` after it was asked; the others are told by nothing but the stream."""

    model: str
    ms: float


class ModelAnswered(Event, frozen=True, kw_only=True, tag="llm.response"):
    """A language model has answered; `cost` is in USD, None where no price is known."""

    provider: str
    model: str
    finish_reason: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    is_estimated: bool
    cost: Decimal | None
    ms: float


class ContextCompiled(Event, frozen=True, kw_only=True, tag="context.compile"):
    """What a language model is to be sent was put together, in `blocks`; `budget` is how many tokens it may have."""

    model: str
    tokens: int
    budget: int
    blocks: int
    is_estimated: bool
    ms: float


class ContextOverflowed(Event, frozen=True, kw_only=True, tag="context.overflow"):
    """A conversation did not fit: of `tokens` are `tokens_left`, which is too much still where it `is_over`.

    `shortened` counts outputs of tools, `summarised` and `dropped` turns and steps; `strategy` is the setting.
    """

    model: str
    strategy: str
    budget: int
    tokens: int
    tokens_left: int
    shortened: int
    summarised: int
    dropped: int
    is_over: bool


class ToolStarted(Event, frozen=True, kw_only=True, tag="tool.start"):
    """A tool is called."""

    tool: str
    call_id: str


class ToolCompleted(Event, frozen=True, kw_only=True, tag="tool.complete"):
    """A tool has ended; `error` is the code of its failure."""

    tool: str
    call_id: str
    error: str | None
    ms: float


class SessionCreated(Event, frozen=True, kw_only=True, tag="session.create"):
    """A conversation began."""


class MessageSaved(Event, frozen=True, kw_only=True, tag="message.save"):
    """A message was committed; `role` is `user`, `assistant` or `tool`."""

    role: str


class Interrupted(Event, frozen=True, kw_only=True, tag="interrupt"):
    """A run waits for an answer."""

    checkpoint_id: uuid.UUID


Handler = Callable[[Event], Awaitable[None]]


class Bus:
    """Tells every event to every handler, in the order in which they happened."""

    def __init__(self, handlers: Sequence[Handler] = (), *, size: int = 1000) -> None:
        """Have `handlers` hear, each with at most `size` events waiting for it."""
        self._queues = [
            (name, handler, asyncio.Queue[Event](size)) for name, handler in zip(_names(handlers), handlers, strict=True)
        ]
        self.dropped: Counter[tuple[str, str]] = Counter()
        """Events that a handler did not take, by its name and the reason, `full` or `failed`."""

    def tell(self, event: Event) -> None:
        """Tell an event, or count it as dropped where a handler's queue is full. Never waits."""
        for name, _, queue in self._queues:
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.dropped[name, FULL] += 1

    @property
    def depths(self) -> dict[str, int]:
        """Return how many events wait for each handler."""
        return {name: queue.qsize() for name, _, queue in self._queues}

    async def run(self) -> None:
        """Hand events on until cancelled."""
        async with asyncio.TaskGroup() as together:
            for name, handler, queue in self._queues:
                together.create_task(self._hand_on(name, handler, queue))

    async def settled(self, seconds: float) -> None:
        """Wait until everything told was taken, for some seconds at most."""
        waiting = [asyncio.create_task(queue.join()) for _, _, queue in self._queues]
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)
        for each in waiting:
            each.cancel()

    async def _hand_on(self, name: str, handler: Handler, queue: asyncio.Queue[Event]) -> None:
        while True:
            event = await queue.get()
            try:
                await handler(event)
            except Exception:  # Handlers are other people's code: whatever they throw is theirs.
                self.dropped[name, FAILED] += 1
                log.exception("a handler of events failed", handler=name, event_name=event.name)
            finally:
                queue.task_done()


def _names(handlers: Sequence[Handler]) -> list[str]:
    """Return what the handlers are called in figures and logs, each by a name of its own."""
    given = [str(getattr(each, "name", "") or getattr(each, "__qualname__", type(each).__name__)) for each in handlers]
    return [f"{name}#{given[:place].count(name) + 1}" if name in given[:place] else name for place, name in enumerate(given)]
