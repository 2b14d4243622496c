"""What htmx 4 says about a request, and the headers that it obeys in an answer.

An answer with `HX-Redirect` loads a page anew, one with `HX-Location` fetches it and puts it in the history; both work
with any status and ignore the body. Answers of 4xx and 5xx are swapped like others.
"""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.connection import ASGIConnection

Connection = ASGIConnection[Any, Any, Any, Any]


def is_htmx(connection: Connection) -> bool:
    """Tell whether htmx made the request and so wants a partial."""
    return connection.headers.get("hx-request") == "true"


def target(connection: Connection) -> str:
    """Return what will be swapped, as `tag#id` or `tag`; empty when unknown."""
    return connection.headers.get("hx-target", "")


def current_path(connection: Connection) -> str:
    """Return path and query of the page that the person is on; empty when unknown or on another host."""
    try:
        parts = urlsplit(connection.headers.get("hx-current-url", ""))
    except ValueError:
        return ""
    if parts.netloc != connection.headers.get("host", ""):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def redirect(path: str, *, status_code: int = 200) -> Response[str]:
    """Have the browser load `path` as a new page."""
    return Response("", status_code=status_code, headers={"HX-Redirect": path}, media_type="text/html")


def location(path: str) -> Response[str]:
    """Have htmx fetch `path` into the page and note it in the history."""
    return Response("", status_code=200, headers={"HX-Location": path}, media_type="text/html")


def go(connection: Connection, path: str) -> Response[str]:
    """Move the browser to `path` after a form: `HX-Location` for htmx, else 303."""
    if is_htmx(connection):
        return location(path)
    return Response("", status_code=303, headers={"Location": path}, media_type="text/html")
