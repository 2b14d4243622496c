"""The served application with a record of two companies in it."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from sqlalchemy import select

from app.audit.models import AuditedStatement
from app.database import Database
from app.identity.models import User
from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.scripted_model import ScriptedModel

NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
Ran = Callable[..., Awaitable[uuid.UUID]]


@pytest.fixture
async def site(settings: Settings, peopled_url: str) -> AsyncIterator[Chat]:
    model = ScriptedModel()
    async with served(msgspec.structs.replace(settings, database_url=peopled_url), model) as url:
        database = Database(peopled_url)
        yield Chat(url, model, database)
        await database.close()


@pytest.fixture
async def admin(site: Chat) -> AsyncIterator[Person]:
    """A browser in which the manager is signed in."""
    async with site.person("admin@one.test") as person:
        yield person


@pytest.fixture
def ran(site: Chat) -> Ran:
    """Return a function that records a statement, as `await ran("SELECT 1", "viewer@one.test", outcome="timeout")`."""

    async def keep(
        sql: str, email: str = "analyst@one.test", *, at: dt.datetime = NOON, outcome: str = "ok", error: str | None = None
    ) -> uuid.UUID:
        async with site.database.writing() as db:
            person = (await db.execute(select(User).where(User.email == email))).scalar_one()
            statement = AuditedStatement(
                tenant_id=person.tenant_id, user_id=person.id, session_id=uuid.uuid4(), sql=sql,
                parameters={"since": "2026-01-01"}, outcome=outcome, error=error, row_count=1234, duration_ms=5.25, created_at=at,
            )  # fmt: skip
            db.add(statement)
            await db.flush()
            return statement.id

    return keep
