"""One turn of a conversation as the offline analyst sees it: a straight story that is told anew at every step.

The analyst's policy calls tools as if they answered at once. A call that the transcript has answered returns that answer;
one that it has not ends the telling with `Needed`, and the story begins again when the answer is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent.model import AssistantText, ModelMessage, ModelRequest, Reminder, ToolCall, ToolOutput, UserText, object_of
from app.agent.offline.wishes import wished

REFUSED = "refused"
"""The code of a call that the person did not allow."""
Call = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""


class Needed(Exception):
    """The story cannot go on before these calls are answered."""

    def __init__(self, calls: Sequence[Call]) -> None:
        super().__init__()
        self.calls = calls


class ToolFailed(Exception):
    """A tool answered with an error; `code` is that of `ToolError`, or `REFUSED`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Made(msgspec.Struct, frozen=True):
    """A call that was made and answered."""

    name: str
    arguments: dict[str, Any]
    content: dict[str, Any]


class Turn:
    """The person's present question, what was done about it, and `earlier`, the answered calls of the turns before.

    `asked` is the question as it was typed; `question` leaves out what that says of `files`.
    """

    def __init__(self, request: ModelRequest) -> None:
        self.request = request
        said = [(index, message) for index, message in enumerate(request.messages) if isinstance(message, UserText)]
        start, asked = next((index, message) for index, message in reversed(said) if not isinstance(message, Reminder))
        self.asked = asked.content
        self.question, self.files = wished(self.asked)
        self.earlier = _answered(request.messages[:start])
        self._made = _answered(request.messages[start:])
        self._tools = {tool.name for tool in request.tools}

    def has(self, tool: str) -> bool:
        """Tell whether the tool may be called."""
        return tool in self._tools

    def made(self, tool: str) -> list[Made]:
        """Return the answered calls of a tool."""
        return [made for made in self._made if made.name == tool]

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Return the answer to one call; raises `Needed` and `ToolFailed`."""
        return self.all_of([(name, arguments)])[0]

    def all_of(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """Return the answers to calls that are made side by side; raises `Needed` and `ToolFailed`."""
        answers = self.tried(calls)
        for answer in answers:
            if "error" in answer:
                raise ToolFailed(REFUSED if answer.get("refused") else str(answer["error"]))
        return answers

    def tried(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """Return the same, with `error` in the answers of those that failed; raises `Needed`."""
        answers = [self._answer(*call) for call in calls]
        if missing := [call for call, answer in zip(calls, answers, strict=True) if answer is None]:
            raise Needed(missing)
        return [answer for answer in answers if answer is not None]

    def _answer(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        return next((made.content for made in self._made if made.name == name and made.arguments == arguments), None)


def _answered(messages: Sequence[ModelMessage]) -> list[Made]:
    """Pair calls with their answers; ids begin anew with every question, so the latest call of an id is meant."""
    calls: dict[str, ToolCall] = {}
    made: list[Made] = []
    for message in messages:
        if isinstance(message, AssistantText):
            calls |= {call.id: call for call in message.tool_calls}
        elif isinstance(message, ToolOutput) and message.call_id in calls:
            call = calls[message.call_id]
            made.append(Made(call.name, object_of(call.arguments), object_of(message.content)))
    return made
