"""Wire BiChat together, top to bottom."""

import functools
from collections.abc import Mapping, Sequence

import structlog
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from app import diagnosis
from app.admin.analytics import WallChecks
from app.admin.routes import every as admin_pages
from app.agent import agent_files, analysts, hosted_calls, prices, skill_files
from app.agent.context.compiling import Window
from app.agent.endpoints import Endpoints
from app.agent.failover import Failover
from app.agent.model import Model
from app.agent.tool import Tool
from app.agent.tools.registry import BUILT_IN, built_in
from app.api import health as health_api
from app.api import metrics as metrics_api
from app.api import reference
from app.api import rpc as rpc_api
from app.api import stream as stream_api
from app.api.graphql import routes as graphql_api
from app.audit.record import start_recording
from app.chat import figures, session_watch
from app.chat.analyst import Analyst
from app.chat.automatic_titles import AutomaticTitles
from app.chat.desk import Desk
from app.chat.embedding_calls import EmbeddingMeter
from app.chat.event_log import MemoryEventLog
from app.chat.execution import Execution
from app.chat.exports import ExportJobs
from app.chat.pages import RenderedTurns
from app.chat.routes import artifacts as artifact_routes
from app.chat.routes import charts, commands, conversations, exports, feedback, messages, runs, shelves, tables, uploads, versions
from app.chat.routes import organising as organising_routes
from app.chat.routes import questions as question_routes
from app.chat.routes import search as search_routes
from app.chat.routes import session_list as session_list_routes
from app.chat.routes import sharing as sharing_routes
from app.chat.routes import summaries as summary_routes
from app.chat.routes import verifying as verifying_routes
from app.chat.routes.shown import frame_of
from app.chat.runner import Runner
from app.chat.session_feed import SessionFeed
from app.data import routes as catalogue_pages
from app.data.exports.exporter import Exporter
from app.data.sources import open_queries
from app.data.table_book import TableBook
from app.database import Database
from app.demo.knowledge import METADATA, QUERIES
from app.files.storage import FileStorage, open_storage
from app.identity import guards, sign_in
from app.identity.permissions import DEFAULT, Permission
from app.identity.routes import account, joining, signing_in
from app.identity.watch import ActorWatch
from app.knowledge.company_queries import CompanyQueries
from app.knowledge.described_tables import described_tables
from app.knowledge.embeddings import open_embedder
from app.knowledge.library import Library
from app.knowledge.validated_queries import ValidatedQueries
from app.lifecycle import Lifecycle
from app.settings import Settings
from app.telemetry import logs
from app.telemetry.bus import Bus, Handler
from app.telemetry.event_lines import EventLines
from app.telemetry.health import Health
from app.telemetry.metrics import Metrics
from app.telemetry.tracing import NO_RECORDER, Recorder
from app.web import plugin

log = structlog.get_logger()

HANDLERS: tuple[ControllerRouterHandler, ...] = (
    *signing_in.HANDLERS,
    *joining.HANDLERS,
    *account.HANDLERS,
    *conversations.HANDLERS,
    *session_list_routes.HANDLERS,
    *messages.HANDLERS,
    *commands.HANDLERS,
    *organising_routes.HANDLERS,
    *summary_routes.HANDLERS,
    *sharing_routes.HANDLERS,
    *search_routes.HANDLERS,
    *shelves.HANDLERS,
    *versions.HANDLERS,
    *runs.HANDLERS,
    *feedback.HANDLERS,
    *verifying_routes.HANDLERS,
    *question_routes.HANDLERS,
    *charts.HANDLERS,
    *tables.HANDLERS,
    *artifact_routes.HANDLERS,
    *exports.HANDLERS,
    *uploads.HANDLERS,
    *catalogue_pages.HANDLERS,
    *admin_pages.HANDLERS,
    *stream_api.HANDLERS,
    *rpc_api.HANDLERS,
    *graphql_api.HANDLERS,
    *reference.HANDLERS,
    *health_api.HANDLERS,
    *metrics_api.HANDLERS,
)
"""The routes of every package."""


def create_app(
    settings: Settings,
    *,
    permissions: Mapping[Permission, str] = DEFAULT,
    tools: Sequence[Tool] = (),
    model: Model | None = None,
    storage: FileStorage | None = None,
    handlers: Sequence[Handler] = (),
) -> Litestar:
    """Return the application. `tools` join the built-in ones, `model` and `storage` replace those that the settings name.

    `handlers` hear the events of `app.telemetry.bus` as they happen; slow ones miss some rather than hold anything up.

    `permissions` is what roles of this installation call a permission, where that is not BiChat's own name.
    """
    logs.configure(settings)
    start_recording()
    database = Database(settings.database_url)
    table_book = TableBook(database, described_tables)
    queries = open_queries(settings, METADATA if settings.uses_demo_analytics else None, table_book)
    answering = model or _model(settings)
    agents = agent_files.load({tool.name for tool in (*BUILT_IN, *tools)})
    every_tool = analysts.tools_of(built_in=built_in(knows=settings.kb_enabled), extra=tools, agents=agents)
    metrics = Metrics(every_tool, functools.partial(figures.active_sessions, database))
    bus = Bus([metrics, EventLines(), *handlers], size=settings.event_bus_buffer_size)
    metrics.watch(bus)
    endpoints = Endpoints(settings)
    if isinstance(answering, Failover):
        endpoints = Endpoints(settings, answering.states)
        metrics.watch_providers(answering.open_by_name)
    recorder = _recorder(settings)
    known_prices = prices.load(settings.prices_file)
    library = Library(database, open_embedder(settings, EmbeddingMeter(database, known_prices, bus)))
    shared = ValidatedQueries(QUERIES if settings.uses_demo_analytics else None)
    knowledge = CompanyQueries(database, shared, library if settings.kb_enabled else None)
    event_log = MemoryEventLog()
    exporter = Exporter(
        queries,
        storage or open_storage(settings.storage_url),
        max_rows=settings.export_max_rows,
        base_url=settings.storage_base_url,
    )
    analyst = Analyst(
        model=answering,
        queries=queries,
        knowledge=knowledge,
        tools=every_tool,
        agents=agents,
        load_actor=functools.partial(sign_in.by_user_id, names=permissions),
        prompt_extension=settings.prompt_extension,
        skills=skill_files.load(settings),
        usual_model=settings.openai_model,
        hosted=settings.hosted_tools,
        max_iterations=settings.max_iterations,
        max_history=settings.max_history_messages,
        window=Window(settings.context_budget, settings.overflow_strategy, settings.openai_model),
        tool_timeout=settings.tool_timeout,
        run_timeout=settings.run_timeout,
        exporter=exporter,
        prices=known_prices,
        bus=bus,
        recorder=recorder,
        site=settings.site,
    )
    watch = ActorWatch(database, names=permissions, still_in=session_watch.still_in)
    feed = SessionFeed()
    runner = Runner(
        database, event_log, Execution(database, event_log, analyst, watch, feed), data_dir=settings.data_dir, bus=bus
    )
    web = plugin.options(settings, database)
    desk = Desk(
        settings=settings, database=database, runner=runner, event_log=event_log, templates=web["state"].templates,
        rendered=RenderedTurns(), watch=watch, limits=web["state"].limits,
        allowances=web["state"].allowances, knowledge=knowledge, library=library, queries=queries,
        exports=ExportJobs(database, exporter), feed=feed, model=answering, prices=known_prices, bus=bus,
        tools={**every_tool, **hosted_calls.as_tools(settings.hosted_tools)},
        is_offline=model is None and settings.uses_offline_model,
    )  # fmt: skip
    titles = AutomaticTitles(desk, analyst.load_actor)
    runner.afterwards = titles.answered
    lifecycle = Lifecycle(desk, answering, titles, recorder)
    app = Litestar(
        route_handlers=[*plugin.route_handlers(), *HANDLERS],
        guards=[guards.identify],
        after_exception=[guards.identify_astray],
        lifespan=[lifecycle.running],
        after_response=session_list_routes.touch_list,
        **web,
    )
    state = app.state
    state.health = Health(
        diagnosis.dependencies(settings, database, queries.source, endpoints),
        figures=lambda: figures.figures(database),
        is_ready=lambda: lifecycle.is_ready,
    )
    state.update({"catalogue": queries.catalogue, "table_book": table_book, "frame_of": frame_of})
    state.metrics = metrics
    state.wall_checks = WallChecks(settings, database)
    state.update({"desk": desk, "permissions": permissions, "watch": watch, "demo_logins": (), "lifecycle": lifecycle})
    return plugin.wrap(app, settings, recorder)


def _recorder(settings: Settings) -> Recorder:
    if not settings.otel_exporter_otlp_endpoint:
        return NO_RECORDER
    from app.telemetry.otlp import OtlpRecorder  # noqa: PLC0415 - brings OpenTelemetry, only where a collector is named

    return OtlpRecorder(settings.otel_exporter_otlp_endpoint)


def _model(settings: Settings) -> Model:
    if settings.uses_offline_model:
        from app.agent.offline.model import OfflineModel  # noqa: PLC0415 - only one of the models is loaded

        return OfflineModel()
    from app.agent.providers import language_model  # noqa: PLC0415 - only one of the models is loaded

    return language_model(settings)
