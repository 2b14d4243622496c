"""What a call of the model is made of, block by block, with the tokens of each.

Providers tell the sum only, with what they put between the blocks; that is in none of them.
"""

from collections.abc import Sequence

import msgspec

from app.agent import tokens
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolOutput


class Block(msgspec.Struct, frozen=True):
    """A part of the context; `is_estimated` tells that its tokens were not counted as the model counts them.

    It is `system`, `tools` (their definitions), `history`, `turn` (the question and the steps so far) or `tool_output`.
    """

    name: str
    tokens: int
    is_estimated: bool = True


def blocks_of(request: ModelRequest, history: Sequence[ModelMessage], model: str) -> tuple[Block, ...]:
    """Return the blocks of a request to `model` whose messages begin with `history`, which ends with the question; no empty ones.

    Counting blocks, so this is not for the event loop.
    """
    earlier, turn = history[:-1], [*history[-1:], *request.messages[len(history) :]]
    texts = {
        "system": [request.system],
        "tools": [msgspec.json.encode(request.tools).decode()] if request.tools else [],
        "history": [text for message in earlier for text in _texts(message)],
        "turn": [text for message in turn if not isinstance(message, ToolOutput) for text in _texts(message)],
        "tool_output": [text for message in turn if isinstance(message, ToolOutput) for text in _texts(message)],
    }
    sizes = {name: sum(tokens.count(text, model) for text in parts) for name, parts in texts.items()}
    is_estimated = not tokens.is_exact(model)
    return tuple(Block(name, size, is_estimated) for name, size in sizes.items() if size)


def _texts(message: ModelMessage) -> list[str]:
    calls = message.tool_calls if isinstance(message, AssistantText) else ()
    return [message.content, *(text for call in calls for text in (call.name, call.arguments))]
