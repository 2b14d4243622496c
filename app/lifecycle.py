"""What lives as long as the application: recovery at the start, sweeps meanwhile, an end that loses nothing."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import Any

import structlog
from litestar import Litestar

from app.agent.model import Model
from app.chat import purging, questions, retention
from app.chat.automatic_titles import AutomaticTitles
from app.chat.desk import Desk
from app.database import FAILURES, now
from app.demo import seeding
from app.demo.companies import companies
from app.demo.knowledge import recognise
from app.knowledge import intake
from app.telemetry.tracing import NO_RECORDER, Recorder

log = structlog.get_logger()

GRACE_SECONDS = 10.0
SWEEP_SECONDS = 60.0
PURGE_SECONDS = 3600.0
HEARD_SECONDS = 1.0
"""How long an end waits for handlers of events."""
START_SECONDS = 2.0
"""How long a start waits to know what PostgreSQL holds."""


class Lifecycle:
    """The start, the background and the end of one process that works at `desk`; `model` answers there."""

    def __init__(self, desk: Desk, model: Model, titles: AutomaticTitles, recorder: Recorder = NO_RECORDER) -> None:
        self._desk = desk
        self._model = model
        self._titles = titles
        self._recorder = recorder

    @property
    def is_ready(self) -> bool:
        """Tell whether requests are taken."""
        return not self._desk.runner.is_draining

    @contextlib.asynccontextmanager
    async def running(self, app: Litestar) -> AsyncGenerator[None]:
        """Recover what an earlier process left, then keep sweeping until the application ends."""
        desk = self._desk
        await desk.runner.recover()
        app.state.demo_logins = await self._demo_logins()
        background = [asyncio.create_task(task) for task in self._background()]
        if desk.queries.dialect == "postgres":
            background.append(asyncio.create_task(recognise(desk.queries, desk.knowledge.shared)))
            await asyncio.wait(background[-1:], timeout=START_SECONDS)
        try:
            yield
        finally:
            await self.drain()
            await self._titles.close()
            await desk.exports.close()
            await app.state.wall_checks.close()
            await app.state.limits.close()
            await desk.bus.settled(HEARD_SECONDS)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await self._model.close()
            await self._recorder.close()
            await desk.queries.close()
            await desk.library.close()
            await desk.database.close()

    async def drain(self) -> None:
        """Let runs finish for a while, park the rest, and let the readers of streams go. A second call does nothing."""
        if not self._desk.runner.is_draining:
            await self._desk.runner.drain(GRACE_SECONDS)
        self._desk.event_log.release()
        self._desk.feed.release()

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        return [
            self._take_in(),
            self._desk.bus.run(),
            self._desk.watch.run(),
            self._expire_questions(),
            self._purge(),
            self._warm_up(),
        ]

    async def _warm_up(self) -> None:
        """Load the model's client before the first question asks for it; like all that stays, it is left out of collections."""
        if warm_up := getattr(self._model, "warm_up", None):
            await warm_up()
            gc.collect()
            gc.freeze()

    async def _take_in(self) -> None:
        """Load the folder of knowledge that the settings name, for companies that have not got it as it is now."""
        desk = self._desk
        if desk.settings.knowledge_dir:
            folder = Path(desk.settings.knowledge_dir)
            await intake.take_in_for_all(folder, desk.database, desk.queries, desk.library.embedder)

    async def _expire_questions(self) -> None:
        while True:
            try:
                await questions.expire(self._desk.database, self._desk.runner, self._desk.event_log)
            except FAILURES:
                log.warning("questions could not be expired", exc_info=True)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _purge(self) -> None:
        storage = self._desk.exports.exporter.storage
        await asyncio.sleep(SWEEP_SECONDS)
        while True:
            try:
                await retention.sweep(self._desk.database, storage, now())
                await purging.purge(self._desk.database, storage, now())
            except Exception:  # Any storage may fail in its own way; the next hour tries again.
                log.exception("deleted files could not be removed")
            await asyncio.sleep(PURGE_SECONDS)

    async def _demo_logins(self) -> list[dict[str, str | None]]:
        settings = self._desk.settings
        if settings.is_production or not await seeding.is_seeded(self._desk.database, settings):
            return []
        shown = companies()[:1] if settings.analytics_isolation == "single" else companies()
        return [
            {"email": login.email, "role": login.role, "tenant": company.name, "password": seeding.PASSWORD}
            for company in shown
            for login in company.users
        ]
