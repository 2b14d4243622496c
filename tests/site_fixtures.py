"""Fixtures around `tests.site`, shared by the tests of the web, of identity and of the commands."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.audit.record import start_recording
from app.database import Database
from app.identity import tenants, users
from app.identity.users import NewUser
from app.settings import Settings
from tests import postgres
from tests.site import PASSWORD, PEOPLE, Browser, Site

start_recording()


@pytest.fixture(scope="session")
async def peopled_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two tenants, a person for each role, and a stranger of the other tenant, to be copied."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("people") / "bichat.sqlite"))
    await _populate(Database(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
async def peopled_template(postgres_cluster: postgres.Cluster, migrated_template: str) -> str:
    """The same on PostgreSQL, to be cloned."""
    await _populate(Database(postgres_cluster.create("people", migrated_template)))
    return "people"


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The application database's engine: SQLite, and PostgreSQL too for tests marked `ON_EACH_ENGINE`."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def peopled_url(settings: Settings, engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an application database with people in it, of the test's own."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("peopled_file"), settings.data_dir / "bichat.sqlite")
        yield settings.database_url
        return
    cluster: postgres.Cluster = request.getfixturevalue("postgres_cluster")
    name = f"chat_{abs(hash(request.node.nodeid))}"
    yield cluster.create(name, request.getfixturevalue("peopled_template"))
    cluster.drop(name)


async def _populate(database: Database) -> None:
    one, two = await tenants.add(database, "One"), await tenants.add(database, "Two")
    everybody = [(one.id, email, role) for email, role in PEOPLE.items()] + [(two.id, "analyst@two.test", "Analyst")]
    await asyncio.gather(
        *(users.add(database, tenant_id, NewUser(email, PASSWORD, role)) for tenant_id, email, role in everybody)
    )
    await database.close()


@pytest.fixture
async def people(settings: Settings, peopled_file: Path) -> AsyncIterator[Database]:
    """The application database with people in it, of the test's own."""
    shutil.copy(peopled_file, settings.data_dir / "bichat.sqlite")
    database = Database(settings.database_url)
    yield database
    await database.close()


@pytest.fixture
def site(settings: Settings, people: Database) -> Site:
    return Site(settings, people)


@pytest.fixture
async def browser_of_nobody(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


@pytest.fixture
async def analyst(site: Site) -> AsyncIterator[Browser]:
    """A browser in which the analyst is signed in."""
    async with site.browser() as browser:
        assert (await browser.sign_in("analyst@one.test")).status_code == 303
        yield browser
