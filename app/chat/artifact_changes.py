"""Tables, charts and files renamed, deleted and restored by those who may write in their conversation."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.chat import access, sessions, titles
from app.chat.access import Access
from app.chat.export_card import FILES
from app.chat.models import Session
from app.chat.purging import KEPT
from app.data.exports.exporter import safe_name
from app.database import now
from app.errors import N_, Invalid, NotFound
from app.files.models import Artifact
from app.identity.actor import Actor

MOST_CHARS = 200
NO_ARTIFACT = N_("There is no such result in this conversation.")


async def find(db: AsyncSession, actor: Actor, artifact_id: uuid.UUID) -> tuple[Artifact, Access]:
    """Return a listed artifact, deleted or not, of a session that `actor` may write in; raises `NotFound` or `Forbidden`."""
    statement = (
        select(Artifact)
        .join(Session, Session.id == Artifact.session_id)
        .where(Artifact.id == artifact_id, Artifact.kind != "result", access.readable_by(actor))
        .with_for_update(of=Artifact)
    )
    found = (await db.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(NO_ARTIFACT)
    allowed = await sessions.access_of(db, actor, found.session_id)
    access.check_writable(allowed)
    return found, allowed


def rename(db: AsyncSession, actor: Actor, artifact: Artifact, name: str) -> None:
    """Give an artifact another name, a file with its ending; raises `Invalid`, or `NotFound` for a deleted one."""
    if artifact.deleted_at:
        raise NotFound(NO_ARTIFACT)
    name = " ".join(name.split())
    if artifact.kind in FILES:
        ending = artifact.name.rpartition(".")[2]
        stem = safe_name(name.removesuffix(f".{ending}"))
        name = f"{stem}.{ending}" if stem else ""
    if not 1 <= len(name) <= MOST_CHARS or not titles.is_shown(name):
        raise Invalid(N_("A name has 1 to %(limit)s characters."), details={"name": "not valid"}, limit=MOST_CHARS)
    details = {**artifact.details, "title": name} if "title" in artifact.details else artifact.details
    if artifact.kind == "chart":
        drawn = {"spec": {**details["spec"], "title": name}}
        details = {**details, **drawn, "edits": [{**edit, "title": name} for edit in details.get("edits", ())]}
    before, artifact.name, artifact.details = artifact.name, name, details
    record(db, actor, "artifact.renamed", artifact.id, **_told(artifact), before=before)


def delete(db: AsyncSession, actor: Actor, artifact: Artifact) -> None:
    """Hide an artifact from its conversation until it is restored; its file and its result stay."""
    if artifact.deleted_at is None:
        artifact.deleted_at = now()
        record(db, actor, "artifact.deleted", artifact.id, **_told(artifact))


def restore(db: AsyncSession, actor: Actor, artifact: Artifact) -> None:
    """Show a deleted artifact again; raises `NotFound` when it is about to be removed for good."""
    if artifact.deleted_at is not None and artifact.deleted_at < now() - KEPT:
        raise NotFound(NO_ARTIFACT)
    if artifact.deleted_at is not None:
        artifact.deleted_at = None
        record(db, actor, "artifact.restored", artifact.id, **_told(artifact))


def _told(artifact: Artifact) -> dict[str, str]:
    return {"session_id": str(artifact.session_id), "kind": artifact.kind, "name": artifact.name}
