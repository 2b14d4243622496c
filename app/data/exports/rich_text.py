"""Markdown as data for the document: blocks of plain strings with marks, so that nothing is markup twice."""

from typing import Any

import pyromark

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
Block = dict[str, Any]
MARKS = {"Strong": "bold", "Emphasis": "italic"}


def blocks(markdown: str) -> list[Block]:
    """Return the blocks of a text, in order; what is nested deeper than a list becomes part of its item."""
    reader = _Reader()
    for event in pyromark.events(markdown, options=OPTIONS):
        reader.take(event)
    return [block for block in reader.blocks if block.get("parts") or block["kind"] not in {"paragraph", "heading"}]


class _Reader:
    """Follows the parser's events."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._marks: dict[str, int] = {"bold": 0, "italic": 0}
        self._parts: list[dict[str, Any]] = []
        self._lists = 0
        self._cells: list[str] = []

    def take(self, event: Any) -> None:
        """Take one event in."""
        if isinstance(event, str):
            self._text(" " if event in {"SoftBreak", "HardBreak"} else "")
            return
        ((kind, value),) = event.items()
        if kind == "Start":
            self._start(*_named(value))
        elif kind == "End":
            self._end(_named(value)[0])
        elif kind in {"Text", "Code", "InlineHtml", "Html"}:
            self._text(value, code=kind == "Code")

    def _text(self, text: str, *, code: bool = False) -> None:
        if text:
            marks: dict[str, Any] = {name: True for name, depth in self._marks.items() if depth}
            self._parts.append({"text": text, **marks, **({"code": True} if code else {})})

    def _start(self, name: str, value: Any) -> None:
        if name in MARKS:
            self._marks[MARKS[name]] += 1
        elif name == "List":
            if not self._lists:
                self.blocks.append({"kind": "list" if value is None else "numbers", "items": []})
            self._lists += 1
        elif name == "Table":
            self.blocks.append({"kind": "table", "figures": [side == "Right" for side in value], "heads": [], "rows": []})
        elif name in {"Item", "TableCell", "CodeBlock"} or (name in {"Paragraph", "Heading"} and not self._lists):
            self._parts = []
        if name == "Heading":
            self._level = int(str(value["level"])[-1])

    def _end(self, name: str) -> None:
        if name in MARKS:
            self._marks[MARKS[name]] -= 1
        elif name == "List":
            self._lists -= 1
        elif name == "Item":
            self.blocks[-1]["items"].append(self._taken())
        elif name in {"Paragraph", "Heading"} and not self._lists:
            level = {"level": self._level} if name == "Heading" else {}
            self.blocks.append({"kind": name.lower(), **level, "parts": self._taken()})
        elif name == "CodeBlock" and not self._lists:
            self.blocks.append({"kind": "code", "text": "".join(part["text"] for part in self._taken())})
        elif name == "TableCell":
            self._cells.append("".join(part["text"] for part in self._taken()))
        elif name in {"TableHead", "TableRow"}:
            self._end_row(name)

    def _end_row(self, name: str) -> None:
        cells, self._cells = self._cells, []
        if name == "TableHead":
            self.blocks[-1]["heads"] = cells
        else:
            self.blocks[-1]["rows"].append(cells)

    def _taken(self) -> list[dict[str, Any]]:
        parts, self._parts = self._parts, []
        return parts


def _named(value: Any) -> tuple[str, Any]:
    return (value, None) if isinstance(value, str) else next(iter(value.items()))
