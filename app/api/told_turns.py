"""Turns of a conversation as programs get them, read back from what was committed."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Row

from app.agent.events import Delegated
from app.agent.model import ToolCall
from app.agent.tool import NewArtifact
from app.api.code_outputs import Translate, code_outputs
from app.api.shapes import (
    ArtifactShape,
    AssistantTurn,
    CodeOutput,
    RunError,
    ToolCallShape,
    Turn,
    UserTurn,
    citation_shapes,
    claim_shapes,
    iso,
    person,
)
from app.chat import artifact_list, debugging, sentences, transcript
from app.chat.claims import checked_from
from app.chat.debugging import DebugView
from app.chat.sources import cited_from
from app.chat.transcript import UNTOLD, WITHHELD, Transcript
from app.data.reach import Reach, holds_call
from app.database import Database
from app.identity.actor import Actor


class Reading(NamedTuple):
    """How turns are read: the tables within reach, whether none is kept from the reader at all, and their language."""

    reach: Reach
    reads_all: bool
    translate: Translate


async def told(database: Database, actor: Actor, session_id: uuid.UUID, rows: Sequence[Row[Any]], reading: Reading) -> list[Turn]:
    """Return the turns of rows of `turns.page`; of what was read from tables outside the reach nothing but the calls."""
    run_ids = [row.run_id for row in rows if row.run_id]
    async with database.reading() as db:
        transcripts = await transcript.load_many(db, run_ids)
        made = await artifact_list.of_runs(db, actor, session_id, run_ids, reach=reading.reach)
    took = await debugging.of(database, actor, run_ids)
    told = [
        _turn(row, session_id, transcripts.get(row.run_id, transcript.NOTHING), made.get(row.run_id, []), reading) for row in rows
    ]
    return [_with_debug(turn, took.get(row.run_id)) for turn, row in zip(told, rows, strict=True)]


def _with_debug(turn: Turn, took: DebugView | None) -> Turn:
    """Add what the answer took, for the one who asked for that."""
    if took is None or turn.assistant_turn is UNSET:
        return turn
    return msgspec.structs.replace(turn, assistant_turn=msgspec.structs.replace(turn.assistant_turn, debug=took.shape))


def _turn(row: Row[Any], session_id: uuid.UUID, run: Transcript, artifacts: list[dict[str, Any]], reading: Reading) -> Turn:
    author = person(row.author_id, row.first_name, row.last_name, row.email) if row.author_id else None
    asked = UserTurn(id=str(row.id), content=row.content, author=author, created_at=iso(row.created_at))
    return Turn(
        id=str(row.id),
        session_id=str(session_id),
        created_at=iso(row.created_at),
        user_turn=asked,
        assistant_turn=_answer(run, artifacts, reading) or UNSET,
        run_id=str(row.run_id) if row.run_id else UNSET,
        status=row.status or UNSET,
        error=_error(row.error_code, reading.translate) if row.error_code else UNSET,
    )


def _error(code: str, translate: Translate) -> RunError:
    failure = sentences.failure(code)
    return RunError(code=failure.code, message=translate(failure.sentence), retryable=failure.is_retryable)


def _answer(run: Transcript, artifacts: list[dict[str, Any]], reading: Reading) -> AssistantTurn | None:
    """Return the answer so far, None before the first step is committed."""
    steps = [row for row in run.rows if row.role == "assistant"]
    if not steps:
        return None
    is_answer = [row.partial or bool((row.details or {}).get("final")) for row in steps]
    notes = [row.content for row, final in zip(steps, is_answer, strict=True) if row.content and not final]
    ended = {row.call_id: row for row in run.every if row.role == "tool"}
    return AssistantTurn(
        id=str(steps[0].id),
        content="".join(row.content for row, final in zip(steps, is_answer, strict=True) if final),
        explanation="\n\n".join(notes) or UNSET,
        reasoning=_reasoning(run, "", reading),
        tool_calls=[
            msgspec.structs.replace(_call(call, within, ended.get(call.id), reading), reasoning=_reasoning(run, call.id, reading))
            for call, within in transcript.calls(run)
        ],
        artifacts=msgspec.convert(artifacts, list[ArtifactShape]),
        code_outputs=[shape for row in run.every for shape in _outputs(row, artifacts, reading)],
        citations=[shape for row in steps for shape in citation_shapes(cited_from(row.details))],
        unmatched_claims=[shape for row in steps for shape in claim_shapes(checked_from(row.details), reading.reach)] or UNSET,
        created_at=iso(steps[0].created_at),
    )


def _reasoning(run: Transcript, task_call_id: str, reading: Reading) -> str | UnsetType:
    """Return what was considered for a task, or by the analyst itself; nothing is told of it to whom a table is kept from."""
    told = [row.reasoning for row in run.every if row.reasoning and row.task_call_id == task_call_id and reading.reads_all]
    return "\n\n".join(told) or UNSET


def _outputs(row: Row[Any], artifacts: list[dict[str, Any]], reading: Reading) -> list[CodeOutput]:
    details = (row.details or {}).get("shown", {})
    if row.role != "tool" or not holds_call(reading.reach, details):
        return []
    made = msgspec.convert((row.details or {}).get("artifacts", ()), tuple[NewArtifact, ...])
    return code_outputs(details, made, reading.translate, {uuid.UUID(shape["id"]): shape["name"] for shape in artifacts})


def _call(call: ToolCall, within: Delegated | None, ended: Row[Any] | None, reading: Reading) -> ToolCallShape:
    is_told = holds_call(reading.reach, (ended.details or {}).get("shown", {})) if ended else reading.reads_all
    known = ToolCallShape(id=call.id, name=call.name, arguments=call.arguments if is_told else UNTOLD)
    if within:
        known = msgspec.structs.replace(known, agent_name=within.agent, task_call_id=within.call_id)
    if ended is None:
        return known
    duration = UNSET if ended.duration_ms is None else round(ended.duration_ms)
    if is_told and ended.error_code is None:
        return msgspec.structs.replace(known, result=ended.content, duration_ms=duration)
    return msgspec.structs.replace(known, error=ended.content if is_told else WITHHELD, duration_ms=duration)
