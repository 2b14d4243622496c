"""What differs between the recorded outcome of a call and today's, in a few lines that people can read."""

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from app.data.comparison import Difference, compare, differences
from app.data.results import QueryResult, columns_from, rows_from
from app.files.models import Artifact

PASSING = frozenset({"result_id", "artifact_id", "duration_ms"})
"""What is another one with every call."""
MOST = 5
"""So many differences are shown, the others are counted."""
LONGEST = 60
BEFORE = 20
"""Characters that are shown before the place where two texts differ."""


def of_results(before: Artifact, today: QueryResult) -> list[str]:
    """Return how many rows and cells differ, then some of them; nothing where all are the same."""
    columns = columns_from(before.details)
    names, names_today = ([column.name for column in each] for each in (columns, today.columns))
    if names != names_today:
        return [f"columns {shown(', '.join(names))} → {shown(', '.join(names_today))}"]
    rows = rows_from(before.details, before.content or b"[]")
    changes = compare(columns, rows, today.rows)
    counted = (("rows more", changes.added), ("rows less", changes.removed), ("cells changed", changes.cells))
    if not changes:
        return []
    told = (_line(each) for each in differences(columns, rows, today.rows))
    return [", ".join(f"{count} {what}" for what, count in counted if count), *few(told)]


def of_contents(then: str, today: Any) -> list[str]:
    """Return what a tool tells now and did not tell then; nothing where it tells the same."""
    found = few(_changes("", msgspec.json.decode(then or "{}"), msgspec.json.decode(msgspec.json.encode(today))))
    return ["tells something else", *found] if found else []


def few(lines: Iterator[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    told = list(itertools.islice(lines, MOST))
    more = sum(1 for _ in lines)
    return [*told, f"and {more} more"] if more else told


def shown(value: Any) -> str:
    """Return a value on one line, without signs that would disturb a terminal, cut where it is long."""
    text = value if isinstance(value, str) else "nothing" if value is None else msgspec.json.encode(value).decode()
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text


def _line(found: Difference) -> str:
    row = ", ".join(shown(cell) for cell in found.row)
    if found.kind == "changed":
        return f"{row}{': ' if row else ''}{shown(found.column)} {shown(found.before)} → {shown(found.after)}"
    return f"{'+' if found.kind == 'added' else '-'} {row}"


def _changes(place: str, then: Any, today: Any) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(today, dict):
        for name in dict.fromkeys((*then, *today)):
            if name not in PASSING:
                yield from _changes(f"{place}.{name}" if place else shown(name), then.get(name), today.get(name))
    elif isinstance(then, list) and isinstance(today, list):
        for at, (one, other) in enumerate(zip(then, today, strict=False)):
            yield from _changes(f"{place}[{at}]", one, other)
        if len(then) != len(today):
            yield f"{place}: {len(then)} → {len(today)} of them"
    elif then != today:
        begin = _apart(then, today) - BEFORE
        yield f"{place}: {_from(then, begin)} → {_from(today, begin)}"


def _apart(then: Any, today: Any) -> int:
    """Return where two long texts begin to differ, 0 for anything else."""
    if not (isinstance(then, str) and isinstance(today, str) and max(len(then), len(today)) > LONGEST):
        return 0
    pairs = enumerate(zip(then, today, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(then), len(today)))


def _from(value: Any, place: int) -> str:
    """Return a value as it is shown, a text from where it begins to differ."""
    return f"…{shown(value[place:])}" if place > 0 else shown(value)
