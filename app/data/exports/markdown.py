"""Pieces of Markdown (CommonMark with GitHub's tables) in which no text becomes markup that was none."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
START = re.compile(r"^(\d*)([-+=.)])")
TICKS = re.compile(r"`+")
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
TAG = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|<(?=[a-zA-Z/!?])(?!https?://|mailto:)", re.DOTALL)


def plain(text: str) -> str:
    """Return a text on one line as which it is shown, whatever it holds."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Return what somebody typed as a quotation that keeps its lines."""
    return "\n".join(f"> {_line(line)}".rstrip() for line in text.strip().splitlines())


def _line(line: str) -> str:
    """Return a line that begins nothing and breaks at its end."""
    text = START.sub(r"\1\\\2", plain(line))
    return f"{text}  " if text else ""


def fenced(code: str, language: str = "") -> str:
    """Return a block of code in a fence longer than any inside."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in TICKS.findall(code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def closed(markdown: str) -> str:
    """Return Markdown that ends every fence it begins and holds no HTML, so that nothing after it is drawn in."""
    parts: list[str] = []
    text: list[str] = []
    fence = ""
    for line in markdown.strip().splitlines():
        found = FENCE.match(line)
        if fence:
            parts.append(line)
            if found and found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        elif found:
            parts += [_without_html(text), line]
            text, fence = [], found[1]
        else:
            text.append(line)
    parts += [fence] if fence else [_without_html(text)]
    return "\n".join(part for part in parts if part).strip()


def _without_html(lines: Sequence[str]) -> str:
    return TAG.sub(lambda found: found[0] if found[1] else "\\<", "\n".join(lines))


def table(written: Mapping[str, Any]) -> str:
    """Return a table of written cells, figures to the right."""
    rule = ["---:" if is_figure else "---" for is_figure in written["figures"]]
    rows = [[plain(head) for head in written["heads"]], rule, *([plain(cell) for cell in row] for row in written["rows"])]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
