"""What was asked is told once for each result of an answer: above the first table or chart that shows it."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.artifact_view import ArtifactView, ChartView, TableView
from app.files.models import Artifact

SHOWN = ("table", "chart")


async def tell_once(db: AsyncSession, shown: Sequence[Artifact], views: Mapping[uuid.UUID, ArtifactView]) -> None:
    """Leave the strip out of views that stand below another one of their answer with the same result."""
    for artifact_id in await _repeated(db, shown):
        view = views.get(artifact_id)
        if isinstance(view, TableView | ChartView):
            view.chips = []


async def _repeated(db: AsyncSession, shown: Sequence[Artifact]) -> set[uuid.UUID]:
    run_ids = {artifact.run_id for artifact in shown if artifact.run_id and artifact.kind in SHOWN}
    if not run_ids:
        return set()
    tenant_ids = {artifact.tenant_id for artifact in shown}
    beside = (
        Artifact.run_id.in_(run_ids),
        Artifact.tenant_id.in_(tenant_ids),
        Artifact.kind.in_(SHOWN),
        Artifact.deleted_at.is_(None),
    )
    statement = select(Artifact.id, Artifact.run_id, Artifact.details).where(*beside).order_by(Artifact.id)
    seen, repeated = set(), set()
    for artifact_id, run_id, details in (await db.execute(statement)).all():
        result = run_id, details["result_id"]
        if result in seen:
            repeated.add(artifact_id)
        seen.add(result)
    return repeated
