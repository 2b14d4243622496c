"""Charts of a conversation: shown to a reader, and changed by the one who may write there."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.chat.artifact_view import ChartFormView, ChartKindView, ChartView
from app.data.charts.chart import described_in, draw
from app.data.charts.offering import offers
from app.data.charts.spec import ChartError, ChartSpec, present_spec
from app.data.results import Column, asked_from, columns_from, rows_from
from app.data.strip_wording import chips
from app.errors import N_, Conflict, NotFound
from app.files.models import Artifact
from app.identity.actor import Actor
from app.web.column_types import FIGURES
from app.web.locale import translator

TABLE_ROWS = 200
MOST_EDITS = 20
NO_RESULT = N_("The result that this chart shows is gone.")


def chart_view(artifact: Artifact, result: Artifact, locale: str) -> ChartView:
    """Return a chart from its artifact and the stored result that it shows, its words in a language."""
    spec, columns = present_spec(artifact.details), list(columns_from(result.details))
    rows = rows_from(result.details, result.content or b"[]")
    title, description, problem = artifact.name, "", ""
    try:
        title, description = described_in(spec, columns, rows, locale)
    except ChartError as error:
        problem = translator(locale).sentence(error.for_people(locale))
    shown = _shown(spec, columns)
    figures = [[row[index] for index in shown] for row in rows[:TABLE_ROWS]]
    details, asked = result.details, asked_from(result.details)
    return ChartView(
        artifact.id, title, description, [columns[index] for index in shown], figures, details["row_count"], details["truncated"],
        problem, chips(asked, locale, columns) if asked else [], asked.stops_at(details["row_count"]) if asked else False,
        executed_at=msgspec.convert(details["executed_at"], dt.datetime),
    )  # fmt: skip


def _shown(spec: ChartSpec, columns: list[Column]) -> list[int]:
    """Return the numbers of the columns that a chart shows, categories first; all of them where it names none."""
    names = dict.fromkeys([spec.label, spec.x, spec.series, *spec.y, spec.size])
    known = [column.name for column in columns]
    return [known.index(name) for name in names if name in known] or list(range(len(columns)))


async def result_of(db: AsyncSession, actor: Actor, chart: Artifact) -> Artifact:
    """Return the stored result, with its rows, of a chart that the actor has found; raises `NotFound`."""
    statement = (
        select(Artifact)
        .options(undefer(Artifact.content))
        .where(
            Artifact.id == uuid.UUID(chart.details["result_id"]),
            Artifact.tenant_id == actor.tenant_id,
            Artifact.session_id == chart.session_id,
            Artifact.deleted_at.is_(None),
        )
    )
    result = (await db.execute(statement)).scalar_one_or_none()
    if result is None:
        raise NotFound(NO_RESULT)
    return result


async def tabled(db: AsyncSession, charts: Sequence[Artifact]) -> set[str]:
    """Return the ids of the results of charts that a table of the same answer shows too."""
    if not charts:
        return set()
    beside = (
        Artifact.kind == "table", Artifact.deleted_at.is_(None),
        Artifact.tenant_id.in_({chart.tenant_id for chart in charts}), Artifact.run_id.in_({chart.run_id for chart in charts}),
    )  # fmt: skip
    return {details["result_id"] for details in (await db.execute(select(Artifact.details).where(*beside))).scalars()}


def drawn(spec: ChartSpec, result: Artifact, locale: str) -> bytes:
    """Return what a browser needs to draw a chart, as JSON; raises `ChartError`."""
    rows = rows_from(result.details, result.content or b"[]")
    return msgspec.json.encode(draw(spec, columns_from(result.details), rows, locale))


def form_view(
    artifact: Artifact, result: Artifact, locale: str, spec: ChartSpec | None = None, error: ChartError | None = None
) -> ChartFormView:
    """Return the form of a chart as it is, or as `spec` was asked for and refused."""
    columns, texts = list(columns_from(result.details)), translator(locale)
    numbers = [column for column in columns if column.type in FIGURES]
    shown = spec or present_spec(artifact.details)
    offered = offers(shown, columns, rows_from(result.details, result.content or b"[]"))
    kinds = [
        ChartKindView(kind, offer, "") if isinstance(offer, ChartSpec)
        else ChartKindView(kind, None, texts.sentence(offer.for_people(locale)))
        for kind, offer in offered.items()
    ]  # fmt: skip
    refusal = texts.sentence(error.for_people(locale)) if error else ""
    return ChartFormView(artifact.id, shown, columns, numbers, kinds, bool(artifact.details.get("edits")), refusal)


def changed(details: dict[str, Any], spec: ChartSpec) -> dict[str, Any]:
    """Return a chart's details after a change; the model's own choice stays in `spec`, what people chose since in `edits`."""
    if spec == present_spec(details):
        return details
    return {**details, "edits": [*details.get("edits", ()), msgspec.to_builtins(spec)][-MOST_EDITS:]}


def undone(details: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's details before the last change; raises `Conflict` where there was none."""
    if not details.get("edits"):
        raise Conflict(N_("There is no change of this chart to undo."))
    return {**details, "edits": details["edits"][:-1]}


def reset(details: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's details as the model chose them."""
    return {**details, "edits": []}
