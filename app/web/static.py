"""Files of `static/`: URLs carry a hash of the content, so browsers may keep them for good."""

import gzip
import hashlib
import mimetypes
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.web.bundles import BUNDLES
from app.web.freshness import Clock, seldom

FOLDER = Path(__file__).parents[2] / "static"
URL = "/static/"
FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
"""For URLs without the hash, such as fonts named in a stylesheet."""
COMPRESSIBLE = ("text/", "image/svg+xml", "application/json", "application/manifest+json")
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".mjs": "text/javascript"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file ready to be sent; `compressed` (gzip) is None where that does not help."""

    content: bytes
    compressed: bytes | None
    media_type: str
    version: str


class StaticFiles:
    """The files below a folder and the `bundles` made of them, read when first asked for.

    Only what was there at the start is ever served. With `fresh` (development) a changed file is read again, by `clock`
    within half a second.
    """

    def __init__(
        self, folder: Path = FOLDER, *, bundles: Mapping[str, Sequence[str]] = BUNDLES, fresh: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:  # fmt: skip
        self._parts = {path.relative_to(folder).as_posix(): [path] for path in folder.rglob("*") if path.is_file()}
        self._parts |= {name: [folder / part for part in parts] for name, parts in bundles.items()}
        self._read: dict[str, tuple[StaticFile, Callable[[], bool]]] = {}
        self._fresh = fresh
        self._clock = clock

    def url(self, name: str) -> str:
        """Return the URL of `css/page.css` and the like; one that does not exist gets a plain URL, which answers 404."""
        file = self.find(name)
        return f"{URL}{name}?v={file.version}" if file else URL + name

    def find(self, name: str) -> StaticFile | None:
        """Return the file or bundle of that name, or None."""
        parts = self._parts.get(name)
        if parts is None:
            return None
        known = self._read.get(name)
        if known is None or (self._fresh and not known[1]()):
            changed = _changed(parts)
            known = self._read[name] = _read(name, parts), seldom(lambda: _changed(parts) == changed, self._clock)
        return known[0]


def _changed(parts: Sequence[Path]) -> list[int]:
    return [path.stat().st_mtime_ns for path in parts]


def _read(name: str, parts: Sequence[Path]) -> StaticFile:
    content = b"\n".join(path.read_bytes() for path in parts)
    media_type = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(content, 6, mtime=0) if media_type.startswith(COMPRESSIBLE) and len(content) > 1000 else None
    return StaticFile(content, compressed, media_type, hashlib.sha256(content).hexdigest()[:12])
