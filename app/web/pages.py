"""Answer with a page or a partial in the reader's language."""

from typing import Any

from litestar import Response
from litestar.connection import ASGIConnection

from app.web import csrf
from app.web.locale import negotiated
from app.web.security import facts_of
from app.web.templating import Templates

Connection = ASGIConnection[Any, Any, Any, Any]


def page(
    connection: Connection, name: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response[str]:
    """Render a template with what every page gets: `actor`, `csrf_token`, `path` and `request_id`, besides `values`."""
    return Response(rendered(connection, name, **values), status_code=status_code, headers=headers, media_type="text/html")


def rendered(connection: Connection, name: str, **values: Any) -> str:
    """Return a template as `page` renders it."""
    templates: Templates = connection.app.state.templates
    given = {
        "actor": actor(connection),
        "csrf_token": csrf.token(connection),
        "path": here(connection),
        "request_id": facts_of(connection.scope).request_id,
    }
    return templates.render(locale(connection), name, **{**given, **values})


def locale(connection: Connection) -> str:
    """Return the reader's language: the person's own, the cookie's, the browser's, else the installation's."""
    person = actor(connection)
    if person is not None:
        return str(person.locale)
    asked = negotiated(connection.cookies, connection.headers.get("accept-language", ""))
    return asked or str(connection.app.state.settings.default_locale)


def actor(connection: Connection) -> Any:
    """Return who is signed in, as an `Actor`, or None."""
    return connection.scope.get("user")


def here(connection: Connection) -> str:
    """Return the path and query of this page, for coming back to it."""
    query = connection.scope.get("query_string", b"").decode("latin-1")
    path = connection.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or connection.scope["path"]
    return f"{path}?{query}" if query else path


def local_path(text: str | None, otherwise: str = "/bi-chat") -> str:
    """Return `text` when it is a path on this site, else `otherwise`: an open redirect helps phishing."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable() or "\\" in text:
        return otherwise
    return text
