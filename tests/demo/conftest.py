"""The demo's business database, built once, and an analyst of each of its companies."""

import datetime as dt
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from app.data.queries import Queries
from app.data.sources import open_queries
from app.demo import business_database, postgres_database
from app.demo.companies import Company
from app.demo.knowledge import METADATA
from app.demo.seeding import this_month
from app.identity.actor import Actor
from app.settings import Settings, load
from tests.postgres import Cluster

SEEDING_LIMIT = 15
"""Seconds that the contract gives for seeding."""
ROLE = f"demo_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def business_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "analytics.sqlite"
    worked = time.process_time()
    lines = business_database.build(path, this_month())
    seconds = time.process_time() - worked  # its own work: others share the machine
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


@pytest.fixture(scope="session")
def dsn(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a database in PostgreSQL for its owner; `there` fills it."""
    yield postgres_cluster.create(ROLE)
    postgres_cluster.drop(ROLE)
    postgres_cluster.sql(f"DROP ROLE IF EXISTS {ROLE}")


def reader_of(dsn: str) -> str:
    """Return the address for the role that only reads."""
    return f"postgresql://{ROLE}:reads@{dsn.partition('@')[2]}"


@pytest.fixture
def settings_there(dsn: str) -> Settings:
    return Settings(analytics_url=reader_of(dsn))


@pytest.fixture
async def there(dsn: str, settings_there: Settings) -> AsyncIterator[Queries]:
    """The same demo in PostgreSQL, made at its first use."""
    started, worked = time.perf_counter(), time.process_time()
    lines = await postgres_database.build(settings_there, dsn, this_month())
    if lines is not None:
        print(f"put {lines} order lines into PostgreSQL in {time.perf_counter() - started:.1f} s")
        assert lines > 150_000
        assert time.process_time() - worked < SEEDING_LIMIT  # its own work: PostgreSQL and others share the machine
    found = open_queries(settings_there, METADATA)
    yield found
    await found.close()
