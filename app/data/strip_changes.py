"""What one query kept, added and dropped against an earlier one: from the parsed SQL of both, in the words of their strips."""

from collections.abc import Sequence

import msgspec

from app.data.asked import Asked, Tables
from app.data.results import Column
from app.data.strip_wording import Chip, ChipKind, chips
from app.web.column_types import MEASURES

OF_TABLES = (ChipKind.TABLES, ChipKind.UNFINISHED)


class Query(msgspec.Struct, frozen=True):
    """What a query asked, and the columns of its result, by whose headings people know them."""

    asked: Asked
    columns: Sequence[Column]


class StripChange(msgspec.Struct, frozen=True):
    """The parts of a query that stayed, came and went."""

    kept: Sequence[Chip] = ()
    added: Sequence[Chip] = ()
    dropped: Sequence[Chip] = ()


def builds_on(later: Asked, earlier: Asked) -> bool:
    """Tell whether two queries read the same tables, or some of the same."""
    return not {name.lower() for name in later.tables}.isdisjoint(name.lower() for name in earlier.tables)


def goes_on(change: StripChange, later: Query, earlier: Query) -> bool:
    """Tell whether a query goes on from an earlier one: it kept a part of it, or gives the same figures. Else it begins anew."""
    return bool(change.kept) or not _figures(later).isdisjoint(_figures(earlier))


def _figures(query: Query) -> set[str]:
    return {column.name.lower() for column in query.columns if column.type in MEASURES and not column.names_something}


def changed(later: Query, earlier: Query, locale: str) -> StripChange:
    """Return how `later` differs from `earlier`; both are told in the same language, so that equal parts read alike."""
    now, before = _parts(later, locale), _parts(earlier, locale)
    kept, added = list[Chip](), list[Chip]()
    dropped = {place: _key(chip, later) for place, chip in enumerate(before)}
    for chip in now:
        place = next((place for place, key in dropped.items() if key == _key(chip, earlier)), None)
        (added if place is None else kept).append(chip)
        dropped.pop(-1 if place is None else place, None)
    came = [*_tables(later.asked, earlier.asked, locale), *added]
    went = [*_tables(earlier.asked, later.asked, locale), *(before[place] for place in dropped)]
    return StripChange(kept, came, went)


def _key(chip: Chip, other: Query) -> tuple[str, str]:
    """Return what a part is known by: where only one table is read, its columns stand without its name."""
    tables = other.asked.tables
    return chip.kind, chip.text.replace(f"{tables[0]}.", "") if len(tables) == 1 else chip.text


def _parts(query: Query, locale: str) -> list[Chip]:
    return [chip for chip in chips(query.asked, locale, query.columns) if chip.kind not in OF_TABLES]


def _tables(of: Asked, other: Asked, locale: str) -> list[Chip]:
    """Return the tables that only one of two queries reads."""
    read = {name.lower() for name in other.tables}
    parts = [part for part in of.parts if isinstance(part, Tables)]
    names = {name: text for part in parts for name, text in part.names.items() if name.lower() not in read}
    return chips(msgspec.structs.replace(of, parts=(Tables(names),), unfinished=None), locale) if names else []
