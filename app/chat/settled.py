"""What became of a question of the agent, or of a call that needed to be allowed."""

import msgspec

from app.agent.tool import Argument
from app.chat.sentences import purpose


class Settled(msgspec.Struct, frozen=True):
    """A question's text with the labels or own words that answered it.

    Where the use of a `tool` with `arguments` was to be allowed, `answer` holds only what was written to a refusal.
    """

    question: str
    answer: str
    tool: str = ""
    is_allowed: bool = False
    arguments: tuple[Argument, ...] = ()

    @property
    def without_arguments(self) -> "Settled":
        """Return it for whoever may not learn what the tool was to be used with."""
        return msgspec.structs.replace(self, question=self.tool, arguments=()) if self.tool else self

    @property
    def purpose(self) -> str:
        """Return the English msgid of what the tool is for."""
        return purpose(self.tool)
