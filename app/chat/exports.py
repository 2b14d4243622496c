"""Files that people asked for on a page: made in the background, followed by their progress, kept as artifacts."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.chat import purging, sessions
from app.chat.artifact_view import ExportView
from app.chat.auditing import ADD_STATEMENT, Whose, audited
from app.chat.export_card import export_view, told
from app.chat.models import Message, Run
from app.data.errors import QueryError
from app.data.exports.exporter import Exported, Exporter, Progress
from app.data.exports.process import WritingError
from app.data.failure_wording import reason
from app.data.ledger import Ledger
from app.database import Database, new_id
from app.errors import N_, BiChatError, Conflict
from app.files.models import Artifact
from app.identity.actor import Actor

log = structlog.get_logger()

State = Literal["running", "ready", "failed", "cancelled"]
Make = Callable[[Exporter, Progress], Awaitable[Exported]]
MOST_OF_A_PERSON = 3
MOST = 20
KEPT_SECONDS = 900.0
A_MOMENT = 0.3
BUSY = N_("Your exports are still being made. Wait for one of them, or cancel it.")
FULL = N_("Too many exports are being made. Try again in a minute.")
FAILED = N_("The file could not be made. Try again.")
NOT_ANSWERED = N_("The database did not give the rows: %(reason)s")


class Job:
    """An export under way; `total` is how many rows it will have at most, None where it has no rows."""

    def __init__(self, actor: Actor, session_id: uuid.UUID, run_id: uuid.UUID | None, total: int | None) -> None:
        self.id = new_id()
        self.actor = actor
        self.session_id = session_id
        self.run_id = run_id
        self.total = total
        self.rows = 0
        self.state: State = "running"
        self.error: BiChatError | None = None
        self.file: ExportView | None = None
        self.has_begun = False
        self.started_at = time.monotonic()
        self.ended_at = float("inf")
        self.task: asyncio.Task[None] | None = None

    @property
    def whose(self) -> Whose:
        """Return whose statements are run for it."""
        return Whose(self.actor.tenant_id, self.actor.user_id, self.session_id, self.run_id)

    @property
    def is_waiting(self) -> bool:
        """Tell whether other files are made first; a moment before the work begins is no wait."""
        return not self.has_begun and time.monotonic() - self.started_at > A_MOMENT

    def report(self, rows: int) -> None:
        """Take note of the progress."""
        self.has_begun = True
        self.rows = rows


class ExportJobs:
    """The exports of this process. They do not outlive it: whoever asks for a lost one is told so."""

    def __init__(self, database: Database, exporter: Exporter) -> None:
        self.exporter = exporter
        self._database = database
        self._jobs: dict[uuid.UUID, Job] = {}

    def start(self, job: Job, make: Make) -> Job:
        """Begin to make a file with the exporter that `make` is given; raises `Conflict` when too much is under way."""
        self._forget_old()
        running = [other for other in self._jobs.values() if other.state == "running"]
        if sum(other.actor.user_id == job.actor.user_id for other in running) >= MOST_OF_A_PERSON:
            raise Conflict(BUSY)
        if len(running) >= MOST:
            raise Conflict(FULL)
        self._jobs[job.id] = job
        job.task = asyncio.create_task(self._work(job, make))
        return job

    def find(self, actor: Actor, job_id: uuid.UUID) -> Job | None:
        """Return the actor's own job, None where this process knows of none."""
        job = self._jobs.get(job_id)
        return job if job and job.actor.user_id == actor.user_id else None

    @staticmethod
    def cancel(job: Job) -> None:
        """Stop a job; one that has ended stays as it is."""
        if job.task is not None and job.state == "running":
            job.state = "cancelled"
            job.task.cancel()

    async def close(self) -> None:
        """Cancel what is under way."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, job: Job, make: Make) -> None:
        try:
            async with audited(self._database, job.whose) as ledger:
                exported = await make(self.exporter.noting(ledger), job.report)
                job.file = await self._keep(job, exported, ledger)
            job.state = "ready"
        except asyncio.CancelledError:
            job.state = "cancelled"
        except QueryError as error:
            job.state, job.error = "failed", Conflict(NOT_ANSWERED, reason=reason(error, job.actor.locale))
        except (WritingError, BiChatError) as error:
            job.state, job.error = "failed", error if isinstance(error, BiChatError) else Conflict(FAILED)
        except Exception:  # Nobody awaits a job: what is not told on its page would be lost with the task.
            log.exception("export failed", session_id=str(job.session_id))
            job.state, job.error = "failed", Conflict(FAILED)
        finally:
            job.ended_at = time.monotonic()

    async def _keep(self, job: Job, exported: Exported, ledger: Ledger) -> ExportView:
        """Commit the artifact with its audit; without the commit, as when the conversation is gone, there is no file either."""
        artifact = Artifact(
            id=exported.id, tenant_id=job.actor.tenant_id, session_id=job.session_id, run_id=job.run_id, kind="export",
            name=exported.file_name, details=exported.details,
        )  # fmt: skip
        is_kept, ran = False, ledger.ended
        try:
            async with self._database.writing() as db:
                await sessions.find_writable(db, job.actor, job.session_id)
                db.add(artifact)
                record(db, job.actor, "export.created", exported.id, session_id=str(job.session_id), **told(exported.details))
                for note in ran:
                    await db.execute(ADD_STATEMENT, job.whose.values(note))
            is_kept = True
            ledger.forget(ran)
        finally:
            if not is_kept:
                await purging.drop_unkept(self._database, self.exporter.storage, exported.id, exported.storage_key)
        return export_view(artifact)

    def _forget_old(self) -> None:
        before = time.monotonic() - KEPT_SECONDS
        self._jobs = {key: job for key, job in self._jobs.items() if job.ended_at > before}


async def question_of(db: AsyncSession, run_id: uuid.UUID | None) -> str:
    """Return the words that a run answers, empty where there are none."""
    statement = select(Message.content).join(Run, Run.user_message_id == Message.id).where(Run.id == run_id)
    return (await db.execute(statement)).scalar_one_or_none() or ""
