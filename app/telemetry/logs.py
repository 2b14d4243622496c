"""Structured logs on stderr, for people (`console`) or programs (`json`); standard logging goes the same way.

No secrets ever, and no message text at info level: values under telling names are hidden, tokens inside text too.
"""

import contextlib
import io
import logging
import re
import sys
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from app.settings import Settings
from app.telemetry import tracing

HIDDEN = "[hidden]"
SECRETS = frozenset({"password", "token", "secret", "secret_key", "api_key", "authorization", "cookie", "csrf_token", "key"})
TEXTS = frozenset({"content", "text", "answer", "question", "prompt", "message_text", "arguments", "result", "parameters"})
SECRET_TEXT = re.compile(r"bct_[\w-]{8,}|sk-[\w-]{8,}|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
QUIET = (
    "uvicorn.access", "uvicorn.error", "alembic", "httpx", "httpcore", "httpx2", "httpcore2", "aiohttp", "openai", "aiosqlite",
    "asyncio", "watchfiles",
)  # fmt: skip
"""Libraries that say at info level what our own access log says better, or say too much."""


def configure(settings: Settings) -> None:
    """Set up logging for the process; may be called again."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_trace,
        hide,
    ]
    render = _renderers(settings)
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_arguments: structlog.WriteLogger(OUT),
        cache_logger_on_first_use=False,
    )
    handler = StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class Out(io.TextIOBase):
    """What standard error is now, which tests and embedding programs exchange. A reader that went away stops no work."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        """Hand on what can be handed on."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


OUT = cast("TextIO", Out())


class StandardError(logging.Handler):
    """Writes to `OUT`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        OUT.write(f"{self.format(record)}\n")


def name_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say which trace a line belongs to."""
    if "trace_id" not in event and (found := tracing.trace_id()):
        event["trace_id"] = found
    return event


def hide(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hide secrets always, and what people and models wrote unless debugging."""
    for name, value in event.items():
        if name in SECRETS or (name in TEXTS and method != "debug"):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = SECRET_TEXT.sub(HIDDEN, value)
    return event


def _renderers(settings: Settings) -> list[Processor]:
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, _hide_in_traceback, structlog.processors.JSONRenderer(serializer=_json)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _hide_in_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = SECRET_TEXT.sub(HIDDEN, event["exception"])
    return event


def _json(event: EventDict, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
