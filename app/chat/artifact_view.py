"""What the templates of results are given: tables, charts, files, and where something was deleted. Plain, checked values."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from app.data.charts.spec import ChartSpec, ChartType
from app.data.comparison import Changes
from app.data.result_pages import SIZES, Page
from app.data.results import Column
from app.data.statistics import Statistics
from app.data.strip_changes import StripChange
from app.data.strip_wording import Chip


class TableState(msgspec.Struct, frozen=True):
    """How a reader wants a table: `words` searched for, the place of the column it is sorted by, which columns are shown.

    `shown` None is all of them; `number` is the page's, counted from one.
    """

    words: str = ""
    sorted_by: int | None = None
    descending: bool = False
    shown: frozenset[int] | None = None
    number: int = 1
    size: int = SIZES[1]
    has_statistics: bool = False

    def shows(self, place: int) -> bool:
        """Tell whether the column at `place` is shown."""
        return self.shown is None or place in self.shown

    @property
    def sorting(self) -> str:
        """Return the order as addresses write it, such as `2.desc`; empty for the query's own."""
        return "" if self.sorted_by is None else f"{self.sorted_by}.{'desc' if self.descending else 'asc'}"

    @property
    def arrangement(self) -> str:
        """Return what the number of a page counts in: another order, search or size begins with its first page."""
        return f"{self.sorting}|{self.size}|{self.words}"

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return the fields of an address that asks for the same, without those that ask for nothing special."""
        found = [("q", self.words), ("sort", self.sorting), ("statistics", "1" if self.has_statistics else "")]
        found += [("page", str(self.number))] if self.number > 1 else []
        found += [("size", str(self.size))] if self.size != SIZES[1] else []
        columns = [] if self.shown is None else [("columns", "1"), *(("show", str(place)) for place in sorted(self.shown))]
        return [*((name, text) for name, text in found if text), *columns]

    def next_sorting(self, place: int) -> str:
        """Return the order after one more click on a heading: rising, falling, the query's own."""
        if self.sorted_by != place:
            return f"{place}.asc"
        return "" if self.descending else f"{place}.desc"


@dataclass(slots=True)
class TableView:
    """A stored result shown as a table: the page of it that `state` asks for.

    `row_count` is the result's, `page.total` what was found; `statistics` is empty unless asked for, else one a column.
    `change` is what its query kept of the one it builds on, None where it builds on none;
    `changes` is what the last refresh changed, None where there is nothing to tell; `written_at` is when the figures were
    read that the answer's text was written with, None while it is these; `is_hidden` where the reader may not see the result.
    """

    kind: ClassVar[str] = "table"
    sizes: ClassVar[tuple[int, ...]] = SIZES
    id: uuid.UUID
    session_id: uuid.UUID
    title: str
    columns: list[Column]
    row_count: int
    truncated: bool
    duration_ms: float
    executed_at: dt.datetime
    page: Page
    state: TableState
    statistics: list[Statistics] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    change: StripChange | None = None
    is_limited: bool = False
    changes: Changes | None = None
    written_at: dt.datetime | None = None
    may_refresh: bool = False
    is_hidden: bool = False

    @property
    def places(self) -> list[int]:
        """Return the places of the columns that are shown."""
        return [place for place in range(len(self.columns)) if self.state.shows(place)]


@dataclass(slots=True)
class ChartView:
    """A chart of a stored result. `columns` and `rows` are what it shows, as a table; `problem` says why it cannot be drawn.

    `is_lone` tells that no table of its answer shows the same result.
    """

    kind: ClassVar[str] = "chart"
    id: uuid.UUID
    title: str
    description: str
    columns: list[Column]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    problem: str = ""
    chips: list[Chip] = field(default_factory=list)
    is_limited: bool = False
    written_at: dt.datetime | None = None
    executed_at: dt.datetime | None = None
    is_lone: bool = True
    change: StripChange | None = None


@dataclass(slots=True)
class ChartKindView:
    """A kind of chart in the form: the columns it would begin with, or why the result cannot be drawn so."""

    type: ChartType
    spec: ChartSpec | None
    reason: str


@dataclass(slots=True)
class ChartFormView:
    """The form that changes a chart: what it shows now, and the columns and kinds to choose from."""

    id: uuid.UUID
    spec: ChartSpec
    columns: list[Column]
    numbers: list[Column]
    kinds: list[ChartKindView]
    can_undo: bool
    error: str = ""


@dataclass(slots=True)
class ExportView:
    """A file to take away. `rows` is None for a document; `truncated` tells that the query had more."""

    kind: ClassVar[str] = "export"
    id: uuid.UUID
    file_name: str
    mime_type: str
    size_bytes: int
    url: str
    rows: int | None
    truncated: bool


@dataclass(slots=True)
class CodeFileView:
    """A file that a program wrote: `form` is `image`, `csv` or `file`.

    An image has a `width` and a `height`; of a table there are the first `rows` of its `row_count`.
    """

    kind: ClassVar[str] = "code_output"
    id: uuid.UUID
    file_name: str
    form: str
    size_bytes: int
    url: str
    width: int = 0
    height: int = 0
    columns: list[Column] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    row_count: int = 0


@dataclass(slots=True)
class DeletedView:
    """Where something was shown until somebody deleted it; whoever may write can have it back."""

    kind: ClassVar[str] = "deleted"
    id: uuid.UUID
    title: str


ArtifactView = TableView | ChartView | ExportView | CodeFileView | DeletedView
"""What an answer shows beside its words; `kind` names the partial in `chat/artifacts/` that draws it."""
