"""What the model told of its considerations before a step, kept with the step.

It is for people alone: no model is told it again, no search finds it, and no file or copy of an answer has it.
"""

from typing import Any

from app.agent.events import Delegated, Thinking, ThinkingEnd

LONGEST = 20_000
"""So many characters of a step are kept and shown: some models tell every word of their considerations."""
DETAIL = "thought_ms"


class Bounded:
    """Cuts a text that comes in pieces at its longest."""

    def __init__(self) -> None:
        self._length = 0

    def cut(self, piece: str) -> str:
        """Return what is taken of a piece, with a mark where the text is cut."""
        if self._length > LONGEST:
            return ""
        room = LONGEST - self._length
        self._length += len(piece)
        return piece if len(piece) <= room else f"{piece[:room]}…"


class Thought:
    """The considerations of the step at work, to be kept with it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with nothing: the step is committed, or what was thought is void."""
        self._bounded, self._pieces, self._ms = Bounded(), list[str](), 0.0

    def take(self, event: Thinking | ThinkingEnd) -> None:
        """Take an event in."""
        if isinstance(event, Thinking):
            self._pieces.append(self._bounded.cut(event.content))
        elif event.is_void:
            self.forget()
        else:
            self._ms = event.duration_ms

    def kept(self, details: dict[str, Any]) -> dict[str, Any]:
        """Return what a message with `details` has of it."""
        text = "".join(self._pieces).replace("\x00", "").strip()
        return {"reasoning": text or None, "details": {**details, **({DETAIL: self._ms} if text else {})} or None}


class Thoughts:
    """The considerations of the steps at work: the agent's own, and one of each sub-agent."""

    def __init__(self) -> None:
        self._by_task: dict[str, Thought] = {}

    def take(self, event: Thinking | ThinkingEnd) -> None:
        """Take an event in."""
        self.of(event.within).take(event)

    def of(self, within: Delegated | None) -> Thought:
        """Return what was thought before the step at work `within` a task, or before the agent's own."""
        return self._by_task.setdefault(within.call_id if within else "", Thought())
