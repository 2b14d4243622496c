"""The text of an answer, while the model still writes it."""

import jiter

from app.agent.model import TextDelta, ToolArgumentsDelta, ToolCallStarted

FINAL = "final_answer"
NUL = "\x00"
"""A sign that nobody sees and PostgreSQL takes in no text: it is left out."""


class AnswerWriter:
    """Gathers the text people see: plain text, and the `answer` of `final_answer` while its JSON is still being written."""

    def __init__(self) -> None:
        self.text = ""
        self.final_index: int | None = None
        self._names: dict[int, str] = {}
        self._arguments = bytearray()
        self._prefix = ""
        self._pieces = 0

    @property
    def is_first(self) -> bool:
        """Tell whether the text that came last was the first."""
        return self._pieces == 1

    def take(self, event: TextDelta | ToolCallStarted | ToolArgumentsDelta) -> str:
        """Return the new text that `event` brings, which may be none."""
        match event:
            case TextDelta(text):
                piece = text.replace(NUL, "")
            case ToolCallStarted(index, _, name):
                self._names[index] = name
                if name == FINAL and self.final_index is None:
                    self.final_index = index
                    self._prefix = f"{self.text}\n\n" if self.text else ""
                return ""
            case ToolArgumentsDelta(index, text):
                if index != self.final_index:
                    return ""
                self._arguments += text.encode()
                piece = self._answer_so_far()[len(self.text) :]
        if piece:
            self.text += piece
            self._pieces += 1
        return piece

    def _answer_so_far(self) -> str:
        try:
            arguments = jiter.from_json(bytes(self._arguments), partial_mode="trailing-strings")
        except ValueError:
            return self.text
        answer = arguments.get("answer") if isinstance(arguments, dict) else None
        return self._prefix + answer.replace(NUL, "") if isinstance(answer, str) and answer else self.text
