"""Wire BiChat together, top to bottom."""

import asyncio
import contextlib
import functools
import gc
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from litestar import Litestar
from litestar.types import ControllerRouterHandler
from sqlalchemy.exc import SQLAlchemyError

from app import diagnosis
from app.admin.analytics import WallChecks
from app.admin.routes import analytics as analytics_pages
from app.admin.routes import audit as audit_pages
from app.agent import analysts
from app.agent.model import Model
from app.agent.tool import Tool
from app.agent.tools.registry import BUILT_IN
from app.api import health as health_api
from app.api import rpc as rpc_api
from app.api import stream as stream_api
from app.audit.record import start_recording
from app.chat import figures, purging, questions
from app.chat.desk import Desk
from app.chat.event_log import MemoryEventLog
from app.chat.execution import Analyst, Execution
from app.chat.exports import ExportJobs
from app.chat.pages import RenderedTurns
from app.chat.routes import artifacts as artifact_routes
from app.chat.routes import charts, conversations, exports, messages, runs, tables, uploads, versions
from app.chat.routes import questions as question_routes
from app.chat.routes.shown import frame_of
from app.chat.runner import Runner
from app.data import routes as catalogue_pages
from app.data.exports.exporter import Exporter
from app.data.queries import Queries
from app.data.sources import open_queries
from app.data.table_book import TableBook
from app.database import Database, now
from app.demo import seeding
from app.demo.companies import companies
from app.demo.knowledge import METADATA, QUERIES, recognise
from app.errors import N_
from app.files.storage import FileStorage, open_storage
from app.identity import guards, sign_in
from app.identity.permissions import DEFAULT, Permission
from app.identity.routes import account, signing_in
from app.identity.watch import ActorWatch
from app.knowledge.validated_queries import ValidatedQueries
from app.settings import Settings
from app.telemetry import logs
from app.telemetry.health import Health
from app.web import plugin
from app.web.limits import Limit

log = structlog.get_logger()

HANDLERS: tuple[ControllerRouterHandler, ...] = (
    *signing_in.HANDLERS,
    *account.HANDLERS,
    *conversations.HANDLERS,
    *messages.HANDLERS,
    *versions.HANDLERS,
    *runs.HANDLERS,
    *question_routes.HANDLERS,
    *charts.HANDLERS,
    *tables.HANDLERS,
    *artifact_routes.HANDLERS,
    *exports.HANDLERS,
    *uploads.HANDLERS,
    *catalogue_pages.HANDLERS,
    *audit_pages.HANDLERS,
    *analytics_pages.HANDLERS,
    *stream_api.HANDLERS,
    *rpc_api.HANDLERS,
    *health_api.HANDLERS,
)
"""The routes of every package."""
GRACE_SECONDS = 10.0
SWEEP_SECONDS = 60.0
PURGE_SECONDS = 3600.0
START_SECONDS = 2.0
"""How long a start waits to know what PostgreSQL holds."""
TOO_FAST = N_("You are sending messages too fast. Your text is kept; send it again in %(seconds)s seconds.")


def create_app(
    settings: Settings,
    *,
    permissions: Mapping[Permission, str] = DEFAULT,
    tools: Sequence[Tool] = (),
    model: Model | None = None,
    storage: FileStorage | None = None,
) -> Litestar:
    """Return the application. `tools` join the built-in ones, `model` and `storage` replace those that the settings name.

    `permissions` is what roles of this installation call a permission, where that is not BiChat's own name.
    """
    logs.configure(settings)
    start_recording()
    database = Database(settings.database_url)
    table_book = TableBook(database)
    queries = open_queries(settings, METADATA if settings.uses_demo_analytics else None, table_book)
    knowledge = ValidatedQueries(QUERIES if settings.uses_demo_analytics else None)
    answering = model or _model(settings)
    event_log = MemoryEventLog()
    exporter = Exporter(
        queries,
        storage or open_storage(settings.storage_url),
        max_rows=settings.export_max_rows,
        base_url=settings.storage_base_url,
    )
    jobs = ExportJobs(database, exporter)
    analyst = Analyst(
        model=answering,
        queries=queries,
        knowledge=knowledge,
        tools=analysts.tools_of(built_in=BUILT_IN, extra=tools),
        load_actor=functools.partial(sign_in.by_user_id, names=permissions),
        prompt_extension=settings.prompt_extension,
        max_iterations=settings.max_iterations,
        max_history=settings.max_history_messages,
        tool_timeout=settings.tool_timeout,
        run_timeout=settings.run_timeout,
        exporter=exporter,
        site=settings.site,
    )
    watch = ActorWatch(database, names=permissions)
    runner = Runner(database, event_log, Execution(database, event_log, analyst, watch), data_dir=settings.data_dir)
    lifecycle = Lifecycle(settings, database, queries, answering, runner, event_log, watch, exports=jobs)
    app = Litestar(
        route_handlers=[*plugin.route_handlers(), *HANDLERS],
        guards=[guards.identify],
        lifespan=[lifecycle.running],
        **plugin.options(settings, database),
    )  # fmt: skip
    state = app.state
    state.desk = Desk(
        settings=settings, database=database, runner=runner, event_log=event_log, templates=state.templates,
        rendered=RenderedTurns(), watch=watch, limits=state.limits,
        message_limit=Limit("messages", settings.rate_messages, 60, TOO_FAST), knowledge=knowledge, queries=queries,
        exports=jobs, is_offline=model is None and settings.uses_offline_model,
    )  # fmt: skip
    state.health = Health(
        diagnosis.dependencies(settings, database, queries.source),
        figures=lambda: figures.figures(database),
        is_ready=lambda: lifecycle.is_ready,
    )
    state.update({"catalogue": queries.catalogue, "table_book": table_book, "frame_of": frame_of})
    state.wall_checks = WallChecks(settings, database)
    state.update({"permissions": permissions, "watch": watch, "demo_logins": (), "lifecycle": lifecycle})
    return plugin.wrap(app, settings)


def _model(settings: Settings) -> Model:
    if settings.uses_offline_model:
        from app.agent.offline.model import OfflineModel  # noqa: PLC0415 - only one of the models is loaded

        return OfflineModel()
    from app.agent.openai_client import openai_model  # noqa: PLC0415 - only one of the models is loaded

    return openai_model(settings)


class Lifecycle:
    """What lives as long as the application: recovery at the start, sweeps meanwhile, an end that loses nothing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queries: Queries,
        model: Model,
        runner: Runner,
        event_log: MemoryEventLog,
        watch: ActorWatch,
        *,
        exports: ExportJobs,
    ) -> None:
        self._settings = settings
        self._database = database
        self._queries = queries
        self._model = model
        self._runner = runner
        self._event_log = event_log
        self._watch = watch
        self._exports = exports

    @property
    def is_ready(self) -> bool:
        """Tell whether requests are taken."""
        return not self._runner.is_draining

    @contextlib.asynccontextmanager
    async def running(self, app: Litestar) -> AsyncGenerator[None]:
        """Recover what an earlier process left, then keep sweeping until the application ends."""
        await self._runner.recover()
        app.state.demo_logins = await self._demo_logins()
        background = [asyncio.create_task(task) for task in self._background()]
        if self._queries.dialect == "postgres":
            background.append(asyncio.create_task(recognise(self._queries, app.state.desk.knowledge)))
            await asyncio.wait(background[-1:], timeout=START_SECONDS)
        try:
            yield
        finally:
            await self.drain()
            await self._exports.close()
            await app.state.wall_checks.close()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await self._model.close()
            await self._queries.close()
            await self._database.close()

    async def drain(self) -> None:
        """Let runs finish for a while, park the rest, and let the readers of streams go. A second call does nothing."""
        if not self._runner.is_draining:
            await self._runner.drain(GRACE_SECONDS)
        self._event_log.release()

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        return [self._watch.run(), self._expire_questions(), self._purge(), self._warm_up()]

    async def _warm_up(self) -> None:
        """Load the model's client before the first question asks for it; like all that stays, it is left out of collections."""
        if warm_up := getattr(self._model, "warm_up", None):
            await warm_up()
            gc.collect()
            gc.freeze()

    async def _expire_questions(self) -> None:
        while True:
            try:
                await questions.expire(self._database, self._runner, self._event_log)
            except SQLAlchemyError:
                log.warning("questions could not be expired", exc_info=True)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _purge(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        while True:
            try:
                await purging.purge(self._database, self._exports.exporter.storage, now())
            except Exception:
                log.exception("deleted files could not be removed")
            await asyncio.sleep(PURGE_SECONDS)

    async def _demo_logins(self) -> list[dict[str, str | None]]:
        if self._settings.is_production or not await seeding.is_seeded(self._database, self._settings):
            return []
        shown = companies()[:1] if self._settings.analytics_isolation == "single" else companies()
        return [
            {"email": login.email, "role": login.role, "tenant": company.name, "password": seeding.PASSWORD}
            for company in shown
            for login in company.users
        ]
