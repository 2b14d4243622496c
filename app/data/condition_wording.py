"""What rows must meet, in the reader's words."""

import datetime as dt
import re
from decimal import Decimal

from app.data.asked import Condition, Value
from app.data.headings import Headings
from app.data.moment_wording import last_text, moment_text
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
    ("contains both", False): N_("%(subject)s contains %(low)s and after it %(high)s"),
    ("contains both", True): N_("%(subject)s does not contain %(low)s and after it %(high)s"),
    ("begins and ends", False): N_("%(subject)s begins with %(low)s and ends with %(high)s"),
    ("begins and ends", True): N_("%(subject)s does not both begin with %(low)s and end with %(high)s"),
    ("same", False): N_("%(subject)s is the same as %(other)s"),
    ("same", True): N_("%(subject)s differs from %(other)s"),
    ("among", False): N_("%(subject)s is among %(column)s of %(table)s"),
    ("among", True): N_("%(subject)s is not among %(column)s of %(table)s"),
    ("exists", False): N_("has matching rows in %(table)s"),
    ("exists", True): N_("has no matching rows in %(table)s"),
    ("natural", False): N_("matched with %(table)s by all columns that are called alike"),
    ("sample", False): N_("about %(share)s of the rows of %(table)s, chosen at random"),
    ("null", False): N_("%(subject)s has no value"),
    ("null", True): N_("%(subject)s has a value"),
}
LOOKS_LIKE_MORE = frozenset("0123456789'\"“”,=<>≠≤≥")
JOINED = {
    # Translators: between two conditions: “Status = done or Amount > 100”.
    "any": N_("or"),
    "all": N_("and"),
}
YES_NO = {"true": N_("yes"), "false": N_("no")}
FIGURE = re.compile(r"-?\d{1,30}(\.\d{1,20})?", re.ASCII)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class ConditionWording:
    """Writes conditions in one language."""

    def __init__(self, locale: str, names: Headings) -> None:
        self._ = translator(locale).gettext
        self._locale = locale
        self._formats = formats_of(locale)
        self._names = names

    def text(self, found: Condition) -> str:
        """Return a condition; as SQL where there are no words for it."""
        subject = self._names.column(found.subject)
        if not found.operator:
            return found.text
        if found.parts:
            return self._joined(found)
        if found.operator in COMPARED:
            return self._comparison(found, subject)
        if found.operator == "sample":
            share, read = found.values
            words = {"share": self._share(share.text), "table": self._names.table(read.text)}
            return self._(WORDS[found.operator, False], **words)
        if found.operator in {"among", "exists", "natural"}:
            column, table = found.values[0].text, self._names.table(found.values[-1].text)
            return self._(WORDS[found.operator, found.negated], subject=subject, column=self._names.column(column), table=table)
        return self._listed(found, subject)

    def _listed(self, found: Condition, subject: str) -> str:
        if found.operator == "between":
            low, high = (self._shown(value, found.subject) for value in found.values)
            return self._(WORDS["between", found.negated], subject=subject, low=low, high=high)
        if found.operator in {"like", "ilike"} and (parts := _parts_of_text(found.values[0])):
            return self._pattern(found, subject, parts)
        kind = "like" if found.operator in {"ilike", "glob"} else found.operator
        word = f"{found.operator.upper()} " if kind != found.operator else ""
        values = word + ", ".join(self._shown(value, found.subject) for value in found.values)
        return self._(WORDS[kind, found.negated], subject=subject, values=values)

    def _joined(self, found: Condition) -> str:
        """Return conditions of which any or all must hold; what is joined otherwise stands in parentheses."""
        texts = [f"({self.text(part)})" if part.operator in {"any", "all"} else self.text(part) for part in found.parts]
        word = self._(JOINED[found.operator])
        return f" {word} ".join(texts)

    def _comparison(self, found: Condition, subject: str) -> str:
        operator = OPPOSITE[found.operator] if found.negated else found.operator
        value, other = found.values[0], self._shown(found.values[0], found.subject)
        if operator == ">=" and value.moment and value.moment.steps and not value.moment.start:
            return f"{subject}: {last_text(value.moment, self._locale)}"
        if value.is_expression and operator in {"=", "<>"}:
            words = WORDS["same", operator != "="]
            return self._(words, subject=subject, other=other)
        return f"{subject} {COMPARED[operator]} {other}"

    def _pattern(self, found: Condition, subject: str, parts: tuple[str, ...]) -> str:
        kind, *texts = parts
        shown = [self._shown(Value(text, is_text=True)) for text in texts]
        values = {"values": shown[0], "low": shown[0], "high": shown[-1]}
        text = self._(WORDS[kind, found.negated], subject=subject, **values)
        return self._(N_("%(part)s, in capitals or not"), part=text) if found.operator == "ilike" else text

    def _shown(self, value: Value, subject: str = "") -> str:
        """Return what `subject` is compared with; a text that could be taken for something else stands in quotation marks."""
        if value.moment:
            return moment_text(value.moment, self._locale)
        if value.is_expression:
            return self._names.column(value.text)
        if not value.is_text:
            return self._(YES_NO[value.text]) if value.text in YES_NO else self._number(value.text, subject)
        if MONTH.fullmatch(value.text) and self._names.is_month(subject):
            return self._formats.unit(value.text, "month")
        if DATE.fullmatch(value.text) and (day := _day(value.text)):
            return self._formats.date(day)
        is_plain = value.text.strip() == value.text != "" and not LOOKS_LIKE_MORE & set(value.text)
        return value.text if is_plain and value.text.lower() not in {"true", "false", "null"} else f"“{value.text}”"

    def _share(self, text: str) -> str:
        number = self._formats.number(Decimal(text), len(text.partition(".")[2])) if FIGURE.fullmatch(text) else text
        return f"{number}\N{NO-BREAK SPACE}%"

    def _number(self, text: str, subject: str) -> str:
        """Return a figure as figures are written; what only names something, such as a year, stays as it is."""
        if not FIGURE.fullmatch(text) or not self._names.is_measure(subject):
            return text
        return self._formats.number(Decimal(text), len(text.partition(".")[2]))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _parts_of_text(pattern: Value) -> tuple[str, ...] | None:
    """Return what a pattern asks of a text and the words for it, None where it asks more than people would say."""
    bare = pattern.text.strip("%")
    if not bare or set(bare) & set("_\\") or "%%" in pattern.text or not pattern.is_text:
        return None
    where = pattern.text.startswith("%"), pattern.text.endswith("%")
    inner = bare.split("%")
    if len(inner) == 2:
        kind = {(True, True): "contains both", (False, False): "begins and ends"}.get(where)
        return (kind, *inner) if kind else None
    kind = {(True, True): "contains", (False, True): "begins", (True, False): "ends"}.get(where)
    return (kind, bare) if kind and len(inner) == 1 else None
