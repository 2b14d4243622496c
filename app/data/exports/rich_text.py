"""Markdown as data for the document: blocks of plain strings with marks, so that nothing is markup twice."""

from typing import Any

import pyromark

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
Block = dict[str, Any]
MARKS = {"Strong": "bold", "Emphasis": "italic"}
TABLE_PARTS = {"TableHead", "TableRow", "TableCell"}


def blocks(markdown: str) -> list[Block]:
    """Return the blocks of a text, in order; each item of a list holds blocks of its own. HTML is left out."""
    reader = _Reader()
    for event in pyromark.events(markdown, options=OPTIONS):
        reader.take(event)
    return reader.blocks


class _Reader:
    """Follows the parser's events."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._places = [self.blocks]  # Where blocks go: the text, and items of lists inside each other.
        self._lists: list[Block] = []
        self._marks: dict[str, int] = {"bold": 0, "italic": 0}
        self._parts: list[dict[str, Any]] = []
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
        elif kind in {"Text", "Code", "InlineHtml"}:
            self._text(value, code=kind == "Code")

    def _text(self, text: str, *, code: bool = False) -> None:
        if text:
            marks: dict[str, Any] = {name: True for name, depth in self._marks.items() if depth}
            self._parts.append({"text": text, **marks, **({"code": True} if code else {})})

    def _start(self, name: str, value: Any) -> None:
        if name in MARKS:
            self._marks[MARKS[name]] += 1
        elif name == "List":
            self._add_paragraph()
            numbers = {"kind": "numbers", "start": value, "items": []}
            self._lists.append({"kind": "list", "items": []} if value is None else numbers)
            self._places[-1].append(self._lists[-1])
        elif name == "Item":
            self._places.append([])
            self._lists[-1]["items"].append(self._places[-1])
        elif name == "Table":
            self._add_paragraph()
            sides = [side == "Right" for side in value]
            self._places[-1].append({"kind": "table", "figures": sides, "heads": [], "rows": []})
        elif name == "Heading":
            self._level = int(str(value["level"])[-1])
        elif name == "CodeBlock":
            self._add_paragraph()

    def _end(self, name: str) -> None:
        if name in MARKS:
            self._marks[MARKS[name]] -= 1
        elif name == "List":
            self._lists.pop()
        elif name == "Item":
            self._add_paragraph()
            self._places.pop()
        elif name == "Paragraph":
            self._add_paragraph()
        elif name == "Heading":
            self._add_heading()
        elif name == "CodeBlock":
            self._places[-1].append({"kind": "code", "text": "".join(part["text"] for part in self._taken())})
        elif name in TABLE_PARTS:
            self._end_in_table(name)

    def _add_paragraph(self) -> None:
        """Add the text so far, which has no paragraph of its own in a dense list."""
        if parts := self._taken():
            self._places[-1].append({"kind": "paragraph", "parts": parts})

    def _add_heading(self) -> None:
        parts = self._taken()
        if parts and self._lists:  # A heading there would belong to the item alone.
            self._places[-1].append({"kind": "paragraph", "parts": [{**part, "bold": True} for part in parts]})
        elif parts:
            self._places[-1].append({"kind": "heading", "level": self._level, "parts": parts})

    def _end_in_table(self, name: str) -> None:
        if name == "TableCell":
            self._cells.append("".join(part["text"] for part in self._taken()))
            return
        cells, self._cells = self._cells, []
        if name == "TableHead":
            self._places[-1][-1]["heads"] = cells
        else:
            self._places[-1][-1]["rows"].append(cells)

    def _taken(self) -> list[dict[str, Any]]:
        parts, self._parts = self._parts, []
        return parts


def _named(value: Any) -> tuple[str, Any]:
    return (value, None) if isinstance(value, str) else next(iter(value.items()))
