"""The OpenAPI document as its page for people shows it: routes, methods, events and types one by one, with their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app.api.description import EVENTS, JSON
from app.api.examples import curl

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]
LIMITS = {"minimum": "≥ %s", "maximum": "≤ %s", "maxLength": "≤ %s", "minLength": "≥ %s", "maxItems": "≤ %s"}


@dataclass(frozen=True)
class Part:
    """A piece of what a field can hold; with `type` it is the name of one."""

    text: str
    type: str = ""


Kind = tuple[Part, ...]


@dataclass(frozen=True)
class Field:
    """A field of a type; `limits` holds its bounds and what it is when left out."""

    name: str
    kind: Kind
    is_required: bool
    told: str = ""
    limits: str = ""


@dataclass(frozen=True)
class Type:
    """A type with fields, or with a `kind` when it has none."""

    name: str
    told: str
    fields: Sequence[Field]
    kind: Kind


@dataclass(frozen=True)
class Answer:
    """What a route answers with a status."""

    status: str
    told: str
    media_type: str
    kind: Kind
    headers: Sequence[str]


@dataclass(frozen=True)
class Method:
    """A method of `POST /bi-chat/rpc`."""

    name: str
    told: str
    params: Sequence[Field]
    result: Kind
    curl: str


@dataclass(frozen=True)
class Route:
    """A route; one that takes calls of methods has these in place of a body."""

    id: str
    method: str
    path: str
    group: str
    told: str
    permissions: Sequence[str]
    parameters: Sequence[Field]
    body: Sequence[Field]
    methods: Sequence[Method]
    answers: Sequence[Answer]
    curl: str


@dataclass(frozen=True)
class Event:
    """A type of event of the stream."""

    name: str
    told: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Reading:
    """All of the document."""

    told: str
    groups: Mapping[str, Sequence[Route]]
    events: Sequence[Event]
    types: Sequence[Type]


def read(document: Mapping[str, Any], origin: str) -> Reading:
    """Return a document for reading; `origin` is where its examples call."""
    schemas: Schemas = document["components"]["schemas"]
    groups: dict[str, list[Route]] = {}
    hidden: set[str] = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            calls = _calls(operation, schemas)
            hidden |= {name for call in calls for name in (call, _answer_name(call))}
            route = _route(method.upper(), path, operation, schemas, origin)
            groups.setdefault(route.group, []).append(route)
    types = [_type(name, schema, schemas) for name, schema in sorted(schemas.items()) if name not in hidden]
    return Reading(document["info"]["description"], groups, _events(document["x-events"], schemas), types)


def kind_of(schema: Schema) -> Kind:
    """Return what a schema allows, for reading."""
    match schema:
        case {"$ref": str() as reference}:
            return (Part(_name(reference), _name(reference)),)
        case {"anyOf": [first, *others]}:
            return (*kind_of(first), *(part for other in others for part in (Part(" | "), *kind_of(other))))
        case {"type": "array", "items": {"anyOf": _} as items}:
            return (Part("("), *kind_of(items), Part(")[]"))
        case {"type": "array", "items": items}:
            return (*kind_of(items), Part("[]"))
        case {"type": "object", "additionalProperties": {} as values} if isinstance(values, Mapping):
            return (Part("{string: "), *kind_of(values), Part("}"))
    return (Part(_plain(schema)),)


def _plain(schema: Schema) -> str:
    match schema:
        case {"enum": values}:
            return " | ".join(_json(value) for value in values)
        case {"type": str() as type_, "format": str() as format_}:
            return f"{type_} ({format_})"
    return str(schema.get("type", "any"))


def _route(method: str, path: str, operation: Mapping[str, Any], schemas: Schemas, origin: str) -> Route:
    calls = _calls(operation, schemas)
    body = {} if calls else operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    parameters = operation.get("parameters", ())
    return Route(
        id=operation["operationId"],
        method=method,
        path=path,
        group=operation["tags"][0],
        told=operation["summary"],
        permissions=operation.get("x-permissions", ()),
        parameters=[_field(each["name"], each["schema"], is_required=each["required"]) for each in parameters],
        body=_fields(body, schemas),
        methods=[_method(name, path, schemas, origin) for name in calls],
        answers=[_answer(status, answer, calls) for status, answer in operation["responses"].items()],
        curl="" if calls else curl(method, origin + path, operation, schemas),
    )


def _calls(operation: Mapping[str, Any], schemas: Schemas) -> list[str]:
    """Return the names of the types of calls that a route takes, none if it takes another body."""
    schema = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    names = [_name(each["$ref"]) for each in schema.get("anyOf", ())]
    return names if names and all("method" in schemas[name]["properties"] for name in names) else []


def _method(call: str, path: str, schemas: Schemas, origin: str) -> Method:
    told = schemas[call]
    fields = told["properties"]
    operation = {"requestBody": {"content": {JSON: {"schema": told}}}, "security": [{"token": []}]}
    return Method(
        name=fields["method"]["enum"][0],
        told=told["description"],
        params=_fields(fields["params"], schemas),
        result=kind_of(schemas[_answer_name(call)]["properties"]["result"]),
        curl=curl("POST", origin + path, operation, schemas),
    )


def _answer(status: str, answer: Mapping[str, Any], calls: Sequence[str]) -> Answer:
    media_type, content = next(iter(answer["content"].items()))
    schema = content["schema"]
    if media_type == EVENTS:
        schema = content["itemSchema"]["properties"]["data"]["contentSchema"]
    if calls and "anyOf" in schema:
        schema = schema["anyOf"][-1]
        return Answer(status, answer["description"], media_type, (Part("{id, result} | "), *kind_of(schema)), ())
    return Answer(status, answer["description"], media_type, kind_of(schema), list(answer.get("headers", ())))


def _events(events: Mapping[str, Any], schemas: Schemas) -> list[Event]:
    of = schemas["StreamEvent"]["properties"]
    return [
        Event(name, event["description"], [_field(each, of[each], is_required=True) for each in event["fields"]])
        for name, event in events.items()
    ]


def _type(name: str, schema: Schema, schemas: Schemas) -> Type:
    fields = _fields(schema, schemas)
    return Type(name, schema.get("description", ""), fields, () if fields else kind_of(schema))


def _fields(schema: Schema, schemas: Schemas) -> list[Field]:
    """Return the fields of a schema or of the type that it names, besides null."""
    match schema:
        case {"$ref": reference}:
            return _fields(schemas[_name(reference)], schemas)
        case {"anyOf": [{"$ref": reference}, {"type": "null"}]}:
            return _fields(schemas[_name(reference)], schemas)
    required = schema.get("required", ())
    return [_field(name, of, is_required=name in required) for name, of in schema.get("properties", {}).items()]


def _field(name: str, schema: Schema, *, is_required: bool) -> Field:
    inner: Schema = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), {})
    bounds = [sign % {**inner, **schema}[bound] for bound, sign in LIMITS.items() if bound in {**inner, **schema}]
    if schema.get("default") is not None:
        bounds.append(f"= {_json(schema['default'])}")
    return Field(name, kind_of(schema), is_required, schema.get("description", ""), ", ".join(bounds))


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _answer_name(call: str) -> str:
    return call.removesuffix("Call") + "Answer"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
