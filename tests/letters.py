"""A tool that changes something outside, as an embedding company would add it: it asks before it is used."""

from typing import Any

import msgspec

from app.agent.tool import Tool, ToolContext, ToolOutcome

LETTER = {"to": "ann@b.test", "text": "Sales are <b>down</b>"}


class Letter(msgspec.Struct):
    to: str
    text: str = ""
    copies: list[str] = []


class Post:
    """The tool, and whom it has written to."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.tool = Tool("send_letter", "Sends a letter.", Letter, self._send, is_sensitive=True)

    async def _send(self, _context: ToolContext, letter: Letter) -> ToolOutcome:
        self.sent.append(letter.to)
        return ToolOutcome({"sent": letter.to}, {"facts": [letter.to]})


def letter(**changed: Any) -> dict[str, Any]:
    """Return the call as a part of a script."""
    return {"call": {"name": "send_letter", "arguments": {**LETTER, **changed}}}
