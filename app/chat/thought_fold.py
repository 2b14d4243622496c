"""What the model told of its considerations, drawn among the steps of a run."""

from app.agent.events import ThinkingEnd
from app.chat.markdown_blocks import MarkdownBlocks
from app.chat.thoughts import Bounded
from app.chat.view import RunView, StepView

THOUGHT = "thought"
WORTH = 20
"""A block that grows is drawn again when a twentieth of it is new: a long one costs no more than so many times its length."""


class ThoughtFold:
    """Follows the considerations in a run's events and keeps a step of `view` for each step of the agent that has any.

    One is `at_work` until its step is committed, even while the model writes: it may go on to think. Without `is_told` there
    are none.
    """

    def __init__(self, view: RunView, *, is_told: bool = True) -> None:
        self._view = view
        self._is_told = is_told
        self._count = 0
        self._gone: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self.at_work: StepView | None = None
        self._bounded, self._markdown, self._drawn = Bounded(), MarkdownBlocks(), 0

    def take(self, content: str) -> None:
        """Take a piece in; blank ones alone make no step."""
        if not self._is_told:
            return
        self._markdown.feed(self._bounded.cut(content))
        if self.at_work is None and self._markdown.text.strip():
            self._count += 1
            self.at_work = StepView(key=f"{THOUGHT}-{self._count}", tool=THOUGHT)
            self._view.steps.append(self.at_work)

    def end(self, event: ThinkingEnd) -> StepView | None:
        """Note that the model turned to something else; returns its step, None where there is none to be shown."""
        if event.is_void:
            self.drop()
        elif self.at_work:
            self.at_work.state, self.at_work.duration_ms = "ok", event.duration_ms
        return self.at_work

    @property
    def has_grown(self) -> bool:
        """Tell whether so much has come that it is worth drawing."""
        new = len(self._markdown.text) - self._drawn
        return self.at_work is not None and new > 0 and new * WORTH >= len(self.at_work.open_block)

    def draw(self) -> list[str]:
        """Return the blocks finished since the last call and add them to the step; redraws its open one."""
        if self.at_work is None:
            return []
        self._drawn = len(self._markdown.text)
        finished = self._markdown.take_finished()
        self.at_work.blocks += finished
        self.at_work.open_block = self._markdown.open_block
        return finished

    def committed(self) -> None:
        """Note that the step is committed: what comes belongs to the next one."""
        self.draw()
        self._begin()

    def drop(self) -> None:
        """Take the step at work away."""
        if self.at_work:
            self._remove([self.at_work])
            self._count -= 1
        self._begin()

    def take_gone(self) -> list[str]:
        """Return the keys of the steps that were taken away since the last call."""
        gone, self._gone = self._gone, []
        return gone

    def _remove(self, steps: list[StepView]) -> None:
        keys = [step.key for step in steps]
        self._gone += keys
        self._view.steps = [step for step in self._view.steps if step.tool != THOUGHT or step.key not in keys]
