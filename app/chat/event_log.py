"""What has happened in the runs of this process, kept so that any number of readers can replay and follow.

An event's id is opaque outside: `attempt-index`. An id is only good for the log that gave it, so logs count from other places;
with another one the reader is told to start over from the transcript.
"""

import asyncio
import bisect
import contextlib
import functools
import itertools
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Literal

import msgspec

from app.agent.events import Asked, AssistantStep, Delegated, Reset, Text, Thinking, Told, ToolEnd
from app.chat.claims import Checked
from app.chat.settled import Settled
from app.chat.sources import Cited
from app.chat.usage_sum import UsageSum

QuestionStatus = Literal["open", "answered", "dismissed", "expired", "cancelled"]
KEEP_SECONDS = 300.0
HEARTBEAT_SECONDS = 15.0
MAX_EVENTS = 2_000
KEPT_APART = 1_000
LONGEST_ID = 40
KEPT_AT_END = 100
"""Events of an ended run that a late reader can still come back between."""


class Failed(msgspec.Struct, frozen=True):
    """The run failed; `code` is one of the contract's error codes."""

    code: str


class Answered(msgspec.Struct, frozen=True):
    """A question was answered, or dismissed: no `answers`. `content` is the result of the call, empty for an approval."""

    call_id: str
    checkpoint_id: uuid.UUID
    answers: tuple[Settled, ...]
    content: str = ""


class QuestionOpened(msgspec.Struct, frozen=True):
    """A question was stored and waits for its answer, or has become `expired` or `cancelled` while it waited."""

    checkpoint_id: uuid.UUID
    expires_at_ms: int
    asked: Asked
    status: QuestionStatus = "open"


RunEvent = Told | Reset | QuestionOpened | Answered | UsageSum | Checked | Cited | Failed


class LoggedEvent(msgspec.Struct, gc=False):
    """An event with its place. One is kept for every token of every run at work: the garbage collector need not walk them.

    One that `is_entwined` with those behind it is no place to come back to: some of their pieces came before some of its own.
    """

    index: int
    attempt: int
    at_ms: int
    event: RunEvent
    is_entwined: bool = False

    @property
    def id(self) -> str:
        """Return the opaque id that readers resume with."""
        return f"{self.attempt}-{self.index}"


class RunLog:
    """The events of one run in the order they happened."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self.run_id = run_id
        self.first_index = 0
        self.events: list[LoggedEvent] = []
        self.attempt = 0
        self.attempt_start = 0
        self.is_closed = False
        self.last_urgent = -1
        self.followers: set[Follower] = set()

    @property
    def next_index(self) -> int:
        """Return the index that the next event gets."""
        return self.events[-1].index + 1 if self.events else self.first_index

    @property
    def start_id(self) -> str:
        """Return the id that stands for the start of the present attempt, before any event of it."""
        return f"{self.attempt}-start" + (f"-{self.attempt_start}" if self.attempt_start else "")

    def append(self, event: RunEvent) -> None:
        """Add an event and wake the readers."""
        index = self.next_index
        self.events.append(LoggedEvent(index, self.attempt, time.time_ns() // 1_000_000, event))
        is_urgent = not isinstance(event, Text | Thinking)
        if is_urgent:
            self.last_urgent = index
        for follower in self.followers:
            follower.wake(urgent=is_urgent)
        if len(self.events) > MAX_EVENTS:
            self._merge_old_text(KEPT_APART)

    def begin(self, attempt: int) -> None:
        """Start an attempt; what follows belongs to it."""
        self.attempt, self.attempt_start, self.is_closed = attempt, self.next_index, False

    def close(self) -> None:
        """End the log: readers that have read everything stop."""
        self.is_closed = True
        self._merge_old_text(KEPT_AT_END)
        for follower in self.followers:
            follower.wake(urgent=True)

    def since(self, index: int) -> Sequence[LoggedEvent]:
        """Return the events from `index` on."""
        events = self.events
        if events and events[-1].index == index:
            return events[-1:]  # Nearly every read is of the one event that has just come.
        return events[bisect.bisect_left(events, index, key=lambda logged: logged.index) :]

    def text_since_step(self) -> str:
        """Return what has been written of the step at work."""
        since = itertools.takewhile(
            lambda logged: not isinstance(logged.event, AssistantStep | ToolEnd | Reset), reversed(self.events)
        )
        return "".join(reversed([logged.event.content for logged in since if isinstance(logged.event, Text)]))

    @property
    def end_id(self) -> str:
        """Return the id of the end of a stream that has told everything so far."""
        return f"{self.attempt}-{self.next_index}"

    def position_after(self, event_id: str) -> int | None:
        """Return the index that follows `event_id`, or None when this log did not give that id."""
        if event_id == self.start_id:
            return self.attempt_start
        if event_id == self.end_id and self.is_closed:
            return self.next_index
        index = event_id.partition("-")[2]
        if len(event_id) > LONGEST_ID or not index.isdecimal():
            return None
        at = next(iter(self.since(int(index))), None)
        return at.index + 1 if at and at.id == event_id and not at.is_entwined else None

    def _merge_old_text(self, keep: int) -> None:
        """Join runs of text before the last `keep` events; the ids in between are lost, so their readers start over."""
        old, merged = self.events[:-keep], list[LoggedEvent]()
        for (kind, _), group in itertools.groupby(old, key=lambda logged: (type(logged.event), logged.attempt)):
            run = list(group)
            merged += _joined(run) if issubclass(kind, Text | Thinking) else run
        self.events[: len(old)] = merged


def _joined(pieces: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """Return pieces of text as one, those of agents that think side by side as one of each."""
    texts, last = dict[Delegated | None, list[str]](), dict[Delegated | None, LoggedEvent]()
    for piece in pieces:
        assert isinstance(piece.event, Text | Thinking)
        within = piece.event.within if isinstance(piece.event, Thinking) else None
        texts.setdefault(within, []).append(piece.event.content)
        last[within] = piece
    return [
        msgspec.structs.replace(
            each, event=msgspec.structs.replace(each.event, content="".join(texts[within])), is_entwined=each is not pieces[-1]
        )
        for within, each in sorted(last.items(), key=lambda item: item[1].index)
    ]


class Follower:
    """One reader of a run's log.

    With `pace` seconds, pieces of text that come sooner after the last batch wait for each other; anything else is told at once.
    """

    def __init__(self, log: RunLog, position: int, *, pace: float = 0.0, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._log = log
        self._position = position
        self._pace = pace
        self._heartbeat = heartbeat
        self._is_resting = False
        self._has_left = False
        self._waiting: asyncio.Future[bool] | None = None
        self._heard_at = 0.0

    async def batches(self) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Yield what comes, an empty batch for every heartbeat without news; ends when the log is closed or the reader leaves."""
        loop = asyncio.get_running_loop()
        self._log.followers.add(self)
        self._heard_at = loop.time()
        self._beat(loop)
        try:
            while not self._has_left:
                if batch := self._log.since(self._position):
                    self._position = batch[-1].index + 1
                    yield batch
                    self._heard_at = loop.time()
                    await self._rest()
                elif self._log.is_closed:
                    return
                elif not await self._news():
                    yield ()
        finally:
            self._beating.cancel()
            self._log.followers.discard(self)

    def wake(self, *, urgent: bool) -> None:
        """Hear of an event."""
        if self._waiting and not self._waiting.done() and (urgent or not self._is_resting):
            self._waiting.set_result(True)

    def leave(self) -> None:
        """Stop reading: the process shuts down, or the reader may not read any more."""
        self._has_left = True
        self.wake(urgent=True)

    async def _rest(self) -> None:
        if not self._pace or self._log.last_urgent >= self._position or self._log.is_closed:
            return
        self._is_resting = True
        rested = asyncio.get_running_loop().call_later(self._pace, functools.partial(self.wake, urgent=True))
        await self._news()
        rested.cancel()
        self._is_resting = False

    async def _news(self) -> bool:
        """Wait until something came, or for a heartbeat, which is False."""
        self._waiting = asyncio.get_running_loop().create_future()
        return await self._waiting

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Resolve the wait when nothing came for a heartbeat. One timer for many waits: starting one a token would be dear."""
        left = self._heard_at + self._heartbeat - loop.time()
        if left <= 0:
            self._heard_at, left = loop.time(), self._heartbeat
            if self._waiting and not self._waiting.done():
                self._waiting.set_result(False)
        self._beating = loop.call_later(left, self._beat, loop)


class MemoryEventLog:
    """The logs of this process; one is dropped some minutes after its run has ended."""

    def __init__(self, *, keep_seconds: float = KEEP_SECONDS) -> None:
        self._logs: dict[uuid.UUID, RunLog] = {}
        self._keep_seconds = keep_seconds
        self._listeners: set[Callable[[], object]] = set()

    def find(self, run_id: uuid.UUID) -> RunLog | None:
        """Return the run's log, or None when it is gone or was never here."""
        return self._logs.get(run_id)

    def open(self, run_id: uuid.UUID) -> RunLog:
        """Return the run's log, new where there is none; work on the run begins."""
        log = self._logs.setdefault(run_id, RunLog(run_id))
        for hear in tuple(self._listeners):
            asyncio.get_running_loop().call_soon(hear)
        return log

    @contextlib.contextmanager
    def listening(self, hear: Callable[[], object]) -> Generator[None]:
        """Call `hear` whenever work on any run begins, during the block."""
        self._listeners.add(hear)
        try:
            yield
        finally:
            self._listeners.discard(hear)

    def close(self, run_id: uuid.UUID) -> None:
        """End the run's log and drop it after a while."""
        if log := self._logs.get(run_id):
            log.close()
            asyncio.get_running_loop().call_later(self._keep_seconds, self._drop, log)

    def release(self) -> None:
        """Let all readers go; the process shuts down and they will come back to the next one."""
        for log in self._logs.values():
            for follower in tuple(log.followers):
                follower.leave()

    @property
    def readers(self) -> int:
        """Return how many streams are open."""
        return sum(len(log.followers) for log in self._logs.values())

    def _drop(self, log: RunLog) -> None:
        if log.is_closed and self._logs.get(log.run_id) is log:
            del self._logs[log.run_id]
