"""Writes events into the log: who, where and how much, never what was said."""

import msgspec
import structlog

from app.telemetry.bus import Event, ModelAnswered, ToolCompleted

log = structlog.get_logger()
TOLD = (ModelAnswered, ToolCompleted)
"""What nothing else in the log tells; the rest is for debugging."""


class EventLines:
    """A handler of events that writes a line about each."""

    name = "log"

    async def __call__(self, event: Event) -> None:
        """Write the line."""
        write = log.info if isinstance(event, TOLD) else log.debug
        facts = {name: value for name in event.__struct_fields__ if (value := getattr(event, name)) is not None}
        write(event.name, **msgspec.to_builtins(facts))
