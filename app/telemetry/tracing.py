"""Traces: what one request sets off, through runs and calls of models and tools down to statements.

Every request and run belongs to a trace, whose id is in the log and in the events. Spans are recorded only where a recorder
was opened (`app.telemetry.otlp`); without one they are ids and nothing else. No span holds what people or models wrote.
"""

import contextlib
import re
import secrets
from collections.abc import Generator, Mapping, Sequence
from contextvars import ContextVar
from typing import Literal, Protocol

Kind = Literal["server", "client", "internal"]
Value = str | bool | int | float | Sequence[str] | None
"""Of an attribute; None is left out."""
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""The place of a span as W3C Trace Context writes it."""


class Span(Protocol):
    """Something that takes time in a trace."""

    @property
    def traceparent(self) -> str:
        """Return where the span is, as W3C Trace Context writes it; empty outside of any trace."""
        ...

    def child(self, name: str, kind: Kind, attributes: Mapping[str, Value], /) -> "Span":
        """Begin a part of this span."""
        ...

    def note(self, attributes: Mapping[str, Value], *, name: str = "") -> None:
        """Add what became known, perhaps a better name."""
        ...

    def fail(self, code: str) -> None:
        """Mark the span as failed; `code` is one of few."""
        ...

    def end(self) -> None:
        """Say that it is over."""
        ...


class Recorder(Protocol):
    """Keeps spans."""

    def begin(self, name: str, kind: Kind, attributes: Mapping[str, Value], /, *, parent: str = "", link: str = "") -> Span:
        """Begin a span below `parent`, or a trace; `link` is another place that it has to do with."""
        ...

    async def close(self) -> None:
        """Send what was not sent yet, as far as that is quick."""
        ...


class Unrecorded:
    """A span of which nothing is kept but where it is."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str = "") -> None:
        self.traceparent = traceparent

    def child(self, _name: str, _kind: Kind, _attributes: Mapping[str, Value], /) -> Span:
        """Return the same."""
        return self

    def note(self, attributes: Mapping[str, Value], *, name: str = "") -> None:
        """Keep nothing."""

    def fail(self, code: str) -> None:
        """Keep nothing."""

    def end(self) -> None:
        """Keep nothing."""


class NoRecorder:
    """Gives ids only."""

    def begin(self, _name: str, _kind: Kind, _attributes: Mapping[str, Value], /, *, parent: str = "", link: str = "") -> Span:
        """Return a span at its parent's place, or at a new one."""
        del link
        return Unrecorded(parent if trace_of(parent) else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00")

    async def close(self) -> None:
        """Do nothing."""


NO_RECORDER = NoRecorder()
_NOWHERE = Unrecorded()
_current: ContextVar[Span] = ContextVar("span", default=_NOWHERE)


def trace_of(traceparent: str) -> str:
    """Return the id of the trace that a place is in; empty for what is none."""
    found = TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else ""


def current() -> Span:
    """Return the span that everything done now is part of."""
    return _current.get()


def trace_id() -> str | None:
    """Return the id of the present trace."""
    return trace_of(current().traceparent) or None


def begin(name: str, kind: Kind, attributes: Mapping[str, Value]) -> Span:
    """Begin a part of the present span without becoming it: for generators, whose context is their reader's."""
    return current().child(name, kind, attributes)


@contextlib.contextmanager
def within(span: Span) -> Generator[Span]:
    """Make what is done inside part of `span`, and end it after that; what is raised fails it."""
    token = _current.set(span)
    try:
        with ending(span):
            yield span
    finally:
        _current.reset(token)


@contextlib.contextmanager
def ending(span: Span) -> Generator[Span]:
    """End `span` after what is done inside, which fails it by what it raises; being stopped is no failure."""
    try:
        yield span
    except Exception as error:
        span.fail(str(getattr(error, "code", "") or type(error).__name__))
        raise
    finally:
        span.end()


@contextlib.contextmanager
def part(name: str, kind: Kind, attributes: Mapping[str, Value]) -> Generator[Span]:
    """Have what is done inside be a part of the present span."""
    with within(begin(name, kind, attributes)) as span:
        yield span
