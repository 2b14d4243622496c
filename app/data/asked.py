"""What a query really asked for, read from its parsed text: plain values in no language, kept with the result."""

from typing import TypeAlias

import msgspec


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the query a part stands: `kind` is empty for the query itself.

    `with` and `derived` are named subqueries (`name`), `subquery` one inside a condition, `part` the `name`-th SELECT of a
    set operation, `join` a table joined where it matches, `aggregate` a condition that counts for the figure `name` alone.
    """

    kind: str = ""
    name: str = ""


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A constant as it is written; `is_text` tells `'7'` from `7`."""

    text: str
    is_text: bool = False


class Tables(msgspec.Struct, frozen=True, tag="tables"):
    """The relations that were read, each with the catalogue's description, empty where nobody wrote any."""

    names: dict[str, str]


class Span(msgspec.Struct, frozen=True, omit_defaults=True, tag="span"):
    """A half-open interval of dates that `column` must lie in; an open end is None. Dates are ISO texts."""

    column: str
    start: str | None = None
    end: str | None = None
    place: Place = Place()


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, tag="condition"):
    """What rows must meet. Where it compares `subject` with constants, `operator` and `values` say how; else `text` alone.

    Operators are `=`, `<>`, `<`, `<=`, `>`, `>=`, `like`, `ilike`, `glob`, `in`, `between`, `null`; `negated` turns them round.
    """

    text: str
    subject: str = ""
    operator: str = ""
    values: tuple[Value, ...] = ()
    negated: bool = False
    place: Place = Place()


class Grouping(msgspec.Struct, frozen=True, omit_defaults=True, tag="grouping"):
    """One row for each combination of `by`; `is_distinct` where repetitions were dropped (`by` empty: of whole rows)."""

    by: tuple[str, ...]
    is_distinct: bool = False
    place: Place = Place()


class Ordering(msgspec.Struct, frozen=True, omit_defaults=True, tag="ordering"):
    """In which order (pairs of a name and whether it descends), at most how many rows, after how many skipped."""

    by: tuple[tuple[str, bool], ...] = ()
    limit: str | None = None
    skipped: str | None = None
    place: Place = Place()


Placed: TypeAlias = Span | Condition | Grouping | Ordering
Part: TypeAlias = Tables | Placed


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """All parts of a query that decide which rows it gives, in the order in which people read them.

    `titles` and `labels` are the catalogue's headings by locale: of tables by name, of columns as the parts write them;
    `columns` are the names in the result of the expressions that the parts speak of.
    """

    parts: tuple[Part, ...] = ()
    titles: dict[str, dict[str, str]] = {}
    labels: dict[str, dict[str, str]] = {}
    columns: dict[str, str] = {}

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
