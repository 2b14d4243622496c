"""What a question kept of the one it builds on: told with the first strip of its result."""

import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.artifact_view import ArtifactView, ChartView, TableView
from app.chat.models import Message, Run
from app.data.reach import Reach, holds_result
from app.data.results import asked_from, columns_from
from app.data.strip_changes import Query, builds_on, changed, goes_on
from app.files.models import Artifact

LOOKED_BACK = 200
"""So many of the latest results and turns without one of a conversation are looked through."""


async def compare(
    db: AsyncSession,
    shown: Sequence[Artifact],
    results: Mapping[uuid.UUID, Artifact],
    views: Mapping[uuid.UUID, ArtifactView],
    locale: str,
    reach: Reach,
) -> None:
    """Tell views with a strip how their query differs from that of the last result of the turn right before theirs.

    Nothing is told where that turn has no result with tables in common, of a result that is not within `reach`, nor of a
    query that begins anew; turns that are not shown any more are none.
    """
    told = [(view, artifact) for artifact in shown if (view := _with_strip(views.get(artifact.id))) and artifact.run_id]
    if not told:
        return
    earlier = await _latest(db, {artifact.session_id for _, artifact in told}, max(_run(artifact) for _, artifact in told))
    for view, artifact in told:
        query = _query(results[uuid.UUID(artifact.details["result_id"])].details)
        before = (row for row in earlier if row.session_id == artifact.session_id and row.id < _run(artifact))
        base = getattr(next(before, None), "details", None)
        earlier_query = _query(base) if base and holds_result(reach, base) else None
        if query and earlier_query and builds_on(query.asked, earlier_query.asked):
            change = changed(query, earlier_query, locale)
            view.change = change if goes_on(change, query, earlier_query) else None


def _with_strip(view: ArtifactView | None) -> TableView | ChartView | None:
    return view if isinstance(view, TableView | ChartView) and view.chips else None


def _run(artifact: Artifact) -> uuid.UUID:
    assert artifact.run_id
    return artifact.run_id


async def _latest(db: AsyncSession, session_ids: Iterable[uuid.UUID], before: uuid.UUID) -> list[Any]:
    """Return the shown runs before a run, the latest first, each with its last result, if any.

    What is read before that one are names to look up.
    """
    is_result = (Artifact.run_id == Run.id) & (Artifact.kind == "result") & Artifact.deleted_at.is_(None)
    statement = (
        select(Run.session_id, Run.id, Artifact.details)
        .join(Message, Message.id == Run.user_message_id)
        .outerjoin(Artifact, is_result)
        .where(
            Run.session_id.in_(set(session_ids)), Run.id < before, Message.set_aside.is_(False), Message.deleted_at.is_(None)
        )
        .order_by(Run.id.desc(), Artifact.id.desc())
        .limit(LOOKED_BACK)
    )  # fmt: skip
    rows = (await db.execute(statement)).all()
    return [next(of_run) for _, of_run in itertools.groupby(rows, key=lambda row: row.id)]


def _query(details: Mapping[str, Any]) -> Query | None:
    asked = asked_from(details)
    return Query(asked, columns_from(details)) if asked else None
