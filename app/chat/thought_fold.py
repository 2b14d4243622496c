"""What models told of their considerations, drawn among the steps of a run."""

from collections.abc import Callable

from app.agent.events import Delegated, ThinkingEnd
from app.chat.markdown_blocks import MarkdownBlocks
from app.chat.thoughts import Bounded
from app.chat.view import RunView, StepView

THOUGHT = "thought"
WORTH = 20
"""A block that grows is drawn again when a twentieth of it is new: a long one costs no more than so many times its length."""


Owner = RunView | StepView
OWN = ""
"""Stands for the considerations of the agent itself, where others have the id of the call that gave the task."""


class Growing:
    """What is considered before a step: its own `step` is among those of `owner` as soon as there is more than blanks.

    It is the agent's `at_work` until the step that it leads to is committed, even while the model writes: it may go on to think.
    """

    def __init__(self, owner: Owner) -> None:
        """Be below a task, or among the steps of the run."""
        name = f"{THOUGHT}-{1 + sum(step.tool == THOUGHT for step in owner.steps)}"
        within = owner.key if isinstance(owner, StepView) else ""
        self.step = StepView(key=f"{within}-{name}" if within else name, tool=THOUGHT, within=within)
        self.at_work, self.is_drawn = True, False
        self._owner, self._is_there = owner, False
        self._bounded, self._markdown, self._drawn = Bounded(), MarkdownBlocks(), 0

    def take(self, content: str) -> None:
        """Take a piece in."""
        self._markdown.feed(self._bounded.cut(content))
        if not self._is_there and self._markdown.text.strip():
            self._is_there = True
            self._owner.steps.append(self.step)

    def end(self, duration_ms: float) -> StepView | None:
        """Note that the model turned to something else; returns the step, None where there is none."""
        self.step.state, self.step.duration_ms = "ok", duration_ms
        return self.step if self._is_there else None

    @property
    def is_ahead(self) -> bool:
        """Tell whether something has come that is not drawn."""
        return self._is_there and len(self._markdown.text) > self._drawn

    @property
    def has_grown(self) -> bool:
        """Tell whether so much has come that it is worth drawing."""
        return self.is_ahead and (len(self._markdown.text) - self._drawn) * WORTH >= len(self.step.open_block)

    def draw(self) -> list[str]:
        """Return the blocks finished since the last call and add them to the step; redraws its open one."""
        self.is_drawn, self._drawn = True, len(self._markdown.text)
        finished = self._markdown.take_finished()
        self.step.blocks += finished
        self.step.open_block = self._markdown.open_block
        return finished

    def remove(self) -> None:
        """Take the step away."""
        self._owner.steps = [step for step in self._owner.steps if step is not self.step]


class ThoughtFold:
    """Follows the considerations in a run's events: the agent's own, and those of each that works on a task.

    `owner_of` returns below what they stand. Without `is_told` there are none.
    """

    def __init__(self, owner_of: Callable[[Delegated | None], Owner], *, is_told: bool = True) -> None:
        self._owner_of = owner_of
        self._is_told = is_told
        self._growing: dict[str, Growing] = {}
        self._gone: list[str] = []

    def take(self, content: str, within: Delegated | None) -> None:
        """Take a piece in."""
        if not self._is_told:
            return
        growing = self._growing.get(_task_of(within))
        if growing is None or not growing.at_work:
            if growing:
                growing.draw()
            growing = self._growing[_task_of(within)] = Growing(self._owner_of(within))
        growing.take(content)

    def end(self, event: ThinkingEnd) -> StepView | None:
        """Note that a model turned to something else; returns what is shown of its considerations, if anything."""
        growing = self._at_work(_task_of(event.within))
        if event.is_void:
            self.drop(_task_of(event.within))
        elif growing:
            growing.at_work = not event.is_kept
            return growing.end(event.duration_ms)
        return None

    def kept(self, within: Delegated | None) -> None:
        """Note that the step is committed: what comes belongs to the next one."""
        if growing := self._at_work(_task_of(within)):
            growing.at_work = False

    def drop(self, task_call_id: str) -> None:
        """Take away what has led to no step."""
        if growing := self._at_work(task_call_id):
            del self._growing[task_call_id]
            growing.remove()
            self._gone += [growing.step.key] if growing.is_drawn else []

    def drop_all(self, *, but_own: bool = False) -> None:
        """Take away all that has led to no step, `but_own` for that of the agent itself."""
        for task_call_id in list(self._growing):
            if not (but_own and task_call_id == OWN):
                self.drop(task_call_id)

    def draw_all(self) -> list[tuple[StepView, bool, list[str]]]:
        """Draw what is not drawn: each step, whether it is new, and its blocks finished since the last call."""
        ahead = [growing for growing in self._growing.values() if growing.is_ahead]
        return [(growing.step, not growing.is_drawn, growing.draw()) for growing in ahead]

    def is_drawn(self, step: StepView) -> bool:
        """Tell whether a step is on the page."""
        return any(growing.step is step and growing.is_drawn for growing in self._growing.values())

    @property
    def has_grown(self) -> bool:
        """Tell whether so much has come of any that it is worth drawing."""
        return any(growing.has_grown for growing in self._growing.values())

    def take_gone(self) -> list[str]:
        """Return the keys of the steps that were taken away since the last call."""
        gone, self._gone = self._gone, []
        return gone

    def _at_work(self, task_call_id: str) -> Growing | None:
        growing = self._growing.get(task_call_id)
        return growing if growing and growing.at_work else None


def _task_of(within: Delegated | None) -> str:
    return within.call_id if within else OWN
