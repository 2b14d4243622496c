"""The model's reasoning in one step of the loop: where it goes on, where it pauses, and what of it is void."""

import time
from collections.abc import Iterator

from app.agent.context.compiling import Compiled
from app.agent.events import Thinking, ThinkingEnd
from app.agent.model import Abandoned, ModelEvent, ReasoningDelta, TurnedTo

APART = "\n\n"


class Reasoning:
    """Turns what a model sends into events of its reasoning; the time counts from when the model was asked."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._ms = 0.0
        self._since = time.perf_counter()
        self._is_open = self._has_any = False

    def take(self, event: Compiled | ModelEvent, *, has_text: bool) -> Iterator[Thinking | ThinkingEnd]:
        """Yield what an event says of the reasoning; `has_text` tells whether the step has written anything.

        What a call considered that broke off before it wrote anything is void: another one begins anew.
        """
        if isinstance(event, ReasoningDelta):
            yield Thinking(self._joined(event.text))
        elif self._is_open:
            self._is_open = False
            self._ms += (time.perf_counter() - self._since) * 1000
            yield ThinkingEnd(self._ms)
        if isinstance(event, Abandoned | TurnedTo) and not has_text:
            if self._has_any:
                yield ThinkingEnd(0.0, is_void=True)
            self._begin()

    def _joined(self, piece: str) -> str:
        if not self._is_open and self._has_any:
            self._since = time.perf_counter()
            piece = piece if piece.startswith("\n") else APART + piece
        self._is_open = self._has_any = True
        return piece
