"""What tables, columns and figures of a query are called in the reader's language."""

import re
from collections import Counter
from collections.abc import Sequence

from app.data.asked import Asked, subjects
from app.data.phrase_wording import DEEPEST, in_words
from app.data.results import Column

COUNTED = {"rows", "count", "distinct", "sum", "average"}
KEEPING = {"least", "most", "rounded", "size", "default", "paren", "plus", "minus", "times", "over"}
MONTH = re.compile(r"(\w+\.)?(\w+_)?month", re.IGNORECASE)


class Headings:
    """Finds the words for SQL: the catalogue's, else the heading of the result's column; else the SQL stands as it is."""

    def __init__(self, asked: Asked, locale: str, columns: Sequence[Column]) -> None:
        self._figures = {column.name: column.labels[locale] for column in columns if column.labels.get(locale)}
        shown = {text: self._figures[name] for text, name in asked.columns.items() if name in self._figures}
        labels, spoken_of = _in_language(asked.labels, locale), set(subjects(asked.parts))
        self._columns = _told_apart(shown | {text: word for text, word in labels.items() if text in spoken_of})
        self._parts = _told_apart(labels)
        self._phrases, self._locale = asked.phrases, locale
        self._measures = frozenset(asked.measures)
        self._tables = _told_apart(_in_language(asked.titles, locale))
        self._descriptions = _in_language(asked.descriptions, locale)

    def table(self, name: str) -> str:
        """Return what a table is called."""
        return self._tables.get(name, name)

    def described(self, name: str, otherwise: str) -> str:
        """Return what a table is for, `otherwise` where nobody translated it."""
        return self._descriptions.get(name, otherwise)

    def column(self, text: str) -> str:
        """Return what a column or an expression is called."""
        return self._columns.get(text) or in_words(text, self._phrases, self._parts, self._locale)

    def is_month(self, text: str) -> bool:
        """Tell whether a column or an expression holds months written as `2026-01`."""
        phrase = self._phrases.get(text)
        return phrase.kind == "month" if phrase else bool(MONTH.fullmatch(text))

    def is_measure(self, text: str, depth: int = DEEPEST) -> bool:
        """Tell whether numbers compared with a column or an expression are figures."""
        phrase = self._phrases.get(text)
        if phrase is None or depth == 0:
            return text in self._measures
        return phrase.kind in COUNTED or (
            phrase.kind in KEEPING and any(self.is_measure(part, depth - 1) for part in phrase.parts)
        )

    def figure(self, name: str) -> str:
        """Return what a figure of the result is called, by its SQL name."""
        return self._figures.get(name, name)


def _in_language(labels: dict[str, dict[str, str]], locale: str) -> dict[str, str]:
    return {text: known[locale] for text, known in labels.items() if known.get(locale)}


def _told_apart(words: dict[str, str]) -> dict[str, str]:
    """Leave out words that would stand for two things."""
    times = Counter(words.values())
    return {text: word for text, word in words.items() if times[word] == 1}
