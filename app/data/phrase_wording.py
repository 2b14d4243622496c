"""Figures and other expressions in the reader's words: „sum of Amount“ and not `sum(amount)`."""

from collections.abc import Mapping

from app.data.asked import Phrase
from app.errors import N_
from app.web.locale import translator

WORDS = {
    "rows": N_("number of rows"),
    "count": N_("number of values of %(first)s"),
    "distinct": N_("number of different values of %(first)s"),
    "sum": N_("sum of %(first)s"),
    "average": N_("average of %(first)s"),
    "least": N_("smallest %(first)s"),
    "most": N_("largest %(first)s"),
    "median": N_("median of %(first)s"),
    "earliest": N_("earliest %(first)s"),
    "latest": N_("latest %(first)s"),
    "rounded": N_("%(first)s, rounded"),
    "size": N_("%(first)s without its sign"),
    "small": N_("%(first)s in small letters"),
    "capitals": N_("%(first)s in capitals"),
    "default": N_("%(first)s (%(second)s where there is none)"),
    "paren": "(%(first)s)",
    "plus": "%(first)s + %(second)s",
    "minus": "%(first)s − %(second)s",
    "times": "%(first)s × %(second)s",
    "over": "%(first)s ÷ %(second)s",
    # Translators: by what rows are put together: “by month of Order date”.
    "day": N_("day of %(first)s"),
    "week": N_("week of %(first)s"),
    "month": N_("month of %(first)s"),
    "quarter": N_("quarter of %(first)s"),
    "year": N_("year of %(first)s"),
    # Translators: which of a year's months, a month's days, a week's days or a day's hours, as a number.
    "month number": N_("number of the month in %(first)s"),
    "day number": N_("day of the month in %(first)s"),
    "weekday": N_("number of the weekday in %(first)s"),
    "hour": N_("hour in %(first)s"),
}
DEEPEST = 8


def in_words(text: str, phrases: Mapping[str, Phrase], names: Mapping[str, str], locale: str, depth: int = DEEPEST) -> str:
    """Return what an expression is called; `names` are of columns, what nobody has words for stays as it is written."""
    phrase = phrases.get(text)
    if phrase is None or depth == 0:
        return names.get(text, text)
    parts = [in_words(part, phrases, names, locale, depth - 1) for part in phrase.parts]
    values = dict(zip(("first", "second"), parts, strict=False))
    pattern = WORDS[phrase.kind]
    return translator(locale).gettext(pattern, **values) if phrase.kind not in SIGNS else pattern % values


SIGNS = {"paren", "plus", "minus", "times", "over"}
