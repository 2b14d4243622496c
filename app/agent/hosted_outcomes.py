"""What came of the calls that the provider has made itself, as it is committed: programs with their prints and files."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from app.agent.claims.seen import seen
from app.agent.code_files import Checked, RefusedError, checked
from app.agent.events import ToolEnd
from app.agent.hosted import CODE, HostedCall, HostedFile, LostFile
from app.agent.model import ModelMessage, ToolCall
from app.agent.tool import NewArtifact, ToolContext
from app.data.results import asked_from

log = structlog.get_logger()

ANY_TABLE = ("*",)
"""Stands for tables that are not known: within reach of those only from whom nothing is kept."""


async def ended(
    context: ToolContext, messages: Sequence[ModelMessage], calls: Sequence[tuple[ToolCall, HostedCall]]
) -> tuple[ToolEnd, ...]:
    """Return the ends of calls, with the files of programs in the storage; `messages` are all that the model has seen."""
    reads = await _tables_seen(context, messages) if any(done.name == CODE for _, done in calls) else ()
    ends = list[ToolEnd]()
    try:
        for call, done in calls:
            ends.append(await _program(context, call, done, reads) if done.name == CODE else _search(call, done))
    except BaseException:
        await _forget(context, [artifact for end in ends for artifact in end.artifacts])
        raise
    return tuple(ends)


def _search(call: ToolCall, done: HostedCall) -> ToolEnd:
    facts = [fact for name in ("query", "url", "pattern") if (fact := done.arguments.get(name))]
    return ToolEnd(call, _json({"done": done.arguments, **_error(done)}), done.error, 0.0, {"facts": facts})


async def _program(context: ToolContext, call: ToolCall, done: HostedCall, reads: Sequence[str]) -> ToolEnd:
    artifacts, lost, told = list[NewArtifact](), list(done.lost), list[dict[str, Any]]()
    try:
        for file in done.files:
            kept = await _kept(context, file, reads)
            if isinstance(kept, LostFile):
                lost.append(kept)
                continue
            artifacts.append(kept)
            told.append(_told(kept))
    except BaseException:
        await _forget(context, artifacts)
        raise
    missing = [{"file_name": each.name, "reason": each.reason} for each in lost]
    content = {"printed": done.logs, **({"files": told} if told else {}), **({"not_kept": missing} if missing else {})}
    details = {
        "code": done.arguments["code"], "logs": done.logs, "is_cut": done.is_cut, "reads": list(reads),
        "lost": msgspec.to_builtins(lost),
    }  # fmt: skip
    return ToolEnd(call, _json({**content, **_error(done)}), done.error, 0.0, details, tuple(artifacts))


async def _kept(context: ToolContext, file: HostedFile, reads: Sequence[str]) -> NewArtifact | LostFile:
    if context.exports is None:
        return LostFile(file.name, "failed")
    try:
        found = await asyncio.to_thread(checked, file)
    except RefusedError as error:
        log.info("a file of a program is not kept", reason=error.reason)
        return LostFile(file.name, error.reason)
    exporter, folder = context.exports.exporter, (context.actor.tenant_id, context.artifacts.session_id)
    try:
        artifact_id, key, url = await exporter.keep(folder, found.ending, found.data)
    except Exception:  # A storage may be elsewhere: whatever it raises, the file is lost and the run goes on.
        log.exception("a file of a program could not be stored")
        return LostFile(file.name, "failed")
    return _artifact(found, artifact_id, key, url, reads)


def _artifact(found: Checked, artifact_id: uuid.UUID, key: str, url: str, reads: Sequence[str]) -> NewArtifact:
    details = {
        "form": found.form, "file_name": found.name, "mime_type": found.mime_type, "size_bytes": len(found.data),
        "storage_key": key, "url": url, "reads": list(reads), **found.details,
    }  # fmt: skip
    return NewArtifact(artifact_id, "code_output", found.name, details)


def _told(kept: NewArtifact) -> dict[str, Any]:
    """Return what the model is told of a file: of a table its first rows, for its program's memory does not last."""
    table: dict[str, Any] = {name: kept.details[name] for name in ("columns", "rows", "row_count") if name in kept.details}
    return {"file_name": kept.name, "shown": True, **table}


async def _tables_seen(context: ToolContext, messages: Sequence[ModelMessage]) -> tuple[str, ...]:
    """Return the tables that figures in a program may be from: those of all results that the model has seen."""
    wanted = seen(messages).results
    found = await context.artifacts.details_of(wanted)
    asked = [asked_from(found[result_id]) if result_id in found else None for result_id in wanted]
    return tuple(sorted({name for each in asked if each for name in each.tables})) if all(asked) else ANY_TABLE


async def _forget(context: ToolContext, artifacts: Sequence[NewArtifact]) -> None:
    if context.exports:
        for artifact in artifacts:
            await context.exports.exporter.storage.delete(artifact.details["storage_key"])


def _error(done: HostedCall) -> dict[str, str]:
    return {"error": done.error} if done.error else {}


def _json(content: dict[str, Any]) -> str:
    return msgspec.json.encode(content).decode()
