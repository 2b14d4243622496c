"""Titles that are made after the first answer of a conversation, in the background, with no one waiting for them."""

import asyncio
import uuid

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.chat import title_making
from app.chat.acting import LoadActor
from app.chat.desk import Desk
from app.chat.models import Run, RunStatus, Session
from app.errors import BiChatError

log = structlog.get_logger()

AT_ONCE = 2
LONGEST_WAIT = 100
"""How many titles are made or waited for; further ones are left as they are."""


class AutomaticTitles:
    """The titles that this process is making."""

    def __init__(self, desk: Desk, load_actor: LoadActor) -> None:
        self._desk = desk
        self._load_actor = load_actor
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def answered(self, run_id: uuid.UUID) -> None:
        """Begin with the title of the conversation that a run has ended in, if that was its first answer. Never waits."""
        desk = self._desk
        if desk.is_offline or not desk.settings.automatic_titles or desk.runner.is_draining or len(self._tasks) >= LONGEST_WAIT:
            return
        task = asyncio.create_task(self._make(run_id), name=f"title after {run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is not made yet: such a conversation keeps the title that its question gave it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _make(self, run_id: uuid.UUID) -> None:
        try:
            async with self._turn:
                await self._name(run_id)
        except (BiChatError, SQLAlchemyError) as error:
            log.info("a title was not made", run_id=str(run_id), reason=type(error).__name__)
        except Exception:  # Nobody awaits it, and a title is never worth more than a line in the log.
            log.exception("a title was not made", run_id=str(run_id))

    async def _name(self, run_id: uuid.UUID) -> None:
        """Name the conversation of a run on behalf of its asker, whose own it is."""
        desk = self._desk
        async with desk.database.reading() as db:
            run = await db.get_one(Run, run_id)
            session = await db.get_one(Session, run.session_id)
            completed = select(func.count()).where(Run.session_id == run.session_id, Run.status == RunStatus.COMPLETED)
            is_first = await db.scalar(completed) == 1
        is_wanted = is_first and run.status == RunStatus.COMPLETED and not session.title_is_typed
        if not is_wanted or session.deleted_at or run.user_id != session.user_id:
            return
        actor = await self._load_actor(desk.database, run.user_id, token_id=run.token_id)
        if actor is not None:
            await title_making.regenerate(desk, actor, session.id)
            desk.feed.tell(session.user_id, session.id)
