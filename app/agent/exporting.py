"""What the tools that export have in common: a stored result becomes a file, a file becomes an artifact."""

import dataclasses
from typing import Any

from app.agent.tool import Exports, NewArtifact, ToolContext, ToolError, ToolOutcome
from app.data.errors import QueryError
from app.data.exports.exporter import Exported
from app.data.exports.process import WritingError
from app.files.models import Artifact
from app.identity.actor import Actor


def exports_of(context: ToolContext) -> Exports:
    """Return what files are made with; raises `ToolError`."""
    if context.exports is None:
        raise ToolError("permission_denied", "files cannot be made here", "Answer without a file and say so.")
    return context.exports


def reader_of(context: ToolContext) -> Actor:
    """Return the person in the language of this conversation."""
    return dataclasses.replace(context.actor, locale=context.locale)


async def spreadsheet(context: ToolContext, result: Artifact, title: str) -> Exported:
    """Write a stored result as a spreadsheet; raises `ToolError`."""
    exports = exports_of(context)
    try:
        return await exports.exporter.table(reader_of(context), result, title, "excel", exports.origin)
    except QueryError as error:
        sql = str(result.details["sql"])
        reads = await context.queries.named(context.actor, sql)
        raise ToolError(error.code, error.message, error.hint, sql, reads=reads) from error
    except WritingError as error:
        raise failed(error) from error


def failed(error: WritingError) -> ToolError:
    """Return the error for a file that could not be written."""
    return ToolError("failed", str(error), "Tell the person that the export failed and can be tried again.")


def outcome(exported: Exported, *others: NewArtifact) -> ToolOutcome:
    """Return what a made file means to the model and to the page; `others` are artifacts that were made for it."""
    artifact = NewArtifact(exported.id, "export", exported.file_name, exported.details)
    content: dict[str, Any] = {
        "artifact_id": str(exported.id),
        "file_name": exported.file_name,
        "size_bytes": exported.size_bytes,
        "url": exported.url,
        "shown": True,
    }
    if exported.result_id:
        content |= {"row_count": exported.rows, "truncated": exported.truncated}
    return ToolOutcome(
        content,
        details={"facts": [exported.file_name], "reads": list(exported.reads)},
        artifacts=(*others, artifact),
    )
