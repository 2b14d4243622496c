"""What is sent of a conversation that is longer than the model's window: the rules of what goes first, and what never does.

Nothing is asked of a model and nothing is written: the same conversation is always compiled to the same context. So nobody waits,
a process that dies in the middle loses nothing, and the provider finds in its cache what it was sent before. The amount to
free grows in large steps for the same reason: between two of them the beginning stays the same while a conversation goes on.
"""

import time
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from app.agent import tokens
from app.agent.context.blocks import MESSAGE, Block, Kind, block_of, blocks_of
from app.agent.context.shortening import shortened, summary
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolOutput, UserText

Strategy = Literal["compact", "truncate", "error"]
STEPS = 8
"""In so many steps of the budget room is made."""
READ_AGAIN = (Kind.SCHEMA, Kind.KNOWLEDGE)


class Window(msgspec.Struct, frozen=True):
    """How many tokens may be sent, what is done about more, and the `model` that answers where a request names none."""

    budget: int = 192_000
    strategy: Strategy = "compact"
    model: str = ""


class Compiled(msgspec.Struct, frozen=True):
    """A request that fits, unless `is_over`: then what may never be left out is too long already.

    `before` are the blocks that there were, with `tokens_before`; `shortened` counts outputs of tools, `summarised` turns in
    a summary, `dropped` turns and steps left out.
    """

    request: ModelRequest
    blocks: tuple[Block, ...]
    before: tuple[Block, ...]
    tokens: int
    tokens_before: int
    window: Window
    is_estimated: bool
    ms: float
    shortened: int = 0
    summarised: int = 0
    dropped: int = 0

    @property
    def is_over(self) -> bool:
        """Tell whether it is too long in spite of everything."""
        return self.tokens > self.window.budget

    @property
    def has_long_question(self) -> bool:
        """Tell whether the question is too long by itself, with the instructions and the definitions of tools."""
        asked = [block for block in self.blocks if block.kind is Kind.TURN and isinstance(block.message, UserText)][:1]
        around = [block for block in self.blocks if block.message is None]
        model = self.request.model or self.window.model
        return sum(block.count(model) for block in (*around, *asked)) > self.window.budget

    @property
    def pinned(self) -> list[Block]:
        """Return what always stays as it is: instructions, definitions of tools, and what the person asked."""
        return [
            block for block in self.blocks
            if block.message is None or (block.kind is Kind.TURN and isinstance(block.message, UserText))
        ]  # fmt: skip

    @property
    def is_changed(self) -> bool:
        """Tell whether anything was shortened or left out."""
        return bool(self.shortened or self.summarised or self.dropped)


def fits_surely(blocks: Sequence[Block], budget: int) -> bool:
    """Tell whether it is plain without counting that `blocks` fit."""
    return sum(block.bound for block in blocks) <= budget


def compiled(request: ModelRequest, question_at: int, window: Window) -> Compiled:
    """Return `request`, made to fit the window; its question, at `question_at`, and its instructions stay as they are.

    Near the edge tokens are counted, which blocks; where `fits_surely` they are estimated.
    """
    started, model = time.perf_counter(), request.model or window.model
    blocks = blocks_of(request, question_at)
    if fits_surely(blocks, window.budget):
        size = sum(block.estimate for block in blocks)
        return Compiled(request, blocks, blocks, size, size, window, is_estimated=True, ms=_ms(started))
    before = sum(block.count(model) for block in blocks)
    draft = _Draft(request, question_at, before, lambda block: block.count(model))
    if before > window.budget:
        draft.make_room(window)
    made = draft.request()
    return Compiled(
        made, blocks_of(made, draft.question_at), blocks, draft.total, before, window, not tokens.is_exact(model), _ms(started),
        draft.shortened, draft.summarised, draft.dropped,
    )  # fmt: skip


def _ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


class _Draft:
    """The messages while room is made among them. A call is never parted from its outputs: they go or stay together."""

    def __init__(self, request: ModelRequest, question_at: int, total: int, size: Callable[[Block], int]) -> None:
        self._request = request
        self._messages = list(request.messages)
        self._size = size
        self.question_at = question_at
        self.total = total
        self.summarised = self.dropped = 0
        self._cut: set[str] = set()

    @property
    def shortened(self) -> int:
        return len(self._cut)

    def request(self) -> ModelRequest:
        if not (self.shortened or self.summarised or self.dropped):
            return self._request
        return msgspec.structs.replace(self._request, messages=self._messages)

    def make_room(self, window: Window) -> None:
        """Go through what the strategy allows, in order, until it fits."""
        step = max(window.budget // STEPS, 1)
        compacting = (self._shorten_older, self._shorten_read, self._summarise, self._cut_newest, self._drop_steps, self._drop)
        truncating = (self._drop, self._shorten_older, self._shorten_read, self._cut_newest, self._drop_steps)
        for measure in {"compact": compacting, "truncate": truncating, "error": ()}[window.strategy]:
            over = self.total - window.budget
            if over <= 0:
                return
            measure(-(-over // step) * step, step)

    def _shorten_older(self, need: int, _step: int) -> None:
        self._shorten(need, lambda block: block.kind not in READ_AGAIN)

    def _shorten_read(self, need: int, _step: int) -> None:
        self._shorten(need, lambda block: block.kind in READ_AGAIN)

    def _shorten(self, need: int, is_meant: Callable[[Block], bool]) -> None:
        """Shorten outputs before the newest step's, the oldest first, until `need` tokens are free."""
        goal, newest = self.total - need, self._newest_step()
        for at, message in enumerate(self._messages[:newest]):
            if self.total <= goal:
                return
            if isinstance(message, ToolOutput) and is_meant(self._block(at)):
                self._put(at, shortened(message))

    def _summarise(self, need: int, step: int) -> None:
        """Put the oldest turns into one summary, which takes a step at most itself."""
        turns, goal = self._turns(), self.total - need - step
        gone = self._take_out(turns, goal)
        for bytes_a_token in (3, 2, 1) if gone else ():
            told = summary(turns[:gone], step * bytes_a_token - MESSAGE)
            if told and (size := self._size(block_of(told, is_turn=False))) <= step:
                self._messages.insert(0, told)
                self.question_at += 1
                self.total += size
                self.summarised += gone
                return
        self.dropped += gone

    def _drop(self, need: int, _step: int) -> None:
        """Leave the oldest turns out."""
        self.dropped += self._take_out(self._turns(), self.total - need)

    def _take_out(self, turns: Sequence[Sequence[ModelMessage]], goal: int) -> int:
        """Take the oldest of `turns`, which the messages begin with, out until the goal is met; return how many went."""
        gone = 0
        for turn in turns:
            if self.total <= goal:
                break
            self.total -= sum(self._size(block_of(message, is_turn=False)) for message in turn)
            del self._messages[: len(turn)]
            self.question_at -= len(turn)
            gone += 1
        return gone

    def _cut_newest(self, need: int, _step: int) -> None:
        """Cut what the newest step brought to equal parts of the room that there is without it."""
        newest = [at for at in range(self._newest_step(), len(self._messages)) if isinstance(self._messages[at], ToolOutput)]
        goal = self.total - need
        room = goal - (self.total - sum(self._size(self._block(at)) for at in newest))
        for at in newest:
            message = self._messages[at]
            assert isinstance(message, ToolOutput)
            most = max(room // len(newest), 0)
            beginning = min(len(message.content), most * 4)
            while self._size(self._block(at)) > most:
                self._put(at, shortened(message, beginning))
                if not beginning:
                    break
                beginning //= 2

    def _drop_steps(self, need: int, _step: int) -> None:
        """Leave the oldest steps since the question out, each with the outputs of its calls."""
        goal = self.total - need
        at = self.question_at + 1
        while self.total > goal and at < len(self._messages):
            end = at + 1
            while end < len(self._messages) and isinstance(self._messages[end], ToolOutput):
                end += 1
            if isinstance(self._messages[at], UserText):
                at = end
                continue
            self.total -= sum(self._size(self._block(each)) for each in range(at, end))
            del self._messages[at:end]
            self.dropped += 1

    def _turns(self) -> list[list[ModelMessage]]:
        """Return what was said before the question, each turn from its question on."""
        turns: list[list[ModelMessage]] = []
        for message in self._messages[: self.question_at]:
            if isinstance(message, UserText) or not turns:
                turns.append([])
            turns[-1].append(message)
        return turns

    def _newest_step(self) -> int:
        """Return where the last step with calls since the question begins, the end of the messages where there is none."""
        own = range(len(self._messages) - 1, self.question_at, -1)
        return next((at for at in own if isinstance(self._messages[at], AssistantText)), len(self._messages))

    def _block(self, at: int) -> Block:
        return block_of(self._messages[at], is_turn=at >= self.question_at)

    def _put(self, at: int, message: ToolOutput) -> None:
        if self._messages[at] == message:
            return
        self._cut.add(message.call_id)
        self.total -= self._size(self._block(at))
        self._messages[at] = message
        self.total += self._size(self._block(at))
