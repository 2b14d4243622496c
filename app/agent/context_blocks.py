"""What a call of the model is made of, block by block, with an estimate of the tokens of each.

Providers tell the sum only. A token of the usual encodings is about four bytes of UTF-8 text, in Cyrillic and Uzbek too.
"""

from collections.abc import Sequence

import msgspec

from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolOutput

BYTES_A_TOKEN = 4


class Block(msgspec.Struct, frozen=True):
    """A part of the context, its `tokens` estimated.

    It is `system`, `tools` (their definitions), `history`, `turn` (the question and the steps so far) or `tool_output`.
    """

    name: str
    tokens: int


def blocks_of(request: ModelRequest, history: Sequence[ModelMessage]) -> tuple[Block, ...]:
    """Return the blocks of a request whose messages begin with `history`, which ends with the question; no empty ones."""
    earlier, turn = history[:-1], [*history[-1:], *request.messages[len(history) :]]
    outputs = [message for message in turn if isinstance(message, ToolOutput)]
    sizes = {
        "system": len(request.system.encode()),
        "tools": len(msgspec.json.encode(request.tools)),
        "history": sum(map(_bytes, earlier)),
        "turn": sum(_bytes(message) for message in turn if not isinstance(message, ToolOutput)),
        "tool_output": sum(map(_bytes, outputs)),
    }
    return tuple(Block(name, -(-size // BYTES_A_TOKEN)) for name, size in sizes.items() if size)


def _bytes(message: ModelMessage) -> int:
    calls = message.tool_calls if isinstance(message, AssistantText) else ()
    return len(message.content.encode()) + sum(len(call.name) + len(call.arguments.encode()) for call in calls)
