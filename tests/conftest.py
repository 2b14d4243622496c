"""Fixtures that every package's tests share. One event loop serves the whole session (see pyproject.toml)."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from app import migrations
from app import settings as settings_module
from app.database import Database
from app.settings import Settings
from tests import postgres, servers
from tests.redis_server import RedisServer

pytest_plugins = ("tests.browser_fixtures", "tests.no_skips", "tests.site_fixtures")
property_settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("repeatable")
LOGS = pytest.StashKey[list[servers.Process]]()
LOG_TAIL = 20_000


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the logs of the servers that a failed test talked to."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections += [(f"log of {process.url}", process.log[-LOG_TAIL:]) for process in item.stash.get(LOGS, [])]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    values = {"BICHAT_DATA_DIR": str(data_dir), "BICHAT_MODEL": "offline", "BICHAT_AUTOMATIC_TITLES": "false"}
    return settings_module.load(values)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty application database at this release's level, to be copied."""
    path = tmp_path_factory.mktemp("template") / "bichat.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def database(settings: Settings, migrated_file: Path) -> AsyncIterator[Database]:
    """The migrated, empty application database of `settings`, on SQLite."""
    shutil.copy(migrated_file, settings.data_dir / "bichat.sqlite")
    database = Database(settings.database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    with postgres.running() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own, for its superuser."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    yield postgres_cluster.create(name)
    postgres_cluster.drop(name)


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: postgres.Cluster) -> str:
    """A PostgreSQL database at this release's level, to be cloned."""
    _migrate(postgres_cluster.create("migrated"))
    return "migrated"


@pytest.fixture
async def postgres_database(
    postgres_cluster: postgres.Cluster, migrated_template: str, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """The migrated, empty application database on PostgreSQL."""
    name = f"app_{abs(hash(request.node.nodeid))}"
    database = Database(postgres_cluster.create(name, migrated_template))
    yield database
    await database.close()
    postgres_cluster.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Database:
    """The application database on each engine in turn."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres_database")


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demo in it, made once a session, to be copied."""
    folder = tmp_path_factory.mktemp("seeded")
    result = servers.bichat("demo", data_dir=folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def demo_dir(seeded: Path, tmp_path: Path) -> Path:
    """A data directory with the demo in it, of the test's own."""
    return shutil.copytree(seeded, tmp_path / "demo")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of the test's own."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


Serve = Callable[..., servers.Served]


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Return a function that serves BiChat from a data directory with settings by name, and stops it after the test."""
    started: list[servers.Process] = request.node.stash.setdefault(LOGS, [])

    def start(data_dir: Path, **values: str) -> servers.Served:
        server = servers.Served(data_dir, tmp_path / f"serve-{len(started)}.log", **values)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def served(serve: Serve, demo_dir: Path) -> servers.Served:
    """BiChat with the demo and the offline analyst, in a process of its own; may be killed and restarted."""
    return serve(demo_dir)


@pytest.fixture(scope="session")
def shared_server(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Served]:
    """One served BiChat with the demo for all tests that leave settings and other people's things alone."""
    folder = tmp_path_factory.mktemp("shared")
    server = servers.Served(shutil.copytree(seeded, folder / "demo"), folder / "serve.log", BICHAT_RATE_MESSAGES="100000")
    server.start()
    yield server
    server.close()


@pytest.fixture
def demo_server(shared_server: servers.Served, request: pytest.FixtureRequest) -> servers.Served:
    """`shared_server`, its log shown when the test fails."""
    request.node.stash.setdefault(LOGS, []).append(shared_server)
    return shared_server


def _migrate(url: str) -> None:
    async def migrate() -> None:
        database = Database(url)
        try:
            await migrations.upgrade(database)
        finally:
            await database.close()

    asyncio.run(migrate())
