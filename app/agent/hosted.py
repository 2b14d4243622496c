"""What the provider's own tools did and found: searches of the web, and the sources that an answer names.

All of it was written elsewhere and is taken for hostile: addresses that lead to no page are dropped, and texts are cut.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

WEB_SEARCH = "web_search"
TOOLS = frozenset({WEB_SEARCH})
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


class HostedCall(msgspec.Struct, frozen=True):
    """A call that the provider has made and ended itself; `arguments` is what was asked, as plain JSON values."""

    name: str
    arguments: dict[str, Any]
    error: str | None = None


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
    words = NOT_IN_TITLES.sub(" ", title if isinstance(title, str) else "").strip()[:LONGEST_TITLE]
    first, last = (place if isinstance(place, int) else 0 for place in (start, end))
    return Citation(words or host, url, max(first, 0), max(last, first, 0))


def web_search(action: Any, status: str | None) -> HostedCall:
    """Return a search from an item `web_search_call`."""
    known = action if isinstance(action, dict) else {}
    asked = {name: str(known[name])[:LONGEST_ADDRESS] for name in ("query", "url", "pattern") if known.get(name)}
    arguments = {"action": str(known.get("type") or "search")[:40], **asked}
    error = "failed" if status == "failed" else None
    return HostedCall(WEB_SEARCH, arguments, error)
