"""A file as a conversation shows it, made for people or written by a program."""

from app.chat.artifact_view import CodeFileView, ExportView
from app.data.reach import Reach, holds
from app.data.results import Column
from app.files.models import Artifact

FILES = frozenset({"export", "code_output"})
"""Kinds of artifacts whose content is a file: those made for people, and those that programs wrote."""


def export_view(artifact: Artifact) -> ExportView:
    """Return the card of a file."""
    details = artifact.details
    return ExportView(
        artifact.id, artifact.name, details["mime_type"], details["size_bytes"], details["url"],
        details["rows"] if details.get("result_id") else None, details["truncated"],
    )  # fmt: skip


def code_view(artifact: Artifact) -> CodeFileView:
    """Return what is shown of a file that a program wrote."""
    details = artifact.details
    return CodeFileView(
        artifact.id, artifact.name, details["form"], details["size_bytes"], details["url"],
        details.get("width", 0), details.get("height", 0),
        [Column(name, "text") for name in details.get("columns", ())], details.get("rows", []), details.get("row_count", 0),
    )  # fmt: skip


def is_within(artifact: Artifact, reach: Reach) -> bool:
    """Tell whether all tables that a file's figures are from are within a reader's reach."""
    return holds(reach, artifact.details["reads"])


def told(details: dict[str, object]) -> dict[str, object]:
    """Return what the audit says of a file: of its rows how many there are, never the rows that are shown of a table."""
    rows = details.get("row_count", details.get("rows"))
    facts = {name: details.get(name) for name in ("file_name", "mime_type", "size_bytes", "truncated", "result_id")}
    return {**facts, "rows": rows if isinstance(rows, int) else None}
