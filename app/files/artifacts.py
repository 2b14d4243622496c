"""Results that a conversation keeps: written together with the tool call that made them, read within the actor's reach."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.database import Database
from app.errors import NotFound
from app.files.models import Artifact
from app.identity.actor import Actor


class ArtifactReader:
    """Reads the stored outcomes of one session on behalf of one actor, whose reach of the session was checked before."""

    def __init__(self, database: Database, actor: Actor, session_id: uuid.UUID) -> None:
        self._database = database
        self._actor = actor
        self.session_id = session_id

    async def find(self, artifact_id: uuid.UUID) -> Artifact:
        """Return the artifact with its content; raises `NotFound` outside the session."""
        statement = (
            select(Artifact)
            .options(undefer(Artifact.content))
            .where(
                Artifact.id == artifact_id,
                Artifact.tenant_id == self._actor.tenant_id,
                Artifact.session_id == self.session_id,
                Artifact.deleted_at.is_(None),
            )
        )
        async with self._database.reading() as db:
            artifact = (await db.execute(statement)).scalar_one_or_none()
        if artifact is None:
            raise NotFound("There is no such result in this conversation.")
        return artifact

    async def details_of(self, artifact_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, dict[str, Any]]:
        """Return what is known of artifacts of the session, without their rows; deleted ones among them."""
        statement = select(Artifact.id, Artifact.details).where(
            Artifact.id.in_(artifact_ids), Artifact.tenant_id == self._actor.tenant_id, Artifact.session_id == self.session_id
        )
        async with self._database.reading() as db:
            return {row.id: row.details for row in await db.execute(statement)}
