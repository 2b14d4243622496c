"""The check of the business database's walls as managers start and read it: one at a time, its outcome kept in the record."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import structlog
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.record import record
from app.data.walls.verdicts import WALLS, Verdict
from app.database import Database
from app.errors import N_, Conflict
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name
from app.settings import Settings
from app.web.locale import translator

log = structlog.get_logger()

ACTION = "analytics.checked"
RUNNING = N_("A check is running already. Its outcome appears here.")


class WallView(msgspec.Struct, frozen=True):
    """A wall as the page shows it, in the reader's language."""

    name: str
    title: str
    tried: int
    problems: tuple[str, ...]
    remedy: str
    holds: bool


class LastCheck(msgspec.Struct, frozen=True):
    """The newest check that somebody of the company started."""

    at: dt.datetime
    who: str
    walls: tuple[WallView, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing came through."""
        return all(wall.holds for wall in self.walls)


class WallChecks:
    """Runs at most one check in this process; `done` and `total` tell how far it is."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self.done = 0
        self.total = 0

    @property
    def is_running(self) -> bool:
        """Tell whether a check is going on."""
        return self._task is not None and not self._task.done()

    @property
    def is_broken(self) -> bool:
        """Tell whether the newest check ended without an outcome."""
        task = self._task
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    def start(self, actor: Actor) -> None:
        """Begin a check for the actor; raises `Conflict` while one is running."""
        if self.is_running:
            raise Conflict(RUNNING)
        self.done = self.total = 0
        self._task = asyncio.create_task(self._run(actor))
        self._task.add_done_callback(_tell_failure)

    async def close(self) -> None:
        """End the check that is running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, actor: Actor) -> None:
        from app.data.walls import checking  # noqa: PLC0415 - brings the SQL parser and the driver

        verdicts = await checking.check(self._settings, self._advance)
        async with self._database.writing() as db:
            record(db, actor, ACTION, holds=all(verdict.holds for verdict in verdicts), walls=msgspec.to_builtins(verdicts))

    def _advance(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("the check of the walls was not finished", exc_info=error)


async def last(database: Database, actor: Actor) -> LastCheck | None:
    """Return the newest check of the actor's company."""
    query = (
        select(AuditEntry.created_at, AuditEntry.details, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.tenant_id == actor.tenant_id, AuditEntry.action == ACTION)
        .order_by(AuditEntry.created_at.desc())
        .limit(1)
    )
    async with database.reading() as db:
        found = (await db.execute(query)).first()
    if found is None:
        return None
    who = full_name(found.first_name, found.last_name, found.email)
    return LastCheck(found.created_at, who, _views(found.details, actor.locale))


def _views(details: dict[str, Any], locale: str) -> tuple[WallView, ...]:
    texts = translator(locale)
    verdicts = {verdict.wall: verdict for verdict in msgspec.convert(details["walls"], list[Verdict])}
    return tuple(
        WallView(
            wall.name,
            texts.gettext(wall.title),
            verdicts[wall.name].tried,
            tuple(texts.gettext(problem.message, **problem.values) for problem in verdicts[wall.name].problems),
            texts.gettext(wall.remedy),
            verdicts[wall.name].holds,
        )
        for wall in WALLS
        if wall.name in verdicts
    )
