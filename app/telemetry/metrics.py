"""What Prometheus reads: counts and times of runs, models and tools, gathered from the events of this process.

Models and tools are labels, never companies, people or conversations.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.database import FAILURES
from app.telemetry.bus import FAILED, FULL, AgentCompleted, AgentFailed, Bus, Event, ModelAnswered, ToolCompleted

log = structlog.get_logger()

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30)
"""Upper ends of the buckets."""
OTHER = "other"
MOST_MODELS = 100
"""A server may say that any model answered: so many get a line of their own."""
PATIENCE = 2.0
"""Seconds for the database to count sessions, before the page goes without."""


class Metrics:
    """A handler of events that counts them, and the page of its counts.

    `tools` are those that get lines of their own: a model may call anything. `count_sessions` returns how many are active.
    """

    name = "metrics"

    def __init__(self, tools: Collection[str], count_sessions: Callable[[], Awaitable[int]]) -> None:
        self._tools = frozenset(tools)
        self._models: set[str] = set()
        self._count_sessions = count_sessions
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "bichat_chat_requests_total", "Questions that were answered, stopped or failed.", ["status"], registry=registry
        )
        self._durations = Histogram(
            "bichat_chat_request_duration_seconds", "Work on a question, without waiting for people.",
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._sessions = Gauge("bichat_sessions_active", "Conversations in which something happened today.", registry=registry)
        self._tokens = Counter(
            "bichat_llm_tokens_total", "Tokens of language models; those cached are among the input.", ["model", "kind"],
            registry=registry,
        )  # fmt: skip
        self._cost = Counter(
            "bichat_llm_estimated_cost_usd_total", "What calls of language models cost by the table of prices.", ["model"],
            registry=registry,
        )  # fmt: skip
        self._tool_durations = Histogram(
            "bichat_tool_duration_seconds", "Calls of tools.", ["tool", "status"], buckets=SECONDS, registry=registry
        )
        self._claims = Counter(
            "bichat_unmatched_claims_total", "Figures of answers that were found in no result.", registry=registry
        )
        for status in ("completed", "stopped", "failed"):
            self._requests.labels(status)

    async def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case AgentCompleted(reason=reason, worked_ms=worked, unmatched_claims=unmatched):
                self._claims.inc(unmatched)
                self._ended("stopped" if reason == "stopped" else "completed", worked)
            case AgentFailed(worked_ms=worked):
                self._ended("failed", worked)
            case ModelAnswered():
                self._answered(event)
            case ToolCompleted(tool=tool, error=error, ms=ms):
                known = tool if tool in self._tools else OTHER
                self._tool_durations.labels(known, "error" if error else "ok").observe(ms / 1000)
            case _:
                pass

    def watch(self, bus: Bus) -> None:
        """Tell of the handlers of `bus` as they are when the page is read."""
        self._registry.register(Handlers(bus))

    def watch_providers(self, open_by_name: Callable[[], Mapping[tuple[str, str], bool]]) -> None:
        """Tell which of the models that may be asked are left alone when the page is read."""
        self._registry.register(Providers(open_by_name))

    async def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that `accept` asks for, and its content type."""
        try:
            async with asyncio.timeout(PATIENCE):
                self._sessions.set(await self._count_sessions())
        except FAILURES as error:
            log.warning("active sessions could not be counted", error=type(error).__name__)
            self._sessions.set(float("nan"))
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _ended(self, status: str, worked_ms: float) -> None:
        self._requests.labels(status).inc()
        self._durations.observe(worked_ms / 1000)

    def _answered(self, event: ModelAnswered) -> None:
        model = self._known_model(event.model)
        for kind, tokens in (
            ("input", event.input_tokens), ("cached", event.cached_tokens), ("output", event.output_tokens),
        ):  # fmt: skip
            self._tokens.labels(model, kind).inc(tokens)
        if event.cost is not None:
            self._cost.labels(model).inc(float(event.cost))

    def _known_model(self, name: str) -> str:
        if name not in self._models and len(self._models) >= MOST_MODELS:
            return OTHER
        self._models.add(name)
        return name


class Providers(Collector):
    """Which providers of language models are left alone because they failed several times in a row."""

    def __init__(self, open_by_name: Callable[[], Mapping[tuple[str, str], bool]]) -> None:
        self._open_by_name = open_by_name

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of now."""
        is_open = GaugeMetricFamily(
            "bichat_llm_breaker_open", "Whether a provider is left alone after failures.", labels=["provider", "model"]
        )
        for names, value in self._open_by_name().items():
            is_open.add_metric(names, float(value))
        yield is_open


class Handlers(Collector):
    """What waits for each handler of a bus, and what each has missed."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of now."""
        depth = GaugeMetricFamily("bichat_event_handler_queue_depth", "Events that wait for a handler.", labels=["handler"])
        dropped = CounterMetricFamily(
            "bichat_event_handler_dropped_total", "Events that a handler has missed.", labels=["handler", "reason"]
        )
        for handler, waiting in self._bus.depths.items():
            depth.add_metric([handler], waiting)
            for reason in (FULL, FAILED):
                dropped.add_metric([handler, reason], self._bus.dropped[handler, reason])
        yield depth
        yield dropped
