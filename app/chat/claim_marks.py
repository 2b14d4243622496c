"""Marks on figures of an answer: put into its Markdown as signs that nobody can write, and turned into HTML at the end."""

import re
from collections.abc import Callable, Iterator, Sequence

import pyromark
from markupsafe import escape

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS
OPEN, CLOSE = "\ufdd0", "\ufdd1"
FIRST_SIGN, LAST_SIGN = "\ufdd2", "\ufdd3"
"""Noncharacters: Unicode keeps them for such inner use. Markdown takes them for letters, so that nothing else changes."""
FORGED = str.maketrans(dict.fromkeys((OPEN, CLOSE, FIRST_SIGN, LAST_SIGN), "\ufffd"))
TAGS = re.compile(r'(<[^>"]*(?:"[^"]*"[^>"]*)*>)')
SIGNED = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
SIGNS = re.compile(f"[{OPEN}{CLOSE}]")
ANY_SIGNS = re.compile(f"[{OPEN}{CLOSE}]|{FIRST_SIGN}[0-9]+{LAST_SIGN}|[{FIRST_SIGN}{LAST_SIGN}]")
"""These, and the numbers of sources between the other two signs."""
WRITTEN = ("Text", "Html", "InlineHtml")
UNCHECKED = "(?)"
PERCENT = re.compile(r"[ \u00a0\u202f]?%")
Places = Sequence[tuple[int, int]]


def clean(text: str) -> str:
    """Return a text of the same length without signs."""
    return text.translate(FORGED) if ANY_SIGNS.search(text) else text


def unsigned(markdown: str) -> str:
    """Return Markdown without signs."""
    return ANY_SIGNS.sub("", markdown)


def signed(markdown: str, places: Places) -> str:
    """Return clean Markdown with signs around the characters at `places`, where they are words of it."""
    return _with(markdown, places, lambda _, end: (OPEN, end, CLOSE))


def as_text(markdown: str, places: Places) -> str:
    """Return Markdown with a question mark in brackets behind each figure at `places`, and behind its sign of per cent."""
    return _with(markdown, places, lambda text, end: ("", _after_percent(text, end), f" {UNCHECKED}"))


def as_html(html: str, title: str) -> str:
    """Return safe HTML with a mark that `title` explains for each pair of signs in its words; others are dropped."""
    if not SIGNS.search(html):
        return html
    opening = f'<mark class="unchecked" data-testid="unchecked-claim" title="{escape(title)}">'
    parts = TAGS.split(html)
    parts[::2] = [SIGNED.sub(lambda found: f"{opening}{found[1]}</mark>", words) for words in parts[::2]]
    return SIGNS.sub("", "".join(parts))


def _with(markdown: str, places: Places, around: Callable[[str, int], tuple[str, int, str]]) -> str:
    pieces, done = [], 0
    for start, end in _in_words(markdown, sorted(places)):
        before, last, after = around(markdown, end)
        if start >= done:
            pieces += [markdown[done:start], before, markdown[start:last], after]
            done = last
    return "".join([*pieces, markdown[done:]])


def _in_words(markdown: str, places: Places) -> Iterator[tuple[int, int]]:
    """Yield the parts of places that lie in words of the text, not in its markup; spans of the parser are bytes of UTF-8."""
    source, at, character = markdown.encode(), 0, 0
    code = 0
    for event, span in pyromark.events_with_range(markdown, options=OPTIONS):
        if not isinstance(event, dict):
            continue
        ((kind, value),) = event.items()
        if kind in {"Start", "End"} and isinstance(value, dict) and "CodeBlock" in value:
            code += 1
        elif kind == "End" and value == "CodeBlock":
            code = 0
        elif kind in WRITTEN and not code:
            character, at = character + len(source[at : span["start"]].decode()), span["start"]
            last = character + len(source[span["start"] : span["end"]].decode())
            yield from ((max(start, character), min(end, last)) for start, end in places if start < last and character < end)


def _after_percent(text: str, end: int) -> int:
    found = PERCENT.match(text, end)
    return found.end() if found else end
