"""What people ask of a table, read from an address."""

from collections.abc import Mapping, Sequence

import msgspec

from app.chat.artifact_view import TableState
from app.data.result_pages import SIZES
from app.errors import N_, Invalid

MOST_WORDS = 200
MOST_PAGES = 1_000_000


def state_of(given: Mapping[str, Sequence[str]], columns: int) -> TableState:
    """Return what an address asks for; raises `Invalid`.

    Its fields are `q`, `sort` (such as `2.desc`), `show` (with `columns`), `page`, `size` and `statistics`; with `paged`, the
    arrangement whose page it is, another one begins with its first page.
    """
    last = {name: values[-1] for name, values in given.items() if values}
    shown = None
    if "columns" in last:
        shown = frozenset(_number("show", text, 0, columns - 1) for text in given.get("show", ()))
    place, descending = _sorting(last.get("sort", ""), columns)
    size = _number("size", last.get("size") or str(SIZES[1]), 1, SIZES[-1])
    if size not in SIZES:
        raise _invalid("size")
    words = last.get("q", "").strip()
    if len(words) > MOST_WORDS:
        raise Invalid(N_("Search for fewer words."), details={"q": "too long"})
    number = _number("page", last.get("page") or "1", 1, MOST_PAGES)
    state = TableState(words, place, descending, shown, number, size, bool(last.get("statistics")))
    return state if last.get("paged", state.arrangement) == state.arrangement else msgspec.structs.replace(state, number=1)


def _sorting(text: str, columns: int) -> tuple[int | None, bool]:
    if not text:
        return None, False
    place, _, direction = text.partition(".")
    if direction not in {"asc", "desc"}:
        raise _invalid("sort")
    return _number("sort", place, 0, columns - 1), direction == "desc"


def _number(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_PAGES)) or not least <= int(text) <= most:
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> Invalid:
    return Invalid(N_("This table has nothing like that. Open it again from the chat."), details={name: "not valid"})
