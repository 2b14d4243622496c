"""An answer that broke off: asks a model to go on with it, and joins what comes to what the reader has already."""

from collections.abc import Iterator

import msgspec

from app.agent.answer_writer import FINAL, AnswerWriter
from app.agent.hosted import Citation
from app.agent.model import (
    AssistantText,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    UserText,
)

GO_ON = (
    "The connection broke while you were writing. The reader already has everything you wrote so far. Go on with exactly what "
    "would have come next. Begin by repeating these last words of yours once, then continue from there, without starting over "
    "and without a word about the interruption:\n{tail}"
)
TAIL = 60
"""About as many letters are repeated, so that the joint is found whatever the model does about spaces."""
SURE = 12
LIKELY = 4
BEFORE_REPEATED = " \n\t\"'«»“”…`"
ENDED_SENTENCE = (".", "!", "?", ":", "…", "\n")
NO_CALL = -1
"""The index of a call that has no arguments of its own: what it says comes as text."""


class Unfinished:
    """What has been written of the answer to a request, over as many calls as it takes.

    The events of the first call are passed on as they are. What later calls write becomes text, joined without a gap or a
    repetition, and their half-written calls of tools are forgotten: nobody has seen those.
    """

    def __init__(self, request: ModelRequest) -> None:
        self._request = request
        self._text = ""
        self._is_answer = False
        self._events: list[TextDelta | ToolCallStarted | ToolArgumentsDelta] = []
        self._is_first = True
        self._begin()

    def _begin(self) -> None:
        self.has_begun = False
        self._written = ""
        self._writer = AnswerWriter()
        self._seam = Seam(self._text)

    def request(self) -> ModelRequest:
        """Return what to ask next."""
        if not self._text.strip():
            return self._request
        said = (AssistantText(self._text.rstrip()), UserText(GO_ON.format(tail=tail_of(self._text))))
        return msgspec.structs.replace(
            self._request,
            messages=[*self._request.messages, *said],
            may_call_tools=self._request.may_call_tools and not self._is_answer,
        )

    def take(self, event: ModelEvent) -> Iterator[ModelEvent]:
        """Yield what to pass on of an event."""
        self.has_begun = True
        if self._is_first:
            if isinstance(event, TextDelta | ToolCallStarted | ToolArgumentsDelta):
                self._events.append(event)
            yield event
            return
        match event:
            case TextDelta() | ToolCallStarted() | ToolArgumentsDelta():
                yield from self._joined(event)
            case ModelResponse():
                if rest := self._seam.rest():
                    self._written += rest
                    yield TextDelta(rest)
                yield self._whole(event)
            case _:
                yield event

    def break_off(self) -> None:
        """Note that the call ended here, and prepare for the next one."""
        if self._is_first:
            for event in self._events:
                self._writer.take(event)
            self._text, self._is_answer = self._writer.text, self._writer.final_index is not None and bool(self._writer.text)
        else:
            self._text += self._written
        self._is_first = False
        self._events.clear()
        self._begin()

    def _joined(self, event: TextDelta | ToolCallStarted | ToolArgumentsDelta) -> Iterator[ModelEvent]:
        had_final = self._writer.final_index is not None
        piece = self._writer.take(event)
        if self._writer.final_index is not None and not had_final:
            yield ToolCallStarted(NO_CALL, "", FINAL)
            self._seam.is_apart = not self._is_answer and not self._written and self._text.endswith(ENDED_SENTENCE)
            self._is_answer = True
        if joined := self._seam.take(piece):
            self._written += joined
            yield TextDelta(joined)

    def _whole(self, response: ModelResponse) -> ModelResponse:
        calls, text = () if self._is_answer else response.tool_calls, self._text + self._written
        return msgspec.structs.replace(response, text=text, tool_calls=calls, citations=tuple(self._cited(response, text)))

    def _cited(self, response: ModelResponse, text: str) -> Iterator[Citation]:
        """Yield the sources that the last call named, where they stand in the whole text: what it wrote is the end of that."""
        before = len(text) - len(response.text)
        for citation in response.citations:
            if before + citation.start >= len(self._text):
                yield msgspec.structs.replace(citation, start=before + citation.start, end=before + citation.end)


class Seam:
    """Leaves out of what is written next the words that end what was written `before`.

    Whatever may still be such a repetition is held back. `is_apart` sets what comes apart from what stands, where it is none.
    """

    def __init__(self, before: str) -> None:
        self._before = before
        self._held = ""
        self._is_joined = not before
        self.is_apart = False

    def take(self, piece: str) -> str:
        """Return what can be shown now."""
        if self._is_joined:
            return piece
        self._held += piece
        repeated = self._held.lstrip(BEFORE_REPEATED)
        return "" if not repeated or repeated in self._before else self.rest()

    def rest(self) -> str:
        """Return what is left when nothing more comes."""
        if self._is_joined:
            return ""
        self._is_joined = True
        before, repeated = self._before.rstrip(), self._held.lstrip(BEFORE_REPEATED)
        if size := _overlap(before, repeated):
            following = repeated[size:]
            return following if before == self._before else following.lstrip()
        apart = "\n\n" if self.is_apart and self._held else ""
        return apart + self._held


def tail_of(text: str) -> str:
    """Return the last words of a text."""
    text = text.rstrip()
    if len(text) <= TAIL:
        return text
    words = text[-TAIL:].split(maxsplit=1)
    return words[-1]


def _overlap(before: str, after: str) -> int:
    """Return how many letters at the beginning of `after` repeat the end of `before`, 0 where that may be chance."""
    for size in range(min(len(before), len(after)), 0, -1):
        if before.endswith(after[:size]):
            is_word = size >= LIKELY and not before[-size - 1 : -size].isalnum()
            return size if size == len(before) or size >= SURE or is_word else 0
    return 0
