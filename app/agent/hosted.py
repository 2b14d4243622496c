"""What the provider's own tools did and found: searches of the web with the sources that an answer names, and programs.

All of it was written elsewhere and is taken for hostile: addresses that lead to no page are dropped, and texts are cut.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

WEB_SEARCH, CODE = "web_search", "code_interpreter"
TOOLS = frozenset({WEB_SEARCH, CODE})
MOST_CITATIONS = 100
LONGEST_ADDRESS, LONGEST_TITLE = 2_000, 300
UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"<>\\^`{|}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef]")
NOT_IN_TITLES = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef]+")


class Citation(msgspec.Struct, frozen=True):
    """A page of the web that the characters `start` to `end` of an answer rest on; `url` is http or https."""

    title: str
    url: str
    start: int
    end: int

    @property
    def host(self) -> str:
        """Return whose page it is."""
        return urlsplit(self.url).hostname or ""


class FileReference(msgspec.Struct, frozen=True):
    """A file that a program left in a container of the provider."""

    container_id: str
    file_id: str
    name: str


class HostedFile(msgspec.Struct, frozen=True):
    """A file that a program wrote, as it came: neither its name nor its content can be trusted."""

    name: str
    data: bytes


class LostFile(msgspec.Struct, frozen=True):
    """A file that a program wrote and that is not kept.

    `reason` is `gone`, `too_large`, `too_many`, `kind`, `unreadable` or `failed`.
    """

    name: str
    reason: str


class HostedCall(msgspec.Struct, frozen=True):
    """A call that the provider has made and ended itself; `arguments` is what was asked, as plain JSON values.

    Of a program: what it printed, its files that came, those that are still to be fetched (`references`), and those that are
    not kept.
    """

    name: str
    arguments: dict[str, Any]
    error: str | None = None
    logs: str = ""
    is_cut: bool = False
    container_id: str = ""
    references: tuple[FileReference, ...] = ()
    files: tuple[HostedFile, ...] = ()
    lost: tuple[LostFile, ...] = ()


def citation(title: object, url: object, start: object, end: object) -> Citation | None:
    """Return a citation, None where its address leads to no page of the web."""
    if not isinstance(url, str) or len(url) > LONGEST_ADDRESS or UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username is not None:
        return None
    words = title_of(title)
    first, last = (place if isinstance(place, int) else 0 for place in (start, end))
    return Citation(words or host, url, max(first, 0), max(last, first, 0))


def web_search(action: Any, status: str | None) -> HostedCall:
    """Return a search from an item `web_search_call`."""
    known = action if isinstance(action, dict) else {}
    asked = {name: str(known[name])[:LONGEST_ADDRESS] for name in ("query", "url", "pattern") if known.get(name)}
    arguments = {"action": str(known.get("type") or "search")[:40], **asked}
    error = "failed" if status == "failed" else None
    return HostedCall(WEB_SEARCH, arguments, error)


def title_of(text: object) -> str:
    """Return a name or title that was written elsewhere, in one line and without signs that mislead the eye."""
    return NOT_IN_TITLES.sub(" ", text if isinstance(text, str) else "").strip()[:LONGEST_TITLE]
