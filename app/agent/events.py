"""What happens in a run, as a closed family of types. The runner commits steps and logs every event for its followers."""

from typing import Any

import msgspec

from app.agent.context.blocks import Share
from app.agent.model import Abandoned, ModelResponse, ToolCall, TurnedTo
from app.agent.tool import AskedQuestion, NewArtifact

ANOTHER_PROVIDER = "another_provider"
APPROVAL = "approval"


class Delegated(msgspec.Struct, frozen=True):
    """What a sub-agent does: its name, and the id of the call of `task` that it works on."""

    call_id: str
    agent: str


class Status(msgspec.Struct, frozen=True, gc=False):
    """What is going on now: `thinking`, `writing`, `another_provider`, or the name of the tools at work."""

    step: str


class Text(msgspec.Struct, frozen=True, gc=False):
    """A piece of the answer."""

    content: str


class Thinking(msgspec.Struct, frozen=True, gc=False):
    """A piece of the model's summary of its reasoning, a sub-agent's where it is `within` a task."""

    content: str
    within: Delegated | None = None


class ThinkingEnd(msgspec.Struct, frozen=True, gc=False):
    """The model turned to something else after so many milliseconds of the step.

    What it thought in the step `is_void` where its call broke off before it wrote anything: it comes again. It `is_kept`
    already where it is told once more from what was committed.
    """

    duration_ms: float
    is_void: bool = False
    within: Delegated | None = None
    is_kept: bool = False


class TextBlockEnd(msgspec.Struct, frozen=True, gc=False):
    """A text segment ended because tools follow; `seq` counts segments from 0."""

    seq: int


class Reset(msgspec.Struct, frozen=True, gc=False):
    """What was sent from text block `seq` on is void and comes again."""

    seq: int


class ToolStart(msgspec.Struct, frozen=True):
    """A call is made, by a sub-agent where it is `within` a task."""

    call: ToolCall
    within: Delegated | None = None


class ToolEnd(msgspec.Struct, frozen=True):
    """A call ended: a step to commit. `content` is the JSON text for the model, `error` an error code or None."""

    call: ToolCall
    content: str
    error: str | None
    duration_ms: float
    details: dict[str, Any] = {}
    artifacts: tuple[NewArtifact, ...] = ()
    within: Delegated | None = None


class AssistantStep(msgspec.Struct, frozen=True):
    """The model answered: a step to commit before anything else happens.

    `text` is what people see of it; `finish_reason` is the run's where `is_final`; `blocks` are only counted in debug
    mode. A step `within` a task is a sub-agent's. `ended` are the calls among `tool_calls`, the first ones, that the provider
    has made itself: they are committed with the step, and told after it.
    """

    step: int
    text: str
    tool_calls: tuple[ToolCall, ...]
    is_final: bool
    response: ModelResponse
    duration_ms: float
    finish_reason: str
    blocks: tuple[Share, ...] = ()
    within: Delegated | None = None
    ended: tuple[ToolEnd, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """The run pauses until the person answers; the other calls of the step have ended by then.

    A `call` named `APPROVAL` is none of the model's: it stands for the form that asks whether calls may be made.
    """

    call: ToolCall
    agent_name: str
    questions: tuple[AskedQuestion, ...]

    @property
    def is_approval(self) -> bool:
        """Tell whether the person is asked to allow calls."""
        return self.call.name == APPROVAL


class Finished(msgspec.Struct, frozen=True):
    """The run ended well; `reason` is `stop`, `length`, `max_iterations`, `stopped` or `content_filter`."""

    reason: str


Told = Status | Text | Thinking | ThinkingEnd | TextBlockEnd | AssistantStep | ToolStart | ToolEnd | Finished
"""What readers are told as it happens."""
LoopEvent = Told | Asked | Abandoned | TurnedTo
