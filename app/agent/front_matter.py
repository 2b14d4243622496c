"""Markdown files that begin with facts about themselves: YAML between two lines of `---`."""

import re
from typing import Any, TypeVar

import msgspec
import yaml

Facts = TypeVar("Facts", bound=msgspec.Struct)
PARTS = re.compile(r"---[ \t]*\n(?P<facts>.*?\n)---[ \t]*(?:\n(?P<body>.*))?\Z", re.DOTALL)
NAMED = re.compile(r"field `(?P<field>[^`]+)`|at `\$\.(?P<path>[^`.\[]+)")
AFTER_FENCE = 2
"""The line of the file that the first line of the facts is."""


class FrontMatterError(Exception):
    """A file does not say of itself what it must; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def read(text: str, kind: type[Facts]) -> tuple[Facts, str]:
    """Return the facts and the text after them; raises `FrontMatterError`."""
    parts = PARTS.match(text)
    if parts is None:
        raise FrontMatterError(1, "the file does not begin with its name and description between two lines of ---")
    try:
        root = yaml.compose(parts["facts"], Loader=yaml.SafeLoader)
        facts = yaml.safe_load(parts["facts"])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + AFTER_FENCE if error.problem_mark else 1
        raise FrontMatterError(line, f"not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FrontMatterError(1, f"not valid YAML: {' '.join(str(error).split())[:200]}") from error
    try:
        return msgspec.convert({} if facts is None else facts, kind), (parts["body"] or "").strip()
    except msgspec.ValidationError as error:
        raise FrontMatterError(_line(root, str(error)), str(error)) from error


def _line(root: Any, message: str) -> int:
    """Return the line of the fact that a message is about, 1 where it is missing."""
    named = NAMED.search(message)
    keys = [key for key, _ in root.value] if named and isinstance(root, yaml.MappingNode) else []
    wanted = (named["path"] or named["field"]) if named else ""
    return next((key.start_mark.line + AFTER_FENCE for key in keys if key.value == wanted), 1)
