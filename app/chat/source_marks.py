"""Numbers of sources in an answer: signs in its Markdown behind the words that they stand for, turned into HTML at the end."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

import pyromark
from markupsafe import escape

from app.chat.claim_marks import FIRST_SIGN, LAST_SIGN, OPTIONS, TAGS

SIGNED = re.compile(f"{FIRST_SIGN}([0-9]+){LAST_SIGN}")
INLINE = {"Link", "Image"}
CLOSED = {"Link", "Image", "CodeBlock", "HtmlBlock"}
"""Nothing may be put inside these."""
Marks = Sequence[tuple[int, int]]


def signed(markdown: str, marks: Marks) -> tuple[str, list[tuple[int, int]]]:
    """Return Markdown with a sign for each mark, and where how many characters were put in."""
    return _with(markdown, _harmless(markdown, marks), _sign)


def as_text(markdown: str, marks: Marks) -> tuple[str, list[tuple[int, int]]]:
    """Return Markdown with a number in brackets for each mark, and where how many characters were put in."""
    return _with(markdown, _harmless(markdown, marks), lambda number: f" \\[{number}\\]")


def moved(places: Marks, put_in: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where places from a character to another are after something was put in before them."""
    return [
        (
            start + sum(length for at, length in put_in if at <= start),
            end + sum(length for at, length in put_in if at < end),
        )
        for start, end in places
    ]


def as_html(html: str, prefix: str, titles: Sequence[str]) -> str:
    """Return safe HTML with a link to the list of sources for each sign; the ids there are `prefix` and a number."""
    if FIRST_SIGN not in html:
        return html

    def link(found: re.Match[str]) -> str:
        number = int(found[1])
        title = titles[number - 1] if 0 < number <= len(titles) else ""
        return f'<sup class="cite"><a href="#{escape(prefix)}{number}" title="{escape(title)}">{number}</a></sup>'

    parts = TAGS.split(html)
    parts[::2] = [SIGNED.sub(link, words) for words in parts[::2]]
    return "".join(SIGNED.sub("", part) for part in parts)


def _sign(number: int) -> str:
    return f"{FIRST_SIGN}{number}{LAST_SIGN}"


def _harmless(markdown: str, marks: Marks) -> list[tuple[int, int]]:
    """Return where the marks are put, without those that would change what is drawn: emphasis depends on its neighbours."""
    placed, whole = sorted(set(_placed(markdown, marks))), pyromark.html(markdown, options=OPTIONS)

    def changes_nothing(some: Marks) -> bool:
        return SIGNED.sub("", pyromark.html(_with(markdown, some, _sign)[0], options=OPTIONS)) == whole

    if changes_nothing(placed):
        return placed
    kept = list[tuple[int, int]]()
    for mark in placed:
        kept += [mark] if changes_nothing([*kept, mark]) else []
    return kept


def _with(markdown: str, marks: Marks, sign: Callable[[int], str]) -> tuple[str, list[tuple[int, int]]]:
    pieces, done, put_in = [], 0, list[tuple[int, int]]()
    for at, number in marks:
        written = sign(number)
        pieces += [markdown[done:at], written]
        put_in.append((at, len(written)))
        done = at
    return "".join([*pieces, markdown[done:]]), put_in


def _placed(markdown: str, marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield each mark where it breaks no markup: behind its own place in the same block, else at the last place before."""
    rooms = list(_rooms(markdown))
    for end, number in marks:
        block = next((block for _, _, block in rooms if end <= block), None)
        later = [max(first, end) for first, last, of in rooms if of == block and last >= end]
        earlier = [last for _, last, _ in rooms if last <= end]
        if later or earlier:
            yield (min(later) if later else max(earlier)), number


def _rooms(markdown: str) -> Iterator[tuple[int, int, int]]:
    """Yield from where to where something may be put in, and where the block ends; spans of the parser are bytes of UTF-8."""
    places = list(itertools.accumulate(((byte & 0xC0) != 0x80 for byte in markdown.encode()), initial=0))
    inside = block_end = depth = 0
    for event, span in pyromark.events_with_range(markdown, options=OPTIONS):
        ((kind, value),) = event.items() if isinstance(event, dict) else ((event, None),)
        name = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
        first, last = places[span["start"]], places[span["end"]]
        if kind == "Start":
            block_end = last if depth == 0 else block_end
            depth += 1
            inside += name in CLOSED
        elif kind == "End":
            depth -= 1
            inside -= name in CLOSED
            if name in INLINE and not inside:
                yield last, last, block_end
        elif not inside and kind == "Text":
            yield first, last, block_end
        elif not inside and kind == "Code":
            yield last, last, block_end
