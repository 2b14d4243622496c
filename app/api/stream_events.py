"""The types of events that the stream for programs sends: when, and with which fields besides `type` and `timestamp`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.errors import N_


class EventTold(msgspec.Struct, frozen=True):
    """When an event comes and what it has."""

    told: str
    fields: tuple[str, ...] = ()


TOLD: Mapping[str, EventTold] = {
    "session": EventTold(N_("A session was made for the message."), ("sessionId",)),
    "stream_started": EventTold(N_("The run that answers has begun."), ("runId",)),
    "status": EventTold(N_("What is being done, in the reader's language."), ("step", "message")),
    "content": EventTold(N_("A piece of the answer."), ("content",)),
    "thinking": EventTold(
        N_("A piece of a summary of what an agent considers, with `taskCallId` where that is a task."), ("content", "agentName")
    ),
    "reset": EventTold(N_("What was sent from this block of text on is void and comes again."), ("textBlockSeq",)),
    "text_block_end": EventTold(N_("A block of text ends before a tool is used; blocks count from 0."), ("textBlockSeq",)),
    "tool_start": EventTold(N_("A tool is called."), ("tool",)),
    "tool_end": EventTold(N_("A tool has ended, with a result or an error."), ("tool",)),
    "citation": EventTold(N_("A source that the answer names."), ("citation",)),
    "artifact": EventTold(N_("A table, a chart or a file was made."), ("artifact",)),
    "interrupt": EventTold(
        N_("The run waits for an answer to its questions; the stream ends without `done`."),
        ("interrupt", "checkpointId", "questions"),
    ),
    "usage": EventTold(
        N_("What the model has used, in debug mode: the sums, and each call of it and of a tool with its time and context."),
        ("usage", "debug"),
    ),
    "ping": EventTold(N_("Nothing else has come for 15 seconds.")),
    "error": EventTold(N_("The run has failed; the stream ends."), ("error", "code", "retryable")),
    "done": EventTold(
        N_("The run is over; the stream ends."), ("runId", "generationMs", "toolsUsed", "finishReason", "unmatchedClaims")
    ),
}


def described() -> dict[str, Any]:
    """Return the events for the document."""
    return {name: {"description": event.told, "fields": list(event.fields)} for name, event in TOLD.items()}
