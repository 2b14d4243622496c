"""A made file as a conversation shows it."""

from app.chat.artifact_view import ExportView
from app.data.reach import Reach, holds
from app.files.models import Artifact


def export_view(artifact: Artifact) -> ExportView:
    """Return the card of a file."""
    details = artifact.details
    return ExportView(
        artifact.id, artifact.name, details["mime_type"], details["size_bytes"], details["url"],
        details["rows"] if details.get("result_id") else None, details["truncated"],
    )  # fmt: skip


def is_within(artifact: Artifact, reach: Reach) -> bool:
    """Tell whether all tables that a file's figures are from are within a reader's reach."""
    return holds(reach, artifact.details["reads"])


def told(details: dict[str, object]) -> dict[str, object]:
    """Return what the audit says of an export."""
    return {name: details.get(name) for name in ("file_name", "mime_type", "size_bytes", "rows", "truncated", "result_id")}
