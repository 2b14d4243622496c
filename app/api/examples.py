"""Calls of the doors for programs that can be copied into a shell."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from app.api.description import EVENTS, JSON

Schema = Mapping[str, Any]
ID = "00000000-0000-4000-8000-000000000000"
SAID = {
    "content": "Show revenue by month this year",
    "title": "Revenue by month",
    "query": "{ sessions(limit: 5) { id title } }",
    "answers": {"<question id>": "<option id>"},
}
"""What a field of this name is filled with; others by their type."""


def curl(method: str, address: str, operation: Mapping[str, Any], schemas: Mapping[str, Schema]) -> str:
    """Return the command that calls a route with what it cannot do without, one option a line."""
    required = [each["name"] for each in operation.get("parameters", ()) if each["required"]]
    query = "&".join(f"{name}={ID}" for name in required)
    is_stream = EVENTS in operation.get("responses", {}).get("200", {}).get("content", {})
    lines = [f"curl {'-N ' if is_stream else ''}{shlex.quote(f'{address}?{query}' if query else address)}"]
    if "security" in operation:
        lines.append('-H "Authorization: Bearer $BICHAT_TOKEN"')
    if method != "GET":
        schema = operation["requestBody"]["content"][JSON]["schema"]
        body = json.dumps(_example("", schema, schemas), ensure_ascii=False)
        lines += [f"-H 'Content-Type: {JSON}'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)


def _example(name: str, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Return a value that the schema allows, of objects what is required."""
    if name in SAID:
        return SAID[name]
    match schema:
        case {"$ref": str() as reference}:
            return _example(name, schemas[reference.rpartition("/")[2]], schemas)
        case {"enum": [first, *_]}:
            return first
        case {"type": "string", "format": "uuid"}:
            return ID
        case {"type": "object"}:
            of = schema.get("properties", {})
            return {each: _example(each, of[each], schemas) for each in schema.get("required", ())}
    return "…"
