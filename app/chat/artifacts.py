"""What answers show beside their words: loaded for a reader, and found by id within an actor's reach."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.chat import charts, follow_ups, sessions, strips
from app.chat.access import Access, readable_by
from app.chat.artifact_view import ArtifactView, ChartView, DeletedView
from app.chat.export_card import FILES, code_view, export_view
from app.chat.export_card import is_within as is_file_within
from app.chat.models import Run, Session
from app.chat.table_views import hidden_view, table_view, written_at
from app.chat.tables import is_within
from app.errors import NotFound
from app.files.models import Artifact
from app.identity.actor import Actor


async def find(db: AsyncSession, actor: Actor, artifact_id: uuid.UUID) -> tuple[Artifact, Access]:
    """Return an artifact with its content, and what `actor` may do in its session; raises `NotFound`."""
    statement = (
        select(Artifact)
        .join(Session, Session.id == Artifact.session_id)
        .options(undefer(Artifact.content))
        .where(Artifact.id == artifact_id, Artifact.deleted_at.is_(None), readable_by(actor))
    )
    found = (await db.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such result in this conversation.")
    return found, await sessions.access_of(db, actor, found.session_id)


async def revise(db: AsyncSession, artifact: Artifact) -> None:
    """Say that an artifact has changed: whatever process shows its turn renders it anew."""
    showing = update(Run).where(Run.id == artifact.run_id, Run.tenant_id == artifact.tenant_id)
    await db.execute(showing.values(revision=Run.revision + 1), execution_options={"synchronize_session": False})


async def load(
    db: AsyncSession, actor: Actor, artifact_ids: Sequence[uuid.UUID], *, locale: str, reach: frozenset[str] | None = None
) -> Mapping[uuid.UUID, ArtifactView]:
    """Return what is shown of artifacts, within the actor's tenant; of a deleted one that it was deleted.

    Results that were read from tables outside `reach` (None: all are in it) are not shown.
    """
    if not artifact_ids:
        return {}
    in_tenant = Artifact.tenant_id == actor.tenant_id
    shown = (await db.execute(select(Artifact).where(Artifact.id.in_(artifact_ids), in_tenant))).scalars().all()
    deleted = {
        artifact.id: DeletedView(artifact.id, artifact.name if reach is None else "") for artifact in shown if artifact.deleted_at
    }
    shown = [artifact for artifact in shown if artifact.id not in deleted]
    files = {
        artifact.id: _file_view(artifact) if is_file_within(artifact, reach) else hidden_view(artifact)
        for artifact in shown
        if artifact.kind in FILES
    }
    shown = [artifact for artifact in shown if artifact.id not in files]
    result_ids = {artifact.id: uuid.UUID(artifact.details["result_id"]) for artifact in shown}
    statement = select(Artifact).options(undefer(Artifact.content)).where(Artifact.id.in_(result_ids.values()), in_tenant)
    results = {result.id: result for result in (await db.execute(statement)).scalars()}
    views: dict[uuid.UUID, ArtifactView] = {**deleted, **files}
    tabled = await charts.tabled(db, [artifact for artifact in shown if artifact.kind == "chart"])
    for artifact in shown:
        result = results.get(result_ids[artifact.id])
        if result is not None:
            views[artifact.id] = _view(artifact, result, locale) if is_within(result, reach) else hidden_view(artifact)
    for view in views.values():
        if isinstance(view, ChartView):
            view.is_lone = str(result_ids[view.id]) not in tabled
    await strips.tell_once(db, shown, views)
    await follow_ups.compare(db, shown, results, views, locale, reach)
    return views


def _file_view(artifact: Artifact) -> ArtifactView:
    return export_view(artifact) if artifact.kind == "export" else code_view(artifact)


def _view(artifact: Artifact, result: Artifact, locale: str) -> ArtifactView:
    if artifact.kind != "chart":
        return table_view(artifact, result, locale)
    view = charts.chart_view(artifact, result, locale)
    view.written_at, view.executed_at = written_at(artifact), msgspec.convert(result.details["executed_at"], dt.datetime)
    return view
