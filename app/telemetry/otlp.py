"""Spans sent to a collector by OpenTelemetry's protocol, in batches, by a thread; imported only where one is named."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Mapping
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.telemetry.tracing import Kind, Span, Value

KINDS: Mapping[Kind, trace.SpanKind] = {
    "server": trace.SpanKind.SERVER, "client": trace.SpanKind.CLIENT, "internal": trace.SpanKind.INTERNAL,
}  # fmt: skip
CLOSING_SECONDS = 3.0
"""How long an end waits for the collector."""
PLACES = TraceContextTextMapPropagator()


class OtlpRecorder:
    """Records spans for the collector at `endpoint`; headers, sampling, batches and names are OpenTelemetry's own variables."""

    def __init__(self, endpoint: str) -> None:
        named = {"service.version": version("bichat")}
        if "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "") and not os.environ.get("OTEL_SERVICE_NAME"):
            named["service.name"] = "bichat"
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
        self._tracer = self._provider.get_tracer("bichat", named["service.version"], Schemas.V1_41_0.value)

    def begin(self, name: str, kind: Kind, attributes: Mapping[str, Value], *, parent: str = "", link: str = "") -> Span:
        """Begin a span."""
        linked = trace.get_current_span(_at(link)).get_span_context()
        links = [trace.Link(linked)] if linked.is_valid else []
        return OtlpSpan(
            self._tracer,
            self._tracer.start_span(name, _at(parent), KINDS[kind], _given(attributes), links, record_exception=False),
        )

    async def close(self) -> None:
        """Send the rest; a collector that is away delays the end for some seconds at most."""
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def close() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=close, name="last spans", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), CLOSING_SECONDS)


class OtlpSpan:
    """A span that is recorded."""

    __slots__ = ("_span", "_tracer", "traceparent")

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer = tracer
        self._span = span
        place: dict[str, str] = {}
        PLACES.inject(place, trace.set_span_in_context(span, Context()))
        self.traceparent = place.get("traceparent", "")

    def child(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Span:
        """Begin a part of this span."""
        place = trace.set_span_in_context(self._span, Context())
        return OtlpSpan(
            self._tracer, self._tracer.start_span(name, place, KINDS[kind], _given(attributes), record_exception=False)
        )

    def note(self, attributes: Mapping[str, Value], *, name: str = "") -> None:
        """Add what became known."""
        self._span.set_attributes(_given(attributes))
        if name:
            self._span.update_name(name)

    def fail(self, code: str) -> None:
        """Mark it as failed, without what the failure says: that may quote data."""
        self._span.set_attribute("error.type", code)
        self._span.set_status(trace.StatusCode.ERROR)

    def end(self) -> None:
        """Say that it is over."""
        self._span.end()


def _at(traceparent: str) -> Context:
    return PLACES.extract({"traceparent": traceparent}, Context())


def _given(attributes: Mapping[str, Value]) -> dict[str, str | bool | int | float | list[str]]:
    return {
        name: value if isinstance(value, str | bool | int | float) else list(value)
        for name, value in attributes.items()
        if value is not None
    }
