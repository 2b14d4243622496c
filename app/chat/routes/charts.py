"""A chart's data for the browser, and the form that draws it in another way."""

import asyncio
import uuid
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.audit.record import record_opening
from app.chat import artifacts, charts, strips, tables
from app.chat.access import Access, check_writable
from app.chat.artifact_view import ChartFormView
from app.chat.desk import desk_of
from app.chat.routes.shown import reach_of
from app.data.charts.spec import PLOTS, ChartError, ChartSpec, ChartType, present_spec
from app.errors import N_, Invalid, NotFound
from app.files.models import Artifact
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
NAME_LENGTH = 200


@get("/bi-chat/artifacts/{artifact_id:uuid}/chart.json", guards=ACCESS)
async def chart_data(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return what a browser needs to draw a chart in the reader's language; 422 with the reason where it cannot be drawn."""
    desk, locale = desk_of(request), pages.locale(request)
    chart, result, _ = await _found(request, artifact_id)
    spec = present_spec(chart.details)
    key = (chart.run_id, "chart", chart.id, result.id, spec, locale)
    data = desk.rendered.get(key)
    if data is None:
        try:
            data = (await asyncio.to_thread(charts.drawn, spec, result, locale)).decode()
        except ChartError as error:
            message = translator(locale).sentence(error.for_people(locale))
            refusal = msgspec.json.encode({"error": {"code": error.code, "message": message}}).decode()
            return Response(refusal, status_code=422, media_type="application/json")
        desk.rendered.keep(key, data)
    return Response(data, media_type="application/json")


@get("/bi-chat/artifacts/{artifact_id:uuid}/chart", guards=ACCESS)
async def chart_form(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show the form that changes a chart: within it for htmx, else on a page of its own."""
    chart, result, access = await _found(request, artifact_id)
    check_writable(access)
    form = await asyncio.to_thread(charts.form_view, chart, result, pages.locale(request))
    return _form_page(request, form, access)


@post("/bi-chat/artifacts/{artifact_id:uuid}/chart", guards=ACCESS)
async def change_chart(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Draw a chart in another way, take the last change back (`action` is `undo`) or all of them (`reset`)."""
    desk, form = desk_of(request), await request.form()
    chart, result, access = await _found(request, artifact_id)
    check_writable(access)
    spec = None
    if text_of(form, "action") not in {"undo", "reset"}:
        spec = _spec(form, present_spec(chart.details))
        try:
            await asyncio.to_thread(charts.drawn, spec, result, pages.locale(request))
        except ChartError as error:
            refused = await asyncio.to_thread(charts.form_view, chart, result, pages.locale(request), spec, error)
            return _form_page(request, refused, access, status_code=422)
    async with desk.database.writing() as db:
        chart, _ = await artifacts.find(db, request.user, artifact_id)
        await db.refresh(chart, with_for_update=True)
        chart.details = _after(chart.details, text_of(form, "action"), spec)
        await artifacts.revise(db, chart)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{access.session_id}#artifact-{artifact_id}")
    view = charts.chart_view(chart, result, pages.locale(request))
    async with desk.database.reading() as db:
        view.is_lone = chart.details["result_id"] not in await charts.tabled(db, [chart])
        await strips.tell_once(db, [chart], {chart.id: view})
    return pages.page(request, "chat/artifacts/_chart.html", artifact=view, zone=request.user.time_zone, can_write=True)


HANDLERS: list[ControllerRouterHandler] = [chart_data, chart_form, change_chart]


async def _found(request: SignedRequest, artifact_id: uuid.UUID) -> tuple[Artifact, Artifact, Access]:
    """Return a chart, the result that it shows, and what the actor may do in their session; raises `NotFound`."""
    async with desk_of(request).database.reading() as db:
        chart, access = await artifacts.find(db, request.user, artifact_id)
        if chart.kind != "chart":
            raise NotFound(N_("There is no such chart."))
        result = await charts.result_of(db, request.user, chart)
    await record_opening(desk_of(request).database, request.user, access.session_id, access.owner_id)
    if not tables.is_within(result, await reach_of(request, access)):
        raise NotFound(N_("There is no such chart."))
    return chart, result, access


def _spec(form: FormMultiDict, present: ChartSpec) -> ChartSpec:
    """Return the chart that the form asks for; raises `Invalid` for a type that does not exist."""
    try:
        kind: ChartType = msgspec.convert(text_of(form, "type"), ChartType)
    except msgspec.ValidationError as error:
        raise Invalid(N_("There is no such kind of chart."), details={"type": "unknown"}) from error
    figures = [name[:NAME_LENGTH] for name in form.getall("y", []) if isinstance(name, str) and name]
    return ChartSpec(
        type=kind,
        x=text_of(form, "x")[:NAME_LENGTH],
        y=tuple(figures),
        series=text_of(form, "series")[:NAME_LENGTH],
        size=text_of(form, "size")[:NAME_LENGTH] if kind == "bubble" else "",
        label=present.label if kind in PLOTS else "",
        stacked=bool(text_of(form, "stacked")),
        horizontal=bool(text_of(form, "horizontal")),
        title=present.title,
    )


def _after(details: dict[str, Any], action: str, spec: ChartSpec | None) -> dict[str, Any]:
    if spec is not None:
        return charts.changed(details, spec)
    return charts.undone(details) if action == "undo" else charts.reset(details)


def _form_page(request: SignedRequest, form: ChartFormView, access: Access, *, status_code: int = 200) -> Response[str]:
    name = "chat/artifacts/_chart_form.html" if htmx.is_htmx(request) else "chat/chart_page.html"
    return pages.page(request, name, status_code=status_code, form=form, session_id=access.session_id)
