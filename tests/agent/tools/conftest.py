"""What a tool is given: a business database, a conversation's stored results and the person who asks."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import insert

from app.agent.tool import NewArtifact, ToolContext
from app.chat.models import Session
from app.data.periods import Calendar
from app.data.results import encode_rows
from app.database import Database
from app.files.artifacts import ArtifactReader
from app.files.models import Artifact
from app.identity.models import Tenant, User
from app.knowledge.validated_queries import ValidatedQueries
from tests.data.conftest import OURS, business_file, inner_name, notes_dir, ours, queries, theirs

__all__ = ["business_file", "inner_name", "notes_dir", "ours", "queries", "theirs"]
NOW = dt.datetime(2026, 3, 31, 21, 30, tzinfo=dt.UTC)


@pytest.fixture
async def session_id(database: Database, ours) -> uuid.UUID:
    """A conversation of ours."""
    made = uuid.uuid4()
    async with database.writing() as db:
        await db.execute(insert(Tenant).values(id=OURS, name="Shop"))
        await db.execute(insert(User).values(id=ours.user_id, tenant_id=OURS, email="a@b.test", password_hash=""))
        await db.execute(insert(Session).values(id=made, tenant_id=OURS, user_id=ours.user_id, active_at=NOW, updated_at=NOW))
    return made


@pytest.fixture
async def context(queries, ours, database: Database, session_id: uuid.UUID) -> ToolContext:
    knowledge = ValidatedQueries(None)
    return ToolContext(
        ours, queries, knowledge, ArtifactReader(database, ours, session_id), "en", NOW, Calendar("Asia/Tashkent", 0)
    )


@pytest.fixture
def store(database: Database, session_id: uuid.UUID):
    """Return a function that keeps an artifact as a committed call would."""

    async def keep(artifact: NewArtifact, tenant_id: uuid.UUID = OURS) -> None:
        content = encode_rows(artifact.result) if artifact.result else None
        async with database.writing() as db:
            await db.execute(
                insert(Artifact).values(
                    id=artifact.id,
                    tenant_id=tenant_id,
                    session_id=session_id,
                    kind=artifact.kind,
                    name=artifact.name,
                    details=artifact.details,
                    content=content,
                )
            )

    return keep
