"""The parts of a query in the reader's words, for the strip above a result and for receipts."""

import datetime as dt
from typing import assert_never

import msgspec

from app.data.asked import Asked, Condition, Grouping, Ordering, Part, Place, Span, Tables, Value
from app.errors import N_
from app.web.formats import formats_of
from app.web.locale import translator

COMPARED = {"=": "=", "<>": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
OPPOSITE = {"=": "<>", "<>": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
WORDS = {
    ("in", False): N_("%(subject)s is one of %(values)s"),
    ("in", True): N_("%(subject)s is none of %(values)s"),
    ("between", False): N_("%(subject)s is between %(low)s and %(high)s"),
    ("between", True): N_("%(subject)s is not between %(low)s and %(high)s"),
    ("like", False): N_("%(subject)s is like %(values)s"),
    ("like", True): N_("%(subject)s is not like %(values)s"),
    ("contains", False): N_("%(subject)s contains %(values)s"),
    ("contains", True): N_("%(subject)s does not contain %(values)s"),
    ("begins", False): N_("%(subject)s begins with %(values)s"),
    ("begins", True): N_("%(subject)s does not begin with %(values)s"),
    ("ends", False): N_("%(subject)s ends with %(values)s"),
    ("ends", True): N_("%(subject)s does not end with %(values)s"),
    ("null", False): N_("%(subject)s has no value"),
    ("null", True): N_("%(subject)s has a value"),
}
PLACES = {
    "with": N_("in %(name)s: %(part)s"),
    "derived": N_("in %(name)s: %(part)s"),
    "join": N_("joined %(name)s: %(part)s"),
    "aggregate": N_("only for %(name)s: %(part)s"),
    "part": N_("in part %(name)s: %(part)s"),
    "subquery": N_("in a subquery: %(part)s"),
}
LOOKS_LIKE_MORE = frozenset("0123456789'\"“”,=<>≠≤≥")


class Chip(msgspec.Struct, frozen=True):
    """One part: `kind` is the part's own, `title` says more where there is more to say."""

    kind: str
    text: str
    title: str = ""


def chips(asked: Asked, locale: str) -> list[Chip]:
    """Return all parts of `asked` in order."""
    return [chip for part in asked.parts if (chip := Wording(locale).chip(part)).text]


class Wording:
    """Writes parts in one language."""

    def __init__(self, locale: str) -> None:
        self._ = translator(locale).gettext
        self._formats = formats_of(locale)

    def chip(self, part: Part) -> Chip:
        """Return a part in words."""
        match part:
            case Tables(names):
                return Chip("tables", ", ".join(names), "\n".join(f"{name}: {text}" for name, text in names.items() if text))
            case Span():
                return Chip("period", self._placed(self._span(part), part.place), part.column)
            case Condition():
                return Chip("filter" if part.operator else "sql", self._placed(self._condition(part), part.place), part.text)
            case Grouping():
                return Chip("group", self._placed(self._grouping(part), part.place))
            case Ordering():
                return Chip("order", self._placed(self._ordering(part), part.place))
            case _:
                assert_never(part)

    def _placed(self, text: str, place: Place) -> str:
        if not place.kind:
            return text
        kind = "subquery" if place.kind == "subquery" or not place.name else place.kind
        return self._(PLACES[kind], name=place.name, part=text)

    def _span(self, span: Span) -> str:
        start = dt.date.fromisoformat(span.start) if span.start else None
        end = dt.date.fromisoformat(span.end) if span.end else None
        if start and end:
            return f"{span.column}: {self._formats.period(start, end - dt.timedelta(days=1))}"
        if start:
            return self._("%(subject)s from %(day)s", subject=span.column, day=self._formats.date(start))
        return self._("%(subject)s before %(day)s", subject=span.column, day=self._formats.date(end) if end else "")

    def _condition(self, found: Condition) -> str:
        if not found.operator:
            return found.text
        if found.operator in COMPARED:
            operator = OPPOSITE[found.operator] if found.negated else found.operator
            return f"{found.subject} {COMPARED[operator]} {_shown(found.values[0])}"
        if found.operator == "between":
            low, high = map(_shown, found.values)
            return self._(WORDS["between", found.negated], subject=found.subject, low=low, high=high)
        if found.operator in {"like", "ilike"} and (part := _part_of_text(found.values[0])):
            text = self._(WORDS[part[0], found.negated], subject=found.subject, values=_shown(Value(part[1], is_text=True)))
            return self._(N_("%(part)s, in capitals or not"), part=text) if found.operator == "ilike" else text
        kind = "like" if found.operator in {"ilike", "glob"} else found.operator
        word = f"{found.operator.upper()} " if kind != found.operator else ""
        values = word + ", ".join(map(_shown, found.values))
        return self._(WORDS[kind, found.negated], subject=found.subject, values=values)

    def _grouping(self, grouping: Grouping) -> str:
        names = ", ".join(grouping.by)
        if not grouping.is_distinct:
            return self._("by %(names)s", names=names)
        return self._("one row for each %(names)s", names=names) if names else self._("without repetitions")

    def _ordering(self, ordering: Ordering) -> str:
        names = ", ".join(f"{name} {'↓' if descending else '↑'}" for name, descending in ordering.by)
        texts = []
        if ordering.limit is not None and names:
            falls = ordering.by[0][1]
            texts.append(
                self._(
                    N_("top %(count)s by %(names)s") if falls else N_("first %(count)s by %(names)s"),
                    count=ordering.limit,
                    names=names,
                )
            )
        elif ordering.limit is not None:
            texts.append(self._("at most %(count)s rows", count=ordering.limit))
        elif names:
            texts.append(self._("in order of %(names)s", names=names))
        if ordering.skipped is not None:
            texts.append(self._("after the first %(count)s", count=ordering.skipped))
        return ", ".join(texts)


def _part_of_text(pattern: Value) -> tuple[str, str] | None:
    """Return what a pattern asks of a text and the words for it, None where it asks more than people would say."""
    bare = pattern.text.strip("%")
    if not bare or set(bare) & set("%_\\") or pattern.text.count("%") > 2 or not pattern.is_text:
        return None
    where = pattern.text.startswith("%"), pattern.text.endswith("%")
    kind = {(True, True): "contains", (False, True): "begins", (True, False): "ends"}.get(where)
    return (kind, bare) if kind else None


def _shown(value: Value) -> str:
    """Return a constant; a text that could be taken for something else is put between quotation marks."""
    if not value.is_text:
        return value.text
    is_plain = value.text.strip() == value.text != "" and not LOOKS_LIKE_MORE & set(value.text)
    return value.text if is_plain and value.text.lower() not in {"true", "false", "null"} else f"“{value.text}”"
