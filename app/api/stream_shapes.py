"""What the stream for programs and its companions read and answer with."""

import uuid
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.api.description import EVENTS, Answer, described
from app.api.live import StreamEvent
from app.api.shapes import Shape

OneLine = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]*$", max_length=200)]
Said = Annotated[
    str, Meta(description="At most as many characters as the installation allows.", extra_json_schema={"minLength": 1})
]
NoFiles = Annotated[list[dict[str, Any]], Meta(description="Not available yet.", extra_json_schema={"maxItems": 0})]


class SendBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The body of `POST /bi-chat/stream`."""

    content: Said
    session_id: uuid.UUID | None = None
    attachments: NoFiles = []
    debug_mode: bool = False
    replace_from_message_id: uuid.UUID | None = None
    request_id: uuid.UUID | None = None
    model: OneLine | None = None
    reasoning_effort: OneLine | None = None


class StopBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The body of `POST /bi-chat/stream/stop`."""

    session_id: uuid.UUID


class Followed(msgspec.Struct, rename="camel"):
    """The query of `GET /bi-chat/stream/events`."""

    run_id: uuid.UUID
    last_event_id: Annotated[str, Meta(description="As the header `Last-Event-ID`, which wins.")] = ""


class Asked(msgspec.Struct, rename="camel"):
    """The query of `GET /bi-chat/stream/status`."""

    session_id: uuid.UUID


class Snapshot(Shape, kw_only=True, frozen=True):
    """What a run has written since its last step."""

    partial_content: str


class Going(Shape, kw_only=True, frozen=True):
    """Whether a run of the session is going, and which."""

    active: bool
    run_id: str | UnsetType = UNSET
    started_at: str | UnsetType = UNSET
    snapshot: Snapshot | UnsetType = UNSET


class Stopped(Shape, kw_only=True, frozen=True):
    """No run of the session is going any more; `stopped` tells whether one was."""

    ok: bool = True
    stopped: bool


FOLLOWED = Answer(StreamEvent, "Events as they happen. The stream ends with `done`, `error` or `interrupt`.", EVENTS)
SENDING = described("Stream", FOLLOWED, 400, 404, 409, 413, body=SendBody)
TAIL = described("Stream", FOLLOWED, 400, 404, query=Followed)
STATUS = described("Stream", Answer(Going, "The session's run."), 400, 404, query=Asked)
STOPPING = described("Stream", Answer(Stopped, "Nothing is going."), 400, 404, 413, body=StopBody)
