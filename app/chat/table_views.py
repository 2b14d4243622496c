"""A stored result as a reader sees it: a page of its rows, what they were asked for, and what changed in them."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from app.chat.artifact_view import TableState, TableView
from app.chat.tables import arranged
from app.data.comparison import Changes
from app.data.result_pages import SIZES, Page, Row, page
from app.data.results import Column, asked_from, columns_from, rows_from
from app.data.statistics import Statistics, statistics
from app.data.strip_wording import chips
from app.files.models import Artifact


def table_view(artifact: Artifact, result: Artifact, locale: str, state: TableState | None = None) -> TableView:
    """Return a table in a reader's language, without `state` its first page as it came."""
    details = result.details
    columns = columns_from(details)
    state = state or TableState()
    rows, shown = _shown(columns, result, state, locale)
    asked = asked_from(details)
    return TableView(
        id=artifact.id,
        session_id=artifact.session_id,
        title=artifact.name,
        columns=list(columns),
        row_count=details["row_count"],
        truncated=details["truncated"],
        duration_ms=details["duration_ms"],
        executed_at=msgspec.convert(details["executed_at"], dt.datetime),
        page=shown,
        state=state,
        statistics=_counted(columns, rows) if state.has_statistics else [],
        chips=chips(asked, locale, columns) if asked else [],
        is_limited=asked.stops_at(details["row_count"]) if asked else False,
        changes=changes_of(artifact),
        written_at=written_at(artifact),
        may_refresh=artifact.kind == "table",
    )  # fmt: skip


def changes_of(artifact: Artifact) -> Changes | None:
    """Return what the last refresh of a table changed, None where that was nothing."""
    kept = artifact.details.get("changes")
    return (msgspec.convert(kept, Changes) if kept else None) or None


def written_at(artifact: Artifact) -> dt.datetime | None:
    """Return when the figures that the answer's text was written with were read, None while they are those shown."""
    kept = artifact.details.get("written_at")
    return msgspec.convert(kept, dt.datetime) if kept else None


def _shown(columns: Sequence[Column], result: Artifact, state: TableState, locale: str) -> tuple[Sequence[Row], Page]:
    """Return all rows that were found, and a page of them; a page of the result as it came is read alone."""
    content = result.content or b"[]"
    if state.words or state.sorted_by is not None or state.has_statistics:
        rows = arranged(columns, rows_from(result.details, content), state, locale)
        return rows, page(rows, state.number, state.size)
    places = page(range(result.details["row_count"]), state.number, state.size)
    rows = rows_from(result.details, content, slice(max(places.first - 1, 0), places.last))
    return rows, msgspec.structs.replace(places, rows=rows)


def _counted(columns: Sequence[Column], rows: Sequence[Row]) -> list[Statistics]:
    return [statistics(column, [row[place] for row in rows]) for place, column in enumerate(columns)]


def hidden_view(artifact: Artifact) -> TableView:
    """Return a table in which nothing of the result is told, for someone who may not read its tables."""
    nothing = page([], 1, SIZES[1])
    return TableView(
        id=artifact.id, session_id=artifact.session_id, title="", columns=[], row_count=0, truncated=False, duration_ms=0.0,
        executed_at=artifact.created_at, page=nothing, state=TableState(), is_hidden=True,
    )  # fmt: skip
