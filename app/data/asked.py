"""What a query really asked for, read from its parsed text: plain values in no language, kept with the result."""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the query a part stands: `kind` is empty for the query itself.

    `with` and `derived` are named subqueries (`name`), `subquery` one inside a condition, `part` the `name`-th SELECT of a
    set operation, `join` a table joined where it matches, `aggregate` a condition that counts for the figure `name` alone.
    """

    kind: str = ""
    name: str = ""


StepUnit = Literal["day", "week", "month", "year"]


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A moment counted from the one (`now`) or the day (`today`) in which the query runs: so many `steps` of `unit` before.

    `start` is the unit of the calendar that it is the start of, empty for none.
    """

    base: str
    start: str = ""
    steps: int = 0
    unit: StepUnit = "day"


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A constant as it is written; `is_text` tells `'7'` from `7`. With `is_expression` what is worked out of columns.

    `moment` is what a text stands for that is worked out from the time of the query.
    """

    text: str
    is_text: bool = False
    is_expression: bool = False
    moment: Moment | None = None


class Phrase(msgspec.Struct, frozen=True):
    """What an expression works out: `kind` is such as `sum` or `month`, `parts` are the expressions it is worked out of."""

    kind: str
    parts: tuple[str, ...] = ()


class Tables(msgspec.Struct, frozen=True, omit_defaults=True, tag="tables"):
    """The relations that were read, each with the catalogue's description, empty where nobody wrote any.

    `repeated` are those whose rows one SELECT puts beside other rows of the same.
    """

    names: dict[str, str]
    repeated: tuple[str, ...] = ()


class Span(msgspec.Struct, frozen=True, omit_defaults=True, tag="span"):
    """A half-open interval of dates that `column` must lie in; an open end is None. Dates are ISO texts."""

    column: str
    start: str | None = None
    end: str | None = None
    place: Place = Place()


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, tag="condition"):
    """What rows must meet. Where it compares `subject` with values, `operator` and `values` say how; else `text` alone.

    Operators are `=`, `<>`, `<`, `<=`, `>`, `>=`, `like`, `ilike`, `glob`, `in`, `between`, `null`; `negated` turns them round.
    With `any` and `all` one or all of `parts` must hold; `among` asks whether `subject` is among the first of `values`, a
    column of the table that is the second; `exists` whether the table that is the only one of `values` has such rows; `natural`
    joins that table by all columns that are called alike; `sample` reads the first of `values` in per cent of the second.
    """

    text: str
    subject: str = ""
    operator: str = ""
    values: tuple[Value, ...] = ()
    negated: bool = False
    place: Place = Place()
    parts: tuple["Condition", ...] = ()


class Grouping(msgspec.Struct, frozen=True, omit_defaults=True, tag="grouping"):
    """One row for each combination of `by`; `is_distinct` where repetitions were dropped (`by` empty: of whole rows)."""

    by: tuple[str, ...]
    is_distinct: bool = False
    place: Place = Place()


class Ordering(msgspec.Struct, frozen=True, omit_defaults=True, tag="ordering"):
    """In which order (pairs of a name and whether it descends), at most how many rows, after how many skipped.

    `with_ties` adds those that are equal to the last row.
    """

    by: tuple[tuple[str, bool], ...] = ()
    limit: str | None = None
    skipped: str | None = None
    place: Place = Place()
    with_ties: bool = False


class Ranking(msgspec.Struct, frozen=True, omit_defaults=True, tag="ranking"):
    """The first `most` rows in an order within each combination of `within`; with `ties` equal rows share a place."""

    most: str
    by: tuple[tuple[str, bool], ...]
    within: tuple[str, ...] = ()
    ties: bool = False
    place: Place = Place()


Placed: TypeAlias = Span | Condition | Ranking | Grouping | Ordering
Part: TypeAlias = Tables | Placed


class Unfinished(msgspec.Struct, frozen=True):
    """A period that was not over on `day`: a `value` of `unit`, or for `span` its two days with a stroke between them."""

    unit: str
    value: str
    day: str


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """All parts of a query that decide which rows it gives, in the order in which people read them.

    `titles` and `labels` are the catalogue's headings by locale: of tables by name, of columns as the parts write them;
    `descriptions` are what the tables are for by name and locale, where it was translated;
    `columns` are the names in the result of the expressions that the parts speak of, `phrases` what those work out;
    `measures` are columns of figures, unlike numbers that only name something;
    `unfinished` is a period of the result that was not over when it was read.
    """

    parts: tuple[Part, ...] = ()
    titles: dict[str, dict[str, str]] = {}
    labels: dict[str, dict[str, str]] = {}
    columns: dict[str, str] = {}
    phrases: dict[str, Phrase] = {}
    measures: tuple[str, ...] = ()
    unfinished: Unfinished | None = None
    descriptions: dict[str, dict[str, str]] = {}

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the names of the relations that were read."""
        return tuple(name for part in self.parts if isinstance(part, Tables) for name in part.names)

    def stops_at(self, rows: int) -> bool:
        """Tell whether the query's own limit, and not the data, may have ended its result after so many rows."""
        limits = [
            part.limit.split()[0] for part in self.parts if isinstance(part, Ordering) and part.limit and not part.place.kind
        ]
        return any(limit.isdecimal() and 0 < int(limit) <= rows for limit in limits)


def subjects(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the columns and expressions that parts speak of, as they are written."""
    for part in parts:
        match part:
            case Span():
                yield part.column
            case Condition():
                yield from _compared(part)
            case Grouping():
                yield from part.by
            case Ordering():
                yield from (name for name, _ in part.by)
            case Ranking():
                yield from (name for name, _ in part.by)
                yield from part.within


def _compared(found: Condition) -> Iterator[str]:
    yield found.subject
    yield from (value.text for value in found.values if value.is_expression)
    for part in found.parts:
        yield from _compared(part)
