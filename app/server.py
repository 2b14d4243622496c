"""Serve BiChat in this process: one data directory, one port, a start that says what is wrong, a shutdown that loses nothing."""

import asyncio
import contextlib
import fcntl
import gc
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from types import FrameType
from typing import IO, Any

import click
import structlog
import uvicorn

from app import migrations
from app.database import Database, sqlite_path
from app.demo import seeding
from app.demo.companies import companies
from app.identity import tenants
from app.main import create_app
from app.settings import Settings, SettingsError

log = structlog.get_logger()

CLOSING_SECONDS = 5
"""How long connections may linger after the runs have been finished or parked."""

GARBAGE_OBJECTS = 10_000
"""New objects between collections; a collection of everything comes after a hundred times as many and holds up every stream."""

THREADS_TAKE_TURNS = 0.0005
"""Seconds that one thread may keep the interpreter while others want it: the one that writes asks for it at every statement."""


def serve(settings: Settings, *, with_demo: bool) -> None:
    """Serve until told to end. `with_demo` seeds the demo first where it is missing. Raises `SettingsError`."""
    with _lock(settings), _listening(settings) as listener:
        has_demo = asyncio.run(_prepare(settings, with_demo=with_demo))
        app = create_app(settings)
        announcement = _announcement(settings, listener, has_demo=has_demo)
        server = Server(app, drain=app.state.lifecycle.drain, announcement=announcement)
        server.run(sockets=[listener])
        if not server.started:
            message = "BiChat could not start; the log above says why."
            raise SettingsError(message)


LONGEST_MESSAGE = 1024 * 1024
"""Bytes of a web socket's message."""


class WebSocket(asyncio.Protocol):
    """The protocol of a connection that asks for a web socket; loaded at the first one."""

    def __new__(cls, **parts: Any) -> Any:
        """Return the real protocol."""
        from uvicorn.protocols.websockets import websockets_sansio_impl  # noqa: PLC0415 - most servers never need it

        return websockets_sansio_impl.WebSocketsSansIOProtocol(**parts)


class Server(uvicorn.Server):
    """Uvicorn that lets runs finish on the first signal, still answering meanwhile, and ends at once on the second."""

    def __init__(self, app: Any, *, drain: Callable[[], Awaitable[None]], announcement: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop" if sys.platform != "win32" else "asyncio",
                http="httptools",
                ws=WebSocket,
                ws_max_size=LONGEST_MESSAGE,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=CLOSING_SECONDS,
            )
        )
        self.drain = drain
        self.announcement = announcement
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Task[None] | None = None
        self._signalled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then leave what was loaded out of later collections: it stays anyway, and walking it costs milliseconds."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE_OBJECTS)
        sys.setswitchinterval(THREADS_TAKE_TURNS)
        if self.started:
            with contextlib.suppress(OSError):  # nobody may be reading
                click.echo(self.announcement)
                sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signature is uvicorn's
        """Begin to end; the second signal does not wait. The process exits with 0 either way, so nothing is raised again."""
        if self._signalled or self._loop is None:
            self.force_exit = self.should_exit = True
            return
        self._signalled = True
        self._loop.call_soon_threadsafe(self._begin_to_end, signal.Signals(sig).name)

    def _begin_to_end(self, name: str) -> None:
        log.info("ending", signal=name)
        self._ending = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            await self.drain()
        finally:
            self.should_exit = True


@contextlib.contextmanager
def _lock(settings: Settings) -> Generator[None]:
    """Hold the data directory: recovery at start must never take a run that another process is still working on."""
    path = settings.data_dir / "lock"
    try:
        file: IO[str] = path.open("a", encoding="ascii")
    except OSError as error:
        message = (
            f"BICHAT_DATA_DIR is {str(settings.data_dir)!r}, which cannot be written to ({error.strerror}). Name a writable one."
        )
        raise SettingsError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                f"Another BiChat already serves the data directory {str(settings.data_dir)!r}. "
                "Stop it first, or set BICHAT_DATA_DIR to another directory."
            )
            raise SettingsError(message) from error
        yield


@contextlib.contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    """Take the port before anything slow happens; nobody is answered until the application listens."""
    try:
        kind, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        message = f"HOST is {settings.host!r}, which is no address of this machine ({error.strerror}). Correct it or unset it."
        raise SettingsError(message) from error
    with socket.socket(kind, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            message = (
                f"HOST {settings.host} PORT {settings.port} cannot be listened on ({error.strerror}). Set PORT to a free port."
            )
            raise SettingsError(message) from error
        yield listener


async def _prepare(settings: Settings, *, with_demo: bool) -> bool:
    """Bring the databases to where they must be and return whether the demo is there."""
    database = Database(settings.database_url)
    try:
        await migrations.prepare(settings, database)
        await _check_tenants(settings, database)
        await _check_analytics_role(settings)
        if with_demo and not await seeding.is_seeded(database, settings):
            _seed()
        return not settings.is_production and await seeding.is_seeded(database, settings)
    finally:
        await database.close()


async def _check_tenants(settings: Settings, database: Database) -> None:
    if settings.analytics_isolation != "single":
        return
    async with database.reading() as db:
        if await tenants.count_active(db) > 1:
            message = (
                "BICHAT_ANALYTICS_ISOLATION=single shows every table to everyone, and there is more than one active tenant. "
                "Use views, or another data directory."
            )
            raise SettingsError(message)


async def _check_analytics_role(settings: Settings) -> None:
    """Refuse a real site whose business database could be changed by what a model writes; elsewhere only say so."""
    if sqlite_path(settings.analytics_url) is not None:
        return
    from app.data.walls import postgres_rights  # noqa: PLC0415 - only where the business database is PostgreSQL

    try:
        problem = await postgres_rights.serious_problem(settings.analytics_url, settings.analytics_schema)
    except postgres_rights.UNREACHABLE as error:
        log.warning("the business database cannot be reached", setting="BICHAT_ANALYTICS_URL", error=type(error).__name__)
        return
    if problem and settings.is_production:
        message = (
            f"BICHAT_ANALYTICS_URL names a role that can do more than read: {problem}. "
            "Name a role of its own and run `bichat analytics init --dsn ADMIN_DSN`, which makes it."
        )
        raise SettingsError(message)
    if problem:
        log.warning("the analytics role can do more than read", problem=str(problem), remedy="bichat analytics init")


def _seed() -> None:
    """Seed in another process: the memory it takes is given back before serving starts."""
    click.echo("Making the demo company's data; this takes some seconds, once.", err=True)
    subprocess.run([sys.executable, "-m", "app", "demo"], check=True, stdout=subprocess.DEVNULL)


def _announcement(settings: Settings, listener: socket.socket, *, has_demo: bool) -> str:
    host = "localhost" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    port = listener.getsockname()[1]
    lines = [f"BiChat is at http://{f'[{host}]' if ':' in host else host}:{port}"]
    if has_demo:
        shown = companies()[:1] if settings.analytics_isolation == "single" else companies()
        logins = [(login.email, login.role or "no role", company.name) for company in shown for login in company.users]
        lines += ["", f"Demo logins, all with the password {seeding.PASSWORD}:"]
        lines += [f"  {email:22} {role:8} {name}" for email, role, name in logins]
    return "\n".join(lines)
