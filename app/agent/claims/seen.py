"""What the model has seen when it answers, read from its messages: results by their ids, and what else was said to it."""

import itertools
import re
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.agent import hosted
from app.agent.claims.evidence import numbers_in
from app.agent.model import ModelMessage, ToolOutput, UserText
from app.agent.tools.task import TASK

EXECUTE = "sql_execute"
SEARCHES = {"search_validated_queries", "kb_search", "search_learnings", "save_validated_query", "save_learning"}
"""Tools whose numbers are scores and counts of what they found; what is written in it may be told."""
ADVICE = frozenset({"load_skill", hosted.WEB_SEARCH})
"""Tools that say how work is done, and the web: no number of theirs is a figure of the business."""
SQL = "sql"
"""Where statements stand: what one compares with is no figure of the business."""
LONGEST = 2_000
"""Longer texts are not searched for numbers."""
PRINTED = re.compile(r"(?<![\w.,])-?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?!\w)")
MOST_PRINTED = 20_000
"""How programs write numbers, and how many of them are looked at."""


class Seen(msgspec.Struct, frozen=True):
    """The ids of results, the texts, and the numbers that other tools than those of queries gave, programs among them."""

    results: tuple[uuid.UUID, ...]
    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]


def seen(messages: Sequence[ModelMessage]) -> Seen:
    """Return what stands in messages of people and tools; what the model said itself proves nothing."""
    results: dict[uuid.UUID, None] = {}
    texts: list[str] = []
    numbers: list[Decimal] = []
    for message in messages:
        if isinstance(message, UserText):
            texts.append(message.content)
        elif isinstance(message, ToolOutput):
            content = _content(message)
            if message.name == EXECUTE and (result_id := _id(content)):
                results[result_id] = None
            elif message.name == TASK:
                results |= dict.fromkeys(_stored(content))
            elif message.name == hosted.CODE and "error" not in content:
                lines = list(_of_program(content))
                texts += lines
                numbers += itertools.islice(_written(lines), MOST_PRINTED)
            elif "error" not in content and message.name not in ADVICE:
                texts += (text for text in _texts(content) if len(text) <= LONGEST)
                numbers += numbers_in(content) if message.name not in SEARCHES else ()
    return Seen(tuple(results), tuple(texts), tuple(numbers))


def _of_program(content: dict[str, Any]) -> Iterator[str]:
    """Yield what a program printed and the rows that it wrote, line by line."""
    printed, files = content.get("printed"), content.get("files")
    yield from (line for line in (printed if isinstance(printed, str) else "").splitlines() if len(line) <= LONGEST)
    for file in files if isinstance(files, list) else ():
        rows = file.get("rows", ()) if isinstance(file, dict) else ()
        yield from (" ".join(map(str, row)) for row in rows if isinstance(row, list))


def _written(lines: Sequence[str]) -> Iterator[Decimal]:
    return (Decimal(found[0].replace(",", "")) for line in lines for found in PRINTED.finditer(line))


def _content(message: ToolOutput) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(message.content or "{}")
    except msgspec.DecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _stored(content: dict[str, Any]) -> list[uuid.UUID]:
    """Return the results that an agent stored for a task; what it wrote of them proves nothing."""
    told = content.get("results")
    found = [_id(each) for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return [each for each in found if each]


def _id(content: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(content.get("result_id")))
    except ValueError:
        return None


def _texts(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield content
        case dict():
            for name, value in content.items():
                yield from _texts(value) if name != SQL else ()
        case list():
            for value in content:
                yield from _texts(value)
