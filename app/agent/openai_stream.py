"""Reads a provider's event stream: bytes cut anywhere into events, and pieces of an answer into the agent's own events."""

import json
from typing import TypeVar

import msgspec

from app.agent.hosted import MOST_CITATIONS, Citation, FileReference, HostedCall
from app.agent.hosted_code import with_references
from app.agent.model import (
    HostedStarted,
    ModelError,
    ModelEvent,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)

LONGEST_EVENT = 16 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Decoded = TypeVar("Decoded")


ServerEvent = tuple[bytes, bytes]
"""One server-sent event: its name, empty where the server gave none, and its data. A plain tuple: one is made for every token."""


class EventSplitter:
    """Cuts bytes into server-sent events as the HTML standard says, however the reads fall."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._ended_with_cr = False

    def feed(self, read: bytes) -> list[ServerEvent]:
        """Return the events that `read` completes; raises `ModelError` when one grows beyond all measure."""
        if self._ended_with_cr or b"\r" in read:
            read = self._with_line_feeds(read)
        buffer = self._buffer
        if not buffer and read.endswith(b"\n\n"):
            # Nearly every read ends where an event ends.
            return _events(read[:-2])
        buffer += read
        end = buffer.rfind(b"\n\n", self._searched)
        if end < 0:
            self._searched = max(0, len(buffer) - 1)
            if len(buffer) > LONGEST_EVENT:
                raise ModelError("bad_response", "an event of the stream is too long")
            return []
        complete = bytes(buffer[:end])
        del buffer[: end + 2]
        self._searched = max(0, len(buffer) - 1)
        return _events(complete)

    def flush(self) -> list[ServerEvent]:
        """Return the event that the end of the stream leaves without its blank line, if any."""
        event = _any_event(bytes(self._buffer).removesuffix(b"\n"))
        self._buffer.clear()
        return [event] if event[1] else []

    def _with_line_feeds(self, read: bytes) -> bytes:
        if self._ended_with_cr and read.startswith(b"\n"):
            read = read[1:]
            self._ended_with_cr = False
        if read:
            self._ended_with_cr = read.endswith(b"\r")
        return read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


class WholeBody:
    """Takes a JSON document for one event: the answer of a server that does not stream."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, read: bytes) -> list[ServerEvent]:
        """Keep `read`; raises `ModelError` when the document grows beyond all measure."""
        self._body += read
        if len(self._body) > LONGEST_EVENT:
            raise ModelError("bad_response", "the answer is too long")
        return []

    def flush(self) -> list[ServerEvent]:
        """Return the document."""
        return [(b"", bytes(self._body))] if self._body else []


def _events(blocks: bytes) -> list[ServerEvent]:
    events = []
    for block in blocks.split(b"\n\n"):
        # Nearly every event is one data line, or a name and a data line; the rest takes the long way.
        lines = block.count(b"\n")
        if lines == 0 and block.startswith(b"data: "):
            event = (b"", block[6:])
        elif lines == 1 and block.startswith(b"event: ") and (at := block.find(b"\ndata: ")) > 0:
            event = (block[7:at], block[at + 7 :])
        else:
            event = _any_event(block)
        if event[1]:
            events.append(event)
    return events


def _any_event(block: bytes) -> ServerEvent:
    name = b""
    data: list[bytes] = []
    for line in block.removeprefix(BYTE_ORDER_MARK).split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return name, b"\n".join(data)


def decode(decoder: msgspec.json.Decoder[Decoded], data: bytes) -> Decoded:
    """Decode an event's JSON; bytes and surrogates that are no text become replacement characters. Raises `ModelError`."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        value = json.loads(data.decode("utf-8", "replace"))
        text = json.dumps(value, ensure_ascii=False)
        return decoder.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode())
    except (ValueError, RecursionError, msgspec.DecodeError):
        reason = "an event of the stream is malformed"
    raise ModelError("bad_response", reason)


class _Call:
    __slots__ = ("arguments", "id", "is_announced", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.is_announced = False


class Answer:
    """What the model has said so far. Pieces of one kind that arrive together leave as one event."""

    def __init__(self) -> None:
        self.finish_reason = ""
        self.model = ""
        self.usage = Usage()
        self.has_text = False
        self._has_reasoning = self._is_apart = False
        self.calls: dict[int, _Call] = {}
        self.citations: dict[Citation, None] = {}
        self.hosted: dict[int, HostedCall] = {}
        self.references: dict[FileReference, None] = {}
        self._hosted_begun: set[int] = set()
        self._text: list[str] = []
        self._events: list[ModelEvent] = []
        self._pieces: list[str] = []
        self._kind: type[TextDelta | ReasoningDelta | ToolArgumentsDelta] = TextDelta
        self._index = 0

    @property
    def has_begun(self) -> bool:
        """Tell whether anything of the answer has come."""
        return self.has_text or self._has_reasoning or bool(self.calls)

    def add_text(self, piece: str) -> None:
        """Append to the text."""
        if self._kind is not TextDelta:
            self._turn_to(TextDelta)
        self._pieces.append(piece)
        self._text.append(piece)
        self.has_text = True

    @property
    def length(self) -> int:
        """Return how many characters the text has so far."""
        return sum(map(len, self._text))

    def cite(self, citation: Citation) -> None:
        """Add a source, once for each place."""
        if len(self.citations) < MOST_CITATIONS:
            self.citations[citation] = None

    def refer(self, reference: FileReference) -> None:
        """Add a file that the text names, once."""
        if len(self.references) < MOST_CITATIONS:
            self.references[reference] = None

    def begin_hosted(self, index: int, name: str) -> None:
        """Tell that a tool of the provider begins to work."""
        if index not in self._hosted_begun:
            self._hosted_begun.add(index)
            self._turn_to(TextDelta)
            self._events.append(HostedStarted(name))

    def add_reasoning(self, piece: str) -> None:
        """Append to the reasoning summary."""
        if self._kind is not ReasoningDelta:
            self._turn_to(ReasoningDelta)
        if self._is_apart:
            self._pieces.append("\n\n")
            self._is_apart = False
        self._pieces.append(piece)
        self._has_reasoning = True

    def begin_paragraph(self) -> None:
        """Set what follows apart from the text before it."""
        if self.has_text:
            self.add_text("\n\n")

    def begin_reasoning_paragraph(self) -> None:
        """Set what follows apart from the reasoning before it."""
        self._is_apart = self._has_reasoning

    def add_call(self, index: int, call_id: str, name: str) -> None:
        """Begin a call, or complete what is known of it; it is announced once its name is known."""
        call = self.calls.setdefault(index, _Call())
        call.id = call.id or call_id
        call.name = call.name or name
        if call.name and not call.is_announced:
            call.id = call.id or f"call_{index}"
            call.is_announced = True
            self._turn_to(TextDelta)
            self._events.append(ToolCallStarted(index, call.id, call.name))
            if call.arguments:
                self._events.append(ToolArgumentsDelta(index, "".join(call.arguments)))

    def add_arguments(self, index: int, piece: str) -> None:
        """Append to a call's arguments."""
        call = self.calls.setdefault(index, _Call())
        call.arguments.append(piece)
        if call.is_announced:
            if self._kind is not ToolArgumentsDelta or self._index != index:
                self._turn_to(ToolArgumentsDelta)
                self._index = index
            self._pieces.append(piece)

    def take(self) -> list[ModelEvent]:
        """Return the events of what was added since the last time."""
        self._turn_to(self._kind)
        events, self._events = self._events, []
        return events

    def response(self, provider: str) -> ModelResponse:
        """Return the whole answer."""
        calls = tuple(
            ToolCall(call.id or f"call_{index}", call.name, "".join(call.arguments) or "{}")
            for index, call in sorted(self.calls.items())
        )
        reason = self.finish_reason
        if reason not in {"length", "content_filter"}:
            reason = "tool_calls" if calls else "stop"
        text = "".join(self._text)
        hosted = with_references([call for _, call in sorted(self.hosted.items())], list(self.references))
        cited = tuple(citation for citation in self.citations if citation.start < citation.end <= len(text))
        return ModelResponse(text, calls, reason, provider, self.model, self.usage, cited, hosted)

    def _turn_to(self, kind: type[TextDelta | ReasoningDelta | ToolArgumentsDelta]) -> None:
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            if self._kind is ToolArgumentsDelta:
                self._events.append(ToolArgumentsDelta(self._index, text))
            else:
                self._events.append(TextDelta(text) if self._kind is TextDelta else ReasoningDelta(text))
        self._kind = kind
