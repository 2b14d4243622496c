"""Outputs and turns in fewer words: always the same words for the same content, so that what is shortened stays cached too."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.agent.model import AssistantText, ModelMessage, ToolOutput, UserText

SUMMARISED = "(A summary of what was said before:)\n"
NOTE = "Shortened to save room. Call the tool again if the rest is needed."
BEGINNING, LONGEST_VALUE, MOST_VALUES = 200, 100, 12
"""Characters of an output that stay, and which of its plain values do: those that short, and no more of them."""
QUESTION, ANSWER, SHORTEST = 300, 600, 40
"""Characters of a question and of an answer that a summary keeps: fewer the more turns there are, but no fewer than that."""


def shortened(output: ToolOutput, beginning: int = BEGINNING) -> ToolOutput:
    """Return an output cut to its plain values, such as a result's id, and its beginning; as it is where that saves nothing."""
    kept: dict[str, Any] = {**_plain_values(output.content), "shortened": NOTE, "begins": output.content[:beginning]}
    content = msgspec.json.encode(kept).decode()
    return ToolOutput(output.call_id, output.name, content) if len(content) < len(output.content) else output


def _plain_values(content: str) -> dict[str, Any]:
    """Return the short plain values of a JSON object, less what an earlier shortening wrote."""
    try:
        values = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return {}
    if not isinstance(values, dict):
        return {}
    plain = {name: value for name, value in values.items() if value is None or isinstance(value, str | int | float)}
    short = [(name, value) for name, value in plain.items() if len(name) + len(str(value)) <= LONGEST_VALUE]
    return dict(short[:MOST_VALUES])


def summary(turns: Sequence[Sequence[ModelMessage]], most: int) -> UserText | None:
    """Return what was asked and answered in `turns`, in at most `most` bytes; the oldest is left out first.

    Summaries among them, which stand for still earlier turns, keep up to half. None where there is no room for anything.
    """
    room = most - len(SUMMARISED.encode())
    earlier = "\n".join(text.removeprefix(SUMMARISED) for turn in turns if (text := turn[0].content).startswith(SUMMARISED))
    head = _within(earlier, room // 2)
    room -= len(head.encode("utf-8", "replace"))
    told_of = [turn for turn in turns if not turn[0].content.startswith(SUMMARISED)]
    share = room // max(len(told_of), 1)
    lines: list[str] = []
    for turn in reversed(told_of):
        line = "\n" + _line(turn, share)
        room -= len(line.encode("utf-8", "replace"))
        if room < 0:
            break
        lines.append(line)
    told = (head + "".join(reversed(lines))).strip()
    return UserText(SUMMARISED + told) if told else None


def _line(turn: Sequence[ModelMessage], share: int) -> str:
    """Return a turn in about `share` bytes."""
    answers = [message.content for message in turn if isinstance(message, AssistantText) and message.content]
    answer = f"\n  Answered: {_clipped(answers[-1], min(ANSWER, share // 3))}" if answers else ""
    return f"- Asked: {_clipped(turn[0].content, min(QUESTION, share // 6))}{answer}"


def _clipped(text: str, most: int) -> str:
    flat, most = " ".join(text.split()), max(most, SHORTEST)
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _within(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[: max(most, 0)].decode("utf-8", "ignore")
