"""The demo's business database, built once, and an analyst of each of its companies."""

import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.data.queries import Queries
from app.data.sources import open_queries
from app.demo import business_database
from app.demo.companies import Company
from app.demo.knowledge import METADATA
from app.demo.seeding import this_month
from app.identity.actor import Actor
from app.settings import Settings, load

SEEDING_LIMIT = 15
"""Seconds that the contract gives for seeding."""


@pytest.fixture(scope="session")
def business_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "analytics.sqlite"
    started = time.perf_counter()
    lines = business_database.build(path, this_month())
    seconds = time.perf_counter() - started
    print(f"built the demo's business database, {lines} order lines, in {seconds:.1f} s")
    assert seconds < SEEDING_LIMIT
    return path


@pytest.fixture
def analyst_of() -> Callable[[Company], Actor]:
    def make(company: Company) -> Actor:
        login = next(login for login in company.users if login.role == "Analyst")
        return Actor(
            user_id=company.tenant_id,
            tenant_id=company.tenant_id,
            email=login.email,
            first_name=login.first_name,
            last_name=login.last_name,
            role=login.role,
            permissions=frozenset({"BiChat.Access"}),
            locale="en",
            tenant_name=company.name,
            time_zone="Asia/Tashkent",
            first_weekday=0,
            currency="UZS",
        )

    return make


@pytest.fixture
def demo_settings(business_file: Path) -> Settings:
    return load({"BICHAT_DATA_DIR": str(business_file.parent), "BICHAT_MODEL": "offline"})


@pytest.fixture
async def queries(demo_settings: Settings) -> AsyncIterator[Queries]:
    queries = open_queries(demo_settings, METADATA)
    yield queries
    await queries.close()


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
