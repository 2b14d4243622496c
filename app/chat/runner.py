"""Runs as tasks of this process: started, stopped, parked at shutdown and taken over after a crash."""

import asyncio
import contextlib
import datetime as dt
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import model_calls
from app.chat.event_log import MemoryEventLog, RunEvent
from app.chat.models import Run, RunStatus
from app.database import FAILURES, Database, now
from app.errors import N_, Unavailable
from app.telemetry.bus import AgentFailed, Bus

log = structlog.get_logger()

LEASE = dt.timedelta(seconds=60)
HEARTBEAT_SECONDS = 20.0
MAX_RECOVERIES = 3
FIRST_ATTEMPT = 1
STOP, PARK, REVOKED = "stop", "park", "revoked"
WHOSE = (Run.tenant_id, Run.user_id, Run.session_id, Run.worked_ms)


@dataclass(frozen=True, slots=True)
class Control:
    """How an execution hears why it was cancelled (`stop`, `park`, `revoked`, or None), and ends itself when access ends."""

    why: Callable[[], str | None]
    revoke: Callable[[], None]


Execute = Callable[[uuid.UUID, Control], Awaitable[None]]


class Runner:
    """Owns the tasks of the runs of this process.

    `owner` is the same for every process that is ever started on this data directory, of which only one lives at a time.
    """

    def __init__(
        self, database: Database, event_log: MemoryEventLog, execute: Execute, *, data_dir: Path, bus: Bus | None = None
    ) -> None:
        self._database = database
        self._event_log = event_log
        self.bus = bus or Bus()
        self._execute = execute
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._reasons: dict[uuid.UUID, str] = {}
        self._heartbeat: asyncio.Task[None] | None = None
        self.afterwards: Callable[[uuid.UUID], None] | None = None
        """Is told each run that work has ended on, however it ended."""
        self.is_draining = False
        self.owner = _node_id(data_dir)

    def claim(self) -> dict[str, Any]:
        """Return the columns that make a run this process's own."""
        return {"status": RunStatus.RUNNING, "owner": self.owner, "lease_until": now() + LEASE}

    def refuse_while_draining(self) -> None:
        """Raise `Unavailable` when no new work is taken because the process shuts down."""
        if self.is_draining:
            raise Unavailable(N_("BiChat is restarting. Your text is kept; send it again in a moment."))

    def start_new(self, run_id: uuid.UUID) -> None:
        """Begin work on a run that was only just added: nothing of it is stored that its log would have to be read from."""
        self._event_log.open(run_id).begin(FIRST_ATTEMPT)
        self.start(run_id)

    def start(self, run_id: uuid.UUID) -> None:
        """Begin work on a run that was claimed; a run at work is left alone."""
        if run_id in self._tasks or self.is_draining:
            return
        task = asyncio.create_task(self._work(run_id), name=f"run {run_id}")
        self._tasks[run_id] = task

    async def stop(self, run_id: uuid.UUID, *, reason: str = STOP) -> bool:
        """Stop a run at work here and wait until it has settled; False when it is not at work here."""
        task = self._cancel(run_id, reason)
        if task is None:
            return False
        await asyncio.wait([task])
        return True

    def _cancel(self, run_id: uuid.UUID, reason: str) -> asyncio.Task[None] | None:
        task = self._tasks.get(run_id)
        if task and run_id not in self._reasons:
            self._reasons[run_id] = reason
            task.cancel()
        return task

    def conclude(self, run_id: uuid.UUID, *events: RunEvent) -> None:
        """Tell the followers how a run ended that nothing was at work on."""
        run_log = self._event_log.find(run_id)
        if run_log and not run_log.is_closed:
            for event in events:
                run_log.append(event)
            self._event_log.close(run_id)

    @property
    def active(self) -> int:
        """Return how many runs are at work here."""
        return len(self._tasks)

    async def recover(self) -> None:
        """Take over the runs that an earlier process left, and begin to renew the leases of one's own."""
        for run_id in await self._take_over(or_(Run.owner == self.owner, Run.owner.is_(None), Run.lease_until < now())):
            self.start(run_id)
        self._heartbeat = asyncio.create_task(self._renew(), name="run leases")

    async def drain(self, grace: float) -> None:
        """Take no new work, let runs finish for `grace` seconds, then park the rest for recovery."""
        self.is_draining = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace)
        parked = list(self._tasks)
        await asyncio.gather(*(self.stop(run_id, reason=PARK) for run_id in parked))
        if parked:
            log.info("runs parked", count=len(parked))
        if self._heartbeat:
            self._heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heartbeat

    async def _work(self, run_id: uuid.UUID) -> None:
        try:
            control = Control(lambda: self._reasons.get(run_id), lambda: self._revoke(run_id))
            await self._execute(run_id, control)
        finally:
            del self._tasks[run_id]
            self._reasons.pop(run_id, None)
        if self.afterwards:
            self.afterwards(run_id)

    def _revoke(self, run_id: uuid.UUID) -> None:
        self._cancel(run_id, REVOKED)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._beat()
            except FAILURES:
                log.warning("leases of runs could not be renewed", exc_info=True)

    async def _beat(self) -> None:
        if self._tasks:
            statement = update(Run).where(Run.id.in_(list(self._tasks)), Run.owner == self.owner)
            async with self._database.writing() as db:
                await db.execute(statement.values(lease_until=now() + LEASE))
        for run_id in await self._take_over(or_(Run.owner.is_(None), Run.lease_until < now())):
            self.start(run_id)

    async def _take_over(self, orphaned: Any) -> list[uuid.UUID]:
        unfinished = Run.status.in_((RunStatus.QUEUED, RunStatus.RUNNING))
        async with self._database.writing() as db:
            statement = select(Run.id, Run.status, Run.recoveries, *WHOSE).where(
                unfinished, orphaned, Run.id.not_in(list(self._tasks))
            )
            runs = (await db.execute(statement.order_by(Run.created_at).with_for_update(skip_locked=True))).all()
            taken = [run for run in runs if run.status == RunStatus.QUEUED or run.recoveries < MAX_RECOVERIES]
            await _give_up(db, [run.id for run in runs if run not in taken])
            for status, recovered in ((RunStatus.QUEUED, 0), (RunStatus.RUNNING, 1)):
                claim = update(Run).where(Run.id.in_([run.id for run in taken if run.status == status]))
                counted = {"attempt": Run.attempt + 1, "recoveries": Run.recoveries + recovered}
                await db.execute(claim.values(**self.claim(), **counted).execution_options(synchronize_session=False))
        for run in runs:
            if run not in taken:
                whose = {"tenant_id": run.tenant_id, "user_id": run.user_id, "session_id": run.session_id, "run_id": run.id}
                self.bus.tell(AgentFailed(**whose, code="internal", worked_ms=run.worked_ms))
        if runs:
            log.info("runs taken over", taken=len(taken), given_up=len(runs) - len(taken))
        return [run.id for run in taken]


async def _give_up(db: AsyncSession, run_ids: list[uuid.UUID]) -> None:
    values = {"status": RunStatus.FAILED, "error_code": "internal", "owner": None, "lease_until": None, "finished_at": now()}
    await db.execute(update(Run).where(Run.id.in_(run_ids)).values(**values).execution_options(synchronize_session=False))
    await model_calls.keep_lost(db, run_ids)


def _node_id(data_dir: Path) -> str:
    path = data_dir / "node_id"
    if not path.exists():
        path.write_text(secrets.token_hex(8), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
