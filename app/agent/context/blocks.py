"""What a call of the model is made of, block by block: each known by what is in it, with its tokens.

A block's hash is that of its content alone, so a turn that becomes history keeps it, and two calls that begin with the same
hashes begin with the same text: that is what providers keep in their caches.
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from app.agent import tokens
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolOutput, ToolSpec

MESSAGE, CALL = 8, 12
"""Tokens that providers put around a message and around a call; on the safe side."""
MOST_KEPT = 50_000
SCHEMA = frozenset({"schema_list", "schema_describe"})
KNOWLEDGE = frozenset({"kb_search", "search_validated_queries", "search_learnings", "load_skill"})
_counted: dict[tuple[str, str], int] = {}


class Kind(StrEnum):
    """What a block is: `TURN` is the question and what the model wrote for it, `HISTORY` what was said before."""

    SYSTEM = "system"
    TOOLS = "tools"
    HISTORY = "history"
    TURN = "turn"
    SCHEMA = "schema"
    KNOWLEDGE = "knowledge"
    TOOL_OUTPUT = "tool_output"


class Block(msgspec.Struct, frozen=True):
    """A part of the context: the instructions, the definitions of the tools, or one message."""

    kind: Kind
    hash: str
    text: str
    message: ModelMessage | None = None

    @property
    def around(self) -> int:
        """Return the tokens that the provider adds for its form."""
        return MESSAGE + CALL * len(calls) if (calls := getattr(self.message, "tool_calls", ())) else MESSAGE

    @property
    def bound(self) -> int:
        """Return a number of tokens that it certainly does not exceed: no token is shorter than a byte."""
        return len(self.text.encode("utf-8", "replace")) + self.around

    @property
    def estimate(self) -> int:
        """Return about how many tokens it has, in no time."""
        return tokens.estimate(self.text) + self.around

    def count(self, model: str) -> int:
        """Return how many tokens it has for `model`; slow the first time, so not for the event loop."""
        key = self.hash, model
        if key not in _counted:
            if len(_counted) > MOST_KEPT:
                _counted.clear()
            _counted[key] = tokens.count(self.text, model)
        return _counted[key] + self.around


class Share(msgspec.Struct, frozen=True):
    """All blocks of a kind in one call; `is_estimated` tells that its tokens were not counted as the model counts them.

    `hash` is that of their hashes in order, `shortened` how many of them were cut or summarised to fit.
    """

    name: str
    tokens: int
    is_estimated: bool = True
    hash: str = ""
    count: int = 1
    shortened: int = 0


def blocks_of(request: ModelRequest, question_at: int) -> tuple[Block, ...]:
    """Return what `request` is made of in the order in which it is sent: what changes least comes first.

    `question_at` is where the question is among the messages.
    """
    fixed = [Block(Kind.SYSTEM, digest("system", request.system), request.system)]
    if request.tools:
        definitions = definitions_of(request.tools)
        fixed.append(Block(Kind.TOOLS, digest("tools", definitions), definitions))
    return (*fixed, *(block_of(message, is_turn=at >= question_at) for at, message in enumerate(request.messages)))


def block_of(message: ModelMessage, *, is_turn: bool) -> Block:
    """Return the block of a message."""
    parts = [message.content]
    if isinstance(message, AssistantText):
        parts += [part for call in message.tool_calls for part in (call.id, call.name, call.arguments)]
    elif isinstance(message, ToolOutput):
        parts += [message.call_id]
    return Block(_kind(message, is_turn=is_turn), digest(type(message).__name__, *parts), "\n".join(parts), message)


def definitions_of(specs: Sequence[ToolSpec]) -> str:
    """Return the definitions of tools as text."""
    return msgspec.json.encode(specs).decode()


def digest(*parts: str) -> str:
    """Return the hash of texts in order."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        found.update(len(encoded).to_bytes(8, "big") + encoded)
    return found.hexdigest()


def shares(blocks: Sequence[Block], before: Iterable[Block], model: str) -> tuple[Share, ...]:
    """Return what each kind takes of a call; `before` is what there was before it was made to fit.

    Counting blocks, so this is not for the event loop.
    """
    is_estimated, whole = not tokens.is_exact(model), {block.hash for block in before}
    found = []
    for kind in Kind:
        alike = [block for block in blocks if block.kind is kind]
        if alike:
            size = sum(block.count(model) for block in alike)
            changed = sum(block.hash not in whole for block in alike)
            found.append(Share(kind, size, is_estimated, digest(*(block.hash for block in alike)), len(alike), changed))
    return tuple(found)


def _kind(message: ModelMessage, *, is_turn: bool) -> Kind:
    if not isinstance(message, ToolOutput):
        return Kind.TURN if is_turn else Kind.HISTORY
    if message.name in SCHEMA:
        return Kind.SCHEMA
    return Kind.KNOWLEDGE if message.name in KNOWLEDGE else Kind.TOOL_OUTPUT
