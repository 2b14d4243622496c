"""The words of a Markdown text, passage by passage, with the place of each character in the source.

What is no prose is left out: code, the addresses of links, and marks of lists. Passages end where blocks do.
"""

import pyromark

from app.agent.claims.figure import Passage

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS
INLINE = {"Strong", "Emphasis", "Strikethrough", "Link", "Image"}
WRITTEN = {"Text", "Html", "InlineHtml"}
"""Events whose text people read; raw HTML is shown as it is written."""
LEFT_OUT = "\ufffc"
NOWHERE = -1


def passages(markdown: str) -> list[Passage]:
    """Return the passages of a text in order, without empty ones."""
    reader = _Reader(markdown)
    for event, span in pyromark.events_with_range(markdown, options=OPTIONS):
        reader.take(event, span["start"], span["end"])
    return reader.passages()


class _Reader:
    """Follows the parser's events; spans are bytes of UTF-8."""

    def __init__(self, markdown: str) -> None:
        self._source = markdown.encode()
        self._byte = self._character = 0
        self._code = 0
        self._texts: list[str] = []
        self._places: list[int] = []
        self._found: list[Passage] = []

    def passages(self) -> list[Passage]:
        self._close()
        return self._found

    def take(self, event: object, start: int, end: int) -> None:
        if isinstance(event, str):
            if event in {"SoftBreak", "HardBreak"}:
                self._add("\n")
            else:
                self._close()
            return
        assert isinstance(event, dict)
        ((kind, value),) = event.items()
        name = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
        if kind in {"Start", "End"} and name not in INLINE:
            self._code += {"Start": 1, "End": -1}[kind] if name == "CodeBlock" else 0
            self._close()
        elif kind in WRITTEN and not self._code:
            self._write(str(value), start, end)
        elif kind == "Code":
            self._add(LEFT_OUT)

    def _write(self, text: str, start: int, end: int) -> None:
        if self._source[start:end].decode() != text:
            self._add(text)
            return
        first = self._at(start)
        self._texts.append(text)
        self._places += range(first, first + len(text))

    def _add(self, text: str) -> None:
        self._texts.append(text)
        self._places += [NOWHERE] * len(text)

    def _at(self, byte: int) -> int:
        """Return the character at a byte; they are asked for in rising order."""
        self._character += len(self._source[self._byte : byte].decode())
        self._byte = byte
        return self._character

    def _close(self) -> None:
        if self._texts:
            self._found.append(Passage("".join(self._texts), tuple(self._places)))
        self._texts, self._places = [], []
