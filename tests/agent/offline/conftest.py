"""Conversations of an analyst of the demo's retail company, on a fixed day within its data."""

import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.agent.approvals import Approvals
from app.data.queries import Queries
from app.data.sources import open_queries
from app.demo.companies import companies
from app.demo.knowledge import METADATA, QUERIES
from app.identity.actor import Actor
from app.knowledge.validated_queries import ValidatedQueries
from app.settings import load
from tests.agent.offline.conversation import Conversation

Talk = Callable[..., Conversation]


@pytest.fixture(scope="session")
def knowledge() -> ValidatedQueries:
    return ValidatedQueries(QUERIES)


@pytest.fixture
async def queries(seeded: Path) -> AsyncIterator[Queries]:
    queries = open_queries(load({"BICHAT_DATA_DIR": str(seeded), "BICHAT_MODEL": "offline"}), METADATA)
    yield queries
    await queries.close()


@pytest.fixture
def now(seeded: Path) -> dt.datetime:
    """Noon in Tashkent on the 15th of the last month with orders."""
    with sqlite3.connect(seeded / "analytics.sqlite") as connection:
        (last,) = connection.execute("SELECT MAX(order_date) FROM orders_t").fetchone()
    connection.close()
    return dt.datetime.fromisoformat(str(last)[:10]).replace(day=15, hour=7, tzinfo=dt.UTC)


@pytest.fixture
def talk(queries: Queries, knowledge: ValidatedQueries, now: dt.datetime) -> Talk:
    def start(
        locale: str = "en", company: int = 0, tools: dict | None = None, approvals: Approvals | None = None
    ) -> Conversation:
        at = companies()[company]
        actor = Actor(
            user_id=at.tenant_id, tenant_id=at.tenant_id, email="analyst@example.test", first_name="", last_name="",
            role="Analyst", permissions=frozenset({"BiChat.Access"}), locale=locale, tenant_name=at.name,
            time_zone="Asia/Tashkent", first_weekday=0, currency="UZS",
        )  # fmt: skip
        return Conversation(queries, knowledge, actor, locale, now, tools, approvals or Approvals())

    return start
