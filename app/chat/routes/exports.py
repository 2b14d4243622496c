"""Files made of results and conversations: begun, followed, cancelled."""

import functools
import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record, record_opening
from app.chat import access, artifacts, documents, markdown_export, sessions, turns
from app.chat.access import Access
from app.chat.charts import result_of
from app.chat.desk import desk_of
from app.chat.documents import Wanted
from app.chat.exports import Job, question_of
from app.chat.routes.shown import reach_of, reader_of
from app.chat.routes.uploads import attachment
from app.chat.tables import is_within
from app.data.exports.exporter import Exported, Exporter, Progress, file_name
from app.data.exports.messages import Format
from app.data.exports.receipt import Origin
from app.errors import N_, Invalid, NotFound
from app.files.models import Artifact
from app.identity.actor import Actor
from app.identity.guards import SignedRequest, count, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

GUARDS = [requires(Permission.ACCESS), requires(Permission.EXPORT)]
NO_TABLE = N_("There is no such table.")
FORMATS: dict[str, Format] = {"excel": "excel", "csv": "csv"}


@post("/bi-chat/artifacts/{artifact_id:uuid}/exports", guards=GUARDS)
async def export_table(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Begin to write the result of a table or chart as a file; field `format` is `excel` or `csv`."""
    desk, form = desk_of(request), FORMATS.get(text_of(await request.form(), "format") or "excel")
    if form is None:
        raise Invalid(N_("Choose Excel or CSV."), details={"format": "unknown"})
    await count(request, desk.allowances.files)
    async with desk.database.reading() as db:
        shown, allowed = await artifacts.find(db, request.user, artifact_id)
        access.check_writable(allowed)
        result = await _result(db, request.user, shown)
        origin = Origin(await question_of(db, result.run_id), _link(request, allowed.session_id))
    if not is_within(result, await reach_of(request, allowed)):
        raise NotFound(NO_TABLE)
    details = result.details
    total = desk.exports.exporter.max_rows if details["truncated"] else details["row_count"]
    job = Job(request.user, allowed.session_id, shown.run_id, total)
    make = functools.partial(_table, request.user, result, shown.name, form, origin)
    return _answer(request, desk.exports.start(job, make))


@get("/bi-chat/artifacts/{artifact_id:uuid}/exports", guards=GUARDS)
async def table_export_page(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show the form that exports a table: the conversation's own holds no token, so without scripts it leads here."""
    async with desk_of(request).database.reading() as db:
        shown, allowed = await artifacts.find(db, request.user, artifact_id)
        access.check_writable(allowed)
        result = await _result(db, request.user, shown)
    if not is_within(result, await reach_of(request, allowed)):
        raise NotFound(NO_TABLE)
    action = f"/bi-chat/artifacts/{artifact_id}/exports"
    form = FORMATS.get(request.query_params.get("format", ""), "excel")
    return pages.page(
        request, "chat/export_form_page.html", action=action, form=form, table_name=shown.name, session_id=allowed.session_id
    )


@get("/bi-chat/runs/{run_id:uuid}/exports", guards=GUARDS)
async def answer_export_page(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show the form that typesets an answer."""
    run, allowed = await turns.find_run(desk_of(request).database, request.user, run_id)
    access.check_writable(allowed)
    action = f"/bi-chat/runs/{run_id}/exports"
    return pages.page(request, "chat/export_form_page.html", action=action, form="pdf", table_name="", session_id=run.session_id)


@post("/bi-chat/runs/{run_id:uuid}/exports", guards=GUARDS)
async def export_answer(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Begin to typeset one answer with its tables and charts."""
    _, allowed = await turns.find_run(desk_of(request).database, request.user, run_id)
    access.check_writable(allowed)
    return await _typeset(request, allowed, run_id)


@post("/bi-chat/sessions/{session_id:uuid}/exports", guards=GUARDS)
async def export_conversation(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Begin to typeset a whole conversation."""
    session = await sessions.shown(desk_of(request).database, request.user, session_id)
    access.check_writable(session.access)
    return await _typeset(request, session.access, None)


@get("/bi-chat/sessions/{session_id:uuid}/chat.md", guards=GUARDS)
async def conversation_markdown(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[bytes]:
    """Send a whole conversation as Markdown to whoever reads it and may export; nothing is kept of it."""
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    await record_opening(desk.database, request.user, session_id, session.access.owner_id)
    await count(request, desk.allowances.files)
    reader = await reader_of(request, session.access)
    written = await markdown_export.written(desk.database, reader, session_id, _link(request, session_id))
    content = written.text.encode()
    name = f"{file_name(written.title)}.md"
    told = {"file_name": name, "size_bytes": len(content), "turns": written.turns, "tables": list(written.reads)}
    async with desk.database.writing() as db:
        record(db, request.user, "session.exported", session_id, session_id=str(session_id), **told)
    headers = attachment(name, len(content))
    return Response(content, media_type="text/markdown", headers=headers)


@get("/bi-chat/exports/{job_id:uuid}", guards=GUARDS)
async def export_state(request: SignedRequest, job_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show how far an export is; one that this process knows nothing of was lost by a restart."""
    return _answer(request, desk_of(request).exports.find(request.user, job_id))


@post("/bi-chat/exports/{job_id:uuid}/cancel", guards=GUARDS)
async def cancel_export(request: SignedRequest, job_id: FromPath[uuid.UUID]) -> Response[str]:
    """Stop making a file."""
    jobs = desk_of(request).exports
    if (job := jobs.find(request.user, job_id)) is not None:
        jobs.cancel(job)
    return _answer(request, job)


HANDLERS: list[ControllerRouterHandler] = [
    export_table, export_answer, export_conversation, conversation_markdown, export_state, cancel_export,
    table_export_page, answer_export_page,
]  # fmt: skip


def _answer(request: SignedRequest, job: Job | None) -> Response[str]:
    """Return the job's state as a partial for htmx, else lead to, or show, a page of its own."""
    if not htmx.is_htmx(request) and request.method == "POST" and job:
        return htmx.go(request, f"/bi-chat/exports/{job.id}")
    name = "chat/artifacts/_export_job.html" if htmx.is_htmx(request) else "chat/export_page.html"
    error = translator(pages.locale(request)).sentence(job.error) if job and job.error else ""
    return pages.page(request, name, status_code=200 if job else 404, job=job, error=error)


async def _typeset(request: SignedRequest, allowed: Access, run_id: uuid.UUID | None) -> Response[str]:
    desk, reader, session_id = desk_of(request), await reader_of(request, allowed), allowed.session_id
    await count(request, desk.allowances.files)
    wanted = Wanted(session_id, run_id, _link(request, session_id))

    async def make(exporter: Exporter, progress: Progress) -> Exported:
        made = await documents.document(desk.database, reader, wanted)
        return await exporter.document(request.user, session_id, made, progress)

    return _answer(request, desk.exports.start(Job(request.user, session_id, run_id, None), make))


async def _result(db: AsyncSession, actor: Actor, shown: Artifact) -> Artifact:
    """Return the result that a table or chart shows; raises `NotFound`."""
    if shown.kind not in {"table", "chart", "result"}:
        raise NotFound(NO_TABLE)
    return shown if shown.kind == "result" else await result_of(db, actor, shown)


async def _table(
    actor: Actor, result: Artifact, title: str, form: Format, origin: Origin, exporter: Exporter, progress: Progress
) -> Exported:
    return await exporter.table(actor, result, title, form, origin, progress)


def _link(request: SignedRequest, session_id: uuid.UUID) -> str:
    """Return the address of a conversation as the reader opened it."""
    address: Any = request.base_url
    return f"{str(address).rstrip('/')}/bi-chat/sessions/{session_id}"
