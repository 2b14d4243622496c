"""GraphQL types made of the shapes, so that both always have the same fields."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import strawberry
from msgspec import UNSET, UnsetType
from strawberry.scalars import JSON

from app.agent.tool import AskedQuestion, Option
from app.api import shapes
from app.api.live import Cost

NAMES = {
    shapes.SessionShape: "Session",
    shapes.Person: "User",
    shapes.Access: "SessionAccess",
    shapes.AttachmentShape: "Attachment",
    shapes.CitationShape: "Citation",
    shapes.ClaimShape: "Claim",
    shapes.ToolCallShape: "ToolCall",
    shapes.ArtifactShape: "Artifact",
    AskedQuestion: "Question",
    Option: "QuestionOption",
}
"""Types that are called otherwise than their class, without the ending `Shape`."""
PLAIN: dict[Any, Any] = {kind: kind for kind in (str, int, float, bool)} | {Cost: float}
"""GraphQL knows no decimals; what it calls Float is a number in JSON all the same."""
_made: dict[type[msgspec.Struct], Any] = {}


def type_of(shape: type[msgspec.Struct]) -> Any:
    """Return the object type of a shape."""
    if shape not in _made:
        name = NAMES.get(shape, shape.__name__.removesuffix("Shape"))
        fields = {field.name: _field(field.name, field.type) for field in msgspec.structs.fields(shape)}
        _made[shape] = strawberry.type(type(name, (), {"__annotations__": fields}), description=shape.__doc__)
    return _made[shape]


def value_of(source: Any, name: str) -> Any:
    """Return a field's value: what a shape leaves out is null here."""
    value = getattr(source, name)
    return None if value is UNSET else value


def _field(name: str, kind: Any) -> Any:
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        parts = [part for part in get_args(kind) if part not in {UnsetType, types.NoneType}]
        return _field(name, parts[0]) | None
    if get_origin(kind) in {list, tuple}:
        return types.GenericAlias(list, (_field(name, get_args(kind)[0]),))
    if get_origin(kind) is Literal:
        return str
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return type_of(kind)
    if isinstance(kind, type) and issubclass(kind, str):
        return strawberry.ID if name == "id" or name.endswith("_id") else str
    return PLAIN.get(kind, JSON)
