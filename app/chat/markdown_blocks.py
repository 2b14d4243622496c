"""The model's Markdown as safe HTML, block by block while it is written.

CommonMark is line based: a top-level block that a later complete line has closed is never reopened (spec 0.31, appendix
"A parsing strategy"). So only the last block of the complete lines is still open; everything before it is finished.
"""

import itertools
import re
from collections.abc import Sequence

import nh3
import pyromark

from app.chat import claim_marks, source_marks
from app.chat.claim_marks import Places
from app.chat.source_marks import Marks

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS
TAGS = {
    "p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td", "a", "input",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "code": {"class"},
    "th": {"class"},
    "td": {"class"},
    "input": {"disabled", "checked"},
}
CELL_ALIGNMENT = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
HEADINGS = re.compile(r"<(/?)h([1-6])>")
LEVELS = {"1": 3, "2": 3, "3": 4, "4": 5, "5": 6, "6": 6}
"""The page's own headings stand above: an answer's begin at the third level, and models begin at any of the first three."""
BOXES = re.compile(r"<input ([^>]*)>")
SCROLLERS = re.compile(r"<(pre|table)>")
ADDRESSES = ("http:", "https:", "mailto:")
CLASS = re.compile(r"align-(left|center|right)|language-\w+")


class MarkdownBlocks:
    """Markdown that grows. `open_block` is the safe HTML of what may still change."""

    def __init__(self, title: str = "", prefix: str = "source-") -> None:
        """Give marks the explanation `title`; the ids of sources begin with `prefix`."""
        self.text = ""
        self._title = title
        self._prefix = prefix
        self._places: Places = ()
        self._marks: Marks = ()
        self._titles: Sequence[str] = ()
        self._is_marked = False
        self._finished_to = 0
        self._rendered: tuple[str, str] = ("", "")

    def feed(self, text: str) -> None:
        """Add text as it arrives."""
        self.text += claim_marks.clean(text)

    def mark(self, places: Places) -> None:
        """Mark characters of all that was fed; what was finished comes anew."""
        self._places = places
        self._write_signs()

    def cite(self, marks: Marks, titles: Sequence[str]) -> None:
        """Put the numbers of sources behind characters of all that was fed; what was finished comes anew."""
        self._marks, self._titles = marks, titles
        self._write_signs()

    def _write_signs(self) -> None:
        text, put_in = source_marks.signed(self.source, self._marks)
        self.text, self._finished_to = claim_marks.signed(text, source_marks.moved(self._places, put_in)), 0
        self._is_marked = True

    @property
    def source(self) -> str:
        """Return what was fed, without marks."""
        return claim_marks.unsigned(self.text) if self._is_marked else self.text

    def take_finished(self) -> list[str]:
        """Return the safe HTML of the blocks that were finished since the last call, in order."""
        complete = self.text.rfind("\n") + 1
        if complete <= self._finished_to:
            return []
        part = self.text[self._finished_to : complete]
        starts = _top_level_starts(part)
        blocks = [part[start:end] for start, end in itertools.pairwise(starts)]
        if blocks:
            self._finished_to += starts[-1]
        return [html for block in blocks if (html := self._html(block))]

    @property
    def open_block(self) -> str:
        """Return the safe HTML of the block that is still being written."""
        source = self.text[self._finished_to :]
        if self._rendered[0] != source:
            self._rendered = (source, self._html(source))
        return self._rendered[1]

    def _html(self, markdown: str) -> str:
        html = claim_marks.as_html(to_html(markdown), self._title)
        return source_marks.as_html(html, self._prefix, self._titles)


def _top_level_starts(text: str) -> list[int]:
    """Return the character offsets of the lines on which top-level blocks start, the first as 0.

    A line and not the block's own place: the indentation of a code block stands before it and belongs to it.
    """
    starts, depth = [0], 0
    offsets = _Offsets(text)
    for event, span in pyromark.events_with_range(text, options=OPTIONS):
        kind = event if isinstance(event, str) else next(iter(event))
        if depth == 0 and kind in {"Start", "Rule"}:
            start = text.rfind("\n", 0, offsets.at(span["start"])) + 1
            if start > starts[-1]:
                starts.append(start)
        depth += {"Start": 1, "End": -1}.get(kind, 0)
    return starts


class _Offsets:
    """Turns ascending byte offsets of UTF-8 into character offsets."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        self._byte = self._character = 0

    def at(self, byte: int) -> int:
        self._character += len(self._bytes[self._byte : byte].decode())
        self._byte = byte
        return self._character


def to_html(markdown: str) -> str:
    """Return safe HTML: no raw HTML, no images, links only to http, https and mail, opened without a referrer."""
    html = CELL_ALIGNMENT.sub(r'<\1 class="align-\2">', pyromark.html(_without_raw_html(markdown), options=OPTIONS))
    html = HEADINGS.sub(lambda match: f"<{match[1]}h{LEVELS[match[2]]}>", html)
    return SCROLLERS.sub(r'<\1 tabindex="0">', BOXES.sub(_named_box, CLEANER.clean(html))).strip()


def _named_box(box: re.Match[str]) -> str:
    """Give a task's box a name that needs no language."""
    return f'<input {box[1]} aria-label="{"☑" if "checked" in box[1] else "☐"}">'


def _only_known_values(_tag: str, attribute: str, value: str) -> str | None:
    """Keep classes of our own and whole addresses: a relative one would lead somewhere in BiChat."""
    if attribute == "class":
        return value if CLASS.fullmatch(value) else None
    return value if attribute != "href" or value.lower().startswith(ADDRESSES) else None


CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_only_known_values,
    tag_attribute_values={"input": {"type": {"checkbox"}}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)
"""Made once: reading the rules takes longer than cleaning a block."""


def _without_raw_html(markdown: str) -> str:
    """Escape what CommonMark would pass through as HTML, so that people see it instead of losing it."""
    if "<" not in markdown:
        return markdown
    source = markdown.encode()
    pieces, done = [], 0
    for event, span in pyromark.events_with_range(markdown, options=OPTIONS):
        if isinstance(event, dict) and ("InlineHtml" in event or "Html" in event):
            pieces += [source[done : span["start"]], source[span["start"] : span["end"]].replace(b"<", b"&lt;")]
            done = span["end"]
    return b"".join([*pieces, source[done:]]).decode()
