"""Pages of other sites that call the doors for programs with a bearer token (Fetch standard, "CORS protocol").

Cookies never take part: without a token no answer may be read from elsewhere, and credentials are never allowed.
"""

import re
from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

DOORS = re.compile(r"/bi-?chat/(?:stream|rpc|graphql)(?:/|$)")
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, last-event-id"),
    (b"access-control-max-age", b"600"),
]
EXPOSED = (b"access-control-expose-headers", b"retry-after, x-request-id")
VARY = (b"vary", b"origin")


class Cors:
    """Answers for the origins that the settings name."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = {origin.encode("latin-1", "replace") for origin in origins}

    def preflight(self, method: str, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Headers | None:
        """Return the headers of the answer to a preflight request that we grant, or None where it is none."""
        given = dict(headers)
        origin = given.get(b"origin", b"")
        if method != "OPTIONS" or b"access-control-request-method" not in given or not self._grants(path, origin):
            return None
        return [(b"access-control-allow-origin", origin), *PREFLIGHT, VARY]

    def headers(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return what is added to the answer of a call."""
        if not self._origins or not DOORS.match(path):
            return []
        given = dict(headers)
        origin, authorization = given.get(b"origin", b""), given.get(b"authorization", b"")
        if not self._grants(path, origin) or not authorization.lower().startswith(b"bearer "):
            return [VARY]
        return [(b"access-control-allow-origin", origin), EXPOSED, VARY]

    def _grants(self, path: str, origin: bytes) -> bool:
        return origin in self._origins and DOORS.match(path) is not None
