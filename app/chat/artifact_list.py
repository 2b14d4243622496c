"""The tables, charts and files of a conversation, newest first: listed for people and programs."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import sessions
from app.chat.artifact_shapes import artifact_shape, redacted
from app.chat.export_card import FILES
from app.chat.export_card import is_within as is_file_within
from app.chat.models import Message, Run
from app.chat.tables import is_within
from app.files.models import Artifact
from app.identity.actor import Actor

PAGE = 20


@dataclass(slots=True)
class PanelItem:
    """A line of the list of what a conversation shows; `turn_id` is the question's, None where it is gone."""

    id: uuid.UUID
    session_id: uuid.UUID
    kind: str
    name: str
    created_at: dt.datetime
    turn_id: uuid.UUID | None
    rows: int | None = None
    truncated: bool = False
    size_bytes: int | None = None
    url: str = ""
    is_hidden: bool = False
    is_deleted: bool = False

    @property
    def after_turn(self) -> uuid.UUID | None:
        """Return an id just after the turn's, before which the turn is the latest."""
        return uuid.UUID(int=self.turn_id.int + 1) if self.turn_id else None


async def listed(
    db: AsyncSession, actor: Actor, session_id: uuid.UUID, limit: int, offset: int, *, reach: frozenset[str] | None = None
) -> dict[str, Any]:
    """Return what `bichat.session.artifacts` answers, newest first; raises `NotFound`.

    Of what was read from tables outside `reach` (None: all are in it) nothing but its existence is told.
    """
    await sessions.find(db, actor, session_id)
    rows = await _rows(db, actor, session_id, limit, offset)
    results = await _results(db, actor, [row.Artifact for row in rows])
    has_more = len(rows) > limit
    shapes = [_shape(row, results, reach) for row in rows[:limit]]
    return {"artifacts": shapes, "hasMore": has_more, "nextOffset": offset + limit if has_more else None}


async def of_runs(
    db: AsyncSession, actor: Actor, session_id: uuid.UUID, run_ids: Sequence[uuid.UUID], *, reach: frozenset[str] | None
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return the same shapes by the runs that made them, of a session the caller has found, in the order they were made."""
    newest_first = _listed(actor, session_id).where(Artifact.run_id.in_(run_ids))
    rows = (await db.execute(newest_first)).all()
    results = await _results(db, actor, [row.Artifact for row in rows])
    made: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in reversed(rows):
        made.setdefault(row.Artifact.run_id, []).append(_shape(row, results, reach))
    return made


def _shape(row: Row[Artifact, uuid.UUID], results: dict[str, Artifact], reach: frozenset[str] | None) -> dict[str, Any]:
    shape = artifact_shape(row.Artifact, row.Artifact.session_id, row.Artifact.created_at, row.user_message_id)
    return shape if _is_readable(row.Artifact, results, reach) else redacted(shape)


async def items(
    db: AsyncSession, actor: Actor, session_id: uuid.UUID, *, offset: int = 0, reach: frozenset[str] | None = None
) -> tuple[list[PanelItem], int | None]:
    """Return a page of what a session the caller has found shows beside its words, and where the next page begins."""
    rows = await _rows(db, actor, session_id, PAGE, offset)
    results = await _results(db, actor, [row.Artifact for row in rows])
    shown = [_item(row.Artifact, row.user_message_id, results, reach) for row in rows[:PAGE]]
    return shown, offset + PAGE if len(rows) > PAGE else None


async def item(db: AsyncSession, actor: Actor, artifact: Artifact, *, reach: frozenset[str] | None = None) -> PanelItem:
    """Return one line of the list."""
    turn = await db.scalar(select(Run.user_message_id).where(Run.id == artifact.run_id))
    return _item(artifact, turn, await _results(db, actor, [artifact]), reach)


async def _rows(
    db: AsyncSession, actor: Actor, session_id: uuid.UUID, limit: int, offset: int
) -> Sequence[Row[Artifact, uuid.UUID]]:
    return (await db.execute(_listed(actor, session_id).limit(limit + 1).offset(offset))).all()


def _listed(actor: Actor, session_id: uuid.UUID) -> Select[Artifact, uuid.UUID]:
    return (
        select(Artifact, Run.user_message_id)
        .outerjoin(Run, Run.id == Artifact.run_id)
        .outerjoin(Message, Message.id == Run.user_message_id)
        .where(
            Artifact.session_id == session_id, Artifact.tenant_id == actor.tenant_id, Artifact.kind != "result",
            Artifact.deleted_at.is_(None), Message.summary_id.is_(None),
        )
        .order_by(Artifact.created_at.desc(), Artifact.id.desc())
    )  # fmt: skip


async def _results(db: AsyncSession, actor: Actor, shown: Sequence[Artifact]) -> dict[str, Artifact]:
    """Return the results that tables and charts show, without their rows, by id."""
    ids = [uuid.UUID(artifact.details["result_id"]) for artifact in shown if artifact.details.get("result_id")]
    found = await db.execute(select(Artifact).where(Artifact.id.in_(ids), Artifact.tenant_id == actor.tenant_id))
    return {str(result.id): result for result in found.scalars()}


def _is_readable(artifact: Artifact, results: dict[str, Artifact], reach: frozenset[str] | None) -> bool:
    if artifact.kind in FILES:
        return is_file_within(artifact, reach)
    result = results.get(artifact.details.get("result_id") or "")
    return reach is None or (result is not None and is_within(result, reach))


def _item(artifact: Artifact, turn_id: uuid.UUID | None, results: dict[str, Artifact], reach: frozenset[str] | None) -> PanelItem:
    details = artifact.details
    result = results.get(details.get("result_id") or "")
    view = PanelItem(artifact.id, artifact.session_id, artifact.kind, artifact.name, artifact.created_at, turn_id)
    view.is_deleted = artifact.deleted_at is not None
    if not _is_readable(artifact, results, reach):
        view.name, view.is_hidden = "", True
    elif artifact.kind in FILES:
        view.size_bytes, view.url = details["size_bytes"], details["url"]
    elif result is not None:
        view.rows, view.truncated = result.details["row_count"], result.details["truncated"]
    return view
