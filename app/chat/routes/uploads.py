"""Stored files, handed out one by one to people who may have them."""

import re
import uuid
from collections.abc import AsyncGenerator
from urllib.parse import quote

from litestar import get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.audit.record import record, record_opening
from app.chat import artifacts
from app.chat.desk import desk_of
from app.chat.export_card import FILES, is_within, told
from app.chat.routes.shown import reach_of
from app.errors import N_, NotFound
from app.identity.guards import SignedRequest, check, requires
from app.identity.permissions import Permission

UNSAFE = re.compile(r"[^ !#$&-\[\]-~]")
PICTURE = {
    "Content-Disposition": "inline",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
NO_FILE = N_("There is no such file.")


@get("/bi-chat/uploads/{file_name:str}", guards=[requires(Permission.ACCESS)])
async def download(request: SignedRequest, file_name: FromPath[str]) -> Stream:
    """Send a file as an attachment to someone who reaches its conversation and may export."""
    artifact_id, ending = _parts(file_name)
    desk = desk_of(request)
    async with desk.database.reading() as db:
        artifact, access = await artifacts.find(db, request.user, artifact_id)
    details = artifact.details
    if artifact.kind not in FILES or not details["storage_key"].endswith(f".{ending}"):
        raise NotFound(NO_FILE)
    check(request, Permission.EXPORT)
    if not is_within(artifact, await reach_of(request, access)):
        raise NotFound(NO_FILE)
    pieces = desk.exports.exporter.storage.read(details["storage_key"])
    first = await anext(pieces, b"")
    async with desk.database.writing() as db:
        record(db, request.user, "export.downloaded", artifact.id, session_id=str(access.session_id), **told(details))
    return Stream(
        _whole(first, pieces), media_type=details["mime_type"], headers=attachment(artifact.name, details["size_bytes"])
    )


@get("/bi-chat/artifacts/{artifact_id:uuid}/image", guards=[requires(Permission.ACCESS)])
async def image(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Stream:
    """Send a picture that a program drew to someone who reads its conversation, for showing it there."""
    desk = desk_of(request)
    async with desk.database.reading() as db:
        artifact, access = await artifacts.find(db, request.user, artifact_id)
    details = artifact.details
    is_shown = artifact.kind == "code_output" and details["form"] == "image"
    if not is_shown or not is_within(artifact, await reach_of(request, access)):
        raise NotFound(NO_FILE)
    await record_opening(desk.database, request.user, access.session_id, access.owner_id)
    pieces = desk.exports.exporter.storage.read(details["storage_key"])
    return Stream(_whole(await anext(pieces, b""), pieces), media_type=details["mime_type"], headers=PICTURE)


HANDLERS: list[ControllerRouterHandler] = [download, image]


def _parts(file_name: str) -> tuple[uuid.UUID, str]:
    text, _, ending = file_name.partition(".")
    try:
        return uuid.UUID(text), ending
    except ValueError as error:
        raise NotFound(NO_FILE) from error


def attachment(name: str, size: int) -> dict[str, str]:
    """Return headers that make every browser keep the file and none show it; its name in both spellings (RFC 6266)."""
    plain = UNSAFE.sub("_", name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


async def _whole(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in rest:
        yield piece
