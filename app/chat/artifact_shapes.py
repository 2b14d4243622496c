"""Tables, charts and files as programs get them."""

import datetime as dt
import uuid
from typing import Any, Protocol

import msgspec

from app.data.charts.spec import present_spec


class Stored(Protocol):
    """What an artifact has, whether it is kept already or just made."""

    @property
    def id(self) -> uuid.UUID:
        """Return its id."""
        ...

    @property
    def kind(self) -> str:
        """Return what it is."""
        ...

    @property
    def name(self) -> str:
        """Return its title, or the name of the file."""
        ...

    @property
    def details(self) -> dict[str, Any]:
        """Return what is known of it by its kind."""
        ...


def artifact_shape(
    artifact: Stored, session_id: uuid.UUID | str, made_at: dt.datetime, message_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """Return an artifact as programs get it (contract §6); `message_id` is the question's that it answers.

    Figures stay with the result that it names, and where a file is kept is told to nobody.
    """
    details = artifact.details
    file = {"mimeType": details["mime_type"], "url": details["url"]} if "storage_key" in details else {}
    return {
        "id": str(artifact.id),
        "sessionId": str(session_id),
        **({"messageId": str(message_id)} if message_id else {}),
        "type": artifact.kind,
        "name": artifact.name,
        **file,
        "sizeBytes": int(details.get("size_bytes", 0)),
        "metadata": _metadata(artifact),
        "createdAt": made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def redacted(shape: dict[str, Any]) -> dict[str, Any]:
    """Return the same artifact for somebody who may not read its tables: nothing but that it exists."""
    return {name: value for name, value in shape.items() if name != "url"} | {"name": "", "metadata": {}}


def _metadata(artifact: Stored) -> dict[str, Any]:
    details = artifact.details
    told: dict[str, Any] = {"resultId": details["result_id"]} if details.get("result_id") else {}
    if artifact.kind == "chart":
        told["spec"] = msgspec.to_builtins(present_spec(details))
    if artifact.kind == "export" and told:
        told |= {"rows": details["rows"], "truncated": details["truncated"]}
    return told
