"""The doors for programs as an OpenAPI 3.2 document, made of the routes and of the very types that read and write the bodies."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.api import stream_events
from app.api.description import EVENTS, JSON, REFUSALS, TEXT, Answer, Described
from app.identity.guards import Requires
from app.identity.login_sessions import COOKIE
from app.identity.permissions import Permission
from app.web import csrf

Document = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
ABOUT = (
    "Questions in, answers as they are written: a stream, calls of methods, and GraphQL, over the same functions and with the "
    "same permissions as the pages. Messages are in the language of whoever asks."
)
SCHEMES: Document = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token that somebody made for a program."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The browser's session, on our own pages."},
    "csrf": {"type": "apiKey", "in": "header", "name": csrf.HEADER, "description": f"The value of the cookie {csrf.COOKIE}."},
}
SAFE = "GET"
DATA: Document = {"type": "string", "contentMediaType": JSON}
EVENT: Document = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "event": {"type": "string"}},
    "required": ["id", "event", "data"],
}
HEADERS: Mapping[int, Document] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    429: {
        "Retry-After": {"required": True, "description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    },
}


def document(app: Litestar, names: Mapping[Permission, str]) -> Document:
    """Return the document of an application's described routes; `names` is what permissions are called here."""
    routes = sorted(_described(app), key=lambda found: (found[2].group, found[0]))
    kinds = list(dict.fromkeys(kind for _, _, each in routes for kind in _kinds(each)))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    of = dict(zip(kinds, schemas, strict=True))
    paths: Document = {}
    for path, (method, handler), each in routes:
        paths.setdefault(path, {})[method.lower()] = _operation(handler, method, each, of, names)
    return {
        "openapi": "3.2.0",
        "info": {"title": "BiChat", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
        "x-events": stream_events.described(),
    }


def _described(app: Litestar) -> Iterable[tuple[str, tuple[str, HTTPRouteHandler], Described]]:
    """Yield path, method and handler of each route that describes itself; of several paths of one handler the first."""
    seen = set()
    for route in sorted(app.routes, key=lambda route: route.path):
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if "described" in handler.opt and handler.handler_id not in seen:
                    seen.add(handler.handler_id)
                    yield route.path, (str(method), handler), handler.opt["described"]


def _kinds(each: Described) -> list[Any]:
    kinds = [each.refusal, *(kind for answer in each.answers.values() for kind in _alternatives(answer))]
    return kinds if each.body is None else [*kinds, each.body]


def _alternatives(answer: Answer) -> tuple[Any, ...]:
    return answer.kind if isinstance(answer.kind, tuple) else (answer.kind,)


def _operation(
    handler: HTTPRouteHandler, method: str, each: Described, of: Mapping[Any, Any], names: Mapping[Permission, str]
) -> Document:
    told = inspect.cleandoc(handler.fn.__doc__ or "")
    summary, _, more = told.partition("\n\n")
    needed = [guard.permission for guard in handler.guards or () if isinstance(guard, Requires)]
    found: Document = {
        "operationId": f"{each.group.lower()}_{handler.handler_name}",
        "tags": [each.group],
        "summary": summary,
        "responses": {str(status): answer for status, answer in sorted(_answers(each, of).items())},
    }
    if more:
        found["description"] = more
    if needed:
        by_cookie: Document = {"cookie": []} if method == SAFE else {"cookie": [], "csrf": []}
        found |= {"security": [{"token": []}, by_cookie], "x-permissions": [names.get(one, one.value) for one in needed]}
    if each.query is not None:
        found["parameters"] = _parameters(each.query)
    if each.body is not None:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": of[each.body]}}}
    return found


def _answers(each: Described, of: Mapping[Any, Any]) -> dict[int, Document]:
    refused = {"content": {JSON: {"schema": of[each.refusal]}}}
    found: dict[int, Document] = {status: {"description": REFUSALS[status], **refused} for status in each.refused}
    for status, headers in HEADERS.items():
        if status in found:
            found[status]["headers"] = headers
    for status, answer in each.answers.items():
        schemas = [of[kind] for kind in _alternatives(answer)]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        content: Document = {"schema": schema}
        if answer.media_type in {EVENTS, TEXT}:
            content = {"schema": {"type": "string"}}
        if answer.media_type == EVENTS:
            content["itemSchema"] = {**EVENT, "properties": {**EVENT["properties"], "data": {**DATA, "contentSchema": schema}}}
        found[status] = {"description": answer.told, "content": {answer.media_type: content}}
    return found


def _parameters(query: Any) -> list[Document]:
    (schema,), components = msgspec.json.schema_components([query], ref_template=REFERENCE)
    fields = components[schema["$ref"].rpartition("/")[2]]
    required = fields.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": of_field}
        for name, of_field in fields["properties"].items()
    ]
