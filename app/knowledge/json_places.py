"""Find the line on which a part of a JSON text begins, so that a mistake can be told with its place."""

import json
import re
from typing import Any

STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()


def line_of(text: str, path: str) -> int:
    """Return the line of `path` such as `$.columns[2].name`, or of its nearest part that there is; the text is valid JSON."""
    at = _skip(text, 0)
    for name, index in STEP.findall(path):
        found = _member(text, at, name) if name else _item(text, at, int(index))
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    assert match is not None
    return match.end()


def _value(text: str, at: int) -> tuple[Any, int]:
    value, end = DECODER.raw_decode(text, at)
    return value, _skip(text, end)


def _member(text: str, at: int, name: str) -> int | None:
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _value(text, at)
        begin = _skip(text, at + 1)
        if key == name:
            return begin
        _, at = _value(text, begin)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    return None


def _item(text: str, at: int, index: int) -> int | None:
    if text[at : at + 1] != "[":
        return None
    at = _skip(text, at + 1)
    while text[at : at + 1] not in {"]", ""}:
        if not index:
            return at
        _, at = _value(text, at)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
        index -= 1
    return None
