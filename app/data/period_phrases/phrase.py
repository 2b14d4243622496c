"""The words of a text as the readers of periods see them."""

import calendar
import datetime as dt

import msgspec

from app.data import words
from app.data.period_phrases import vocabulary
from app.data.period_phrases.numeric import written_dates
from app.data.period_phrases.vocabulary import Word
from app.data.periods import Calendar, Period, Unit, around

DASHES = {"-", "–", "—", "−", "…", ".."}


class Named(msgspec.Struct, frozen=True):
    """A period as it was said: `has_year` when the year was said too, `is_relative` when it is counted from today."""

    period: Period
    has_year: bool = False
    is_relative: bool = False


Read = tuple[Named, int] | None
"""What was read and the index of the word after it."""


class Phrase:
    """The words of a text and the calendar to read them in; all methods take the index of a word, which may be past the end."""

    def __init__(self, text: str, zone: Calendar, now: dt.datetime) -> None:
        self.text, self.first_weekday, self.today = text, zone.first_weekday, zone.today(now)
        dates = list(written_dates(text))
        spoken = [token for token in words.tokens(text) if not any(each.start <= token.start < each.end for each in dates)]
        written = [Word(words.Token("", each.start, each.end), (each.meaning,)) for each in dates]
        self.words = sorted([*map(vocabulary.read, spoken), *written], key=lambda word: word.token.start)

    def text_of(self, index: int) -> str:
        """Return the folded word."""
        return self.words[index].token.text if index < len(self.words) else ""

    def part(self, index: int, *names: str) -> bool:
        """Tell whether the word is one of the grammatical `names`."""
        return index < len(self.words) and any(("part", name) in self.words[index].meanings for name in names)

    def skip(self, index: int, *names: str) -> int:
        """Return the index of the first word that is none of `names`."""
        while self.part(index, *names):
            index += 1
        return index

    def value(self, index: int, kind: str) -> int | None:
        """Return the number that the word means as a `kind`."""
        return self.words[index].number(kind) if index < len(self.words) else None

    def unit(self, index: int) -> Unit | None:
        """Return the unit that the word names."""
        unit = self.words[index].get("unit") if index < len(self.words) else None
        return msgspec.convert(unit, Unit) if unit else None

    def case(self, index: int) -> str:
        """Return the Uzbek case of the word that makes it the border of a range."""
        return self.words[index].case if 0 <= index < len(self.words) else ""

    def dash_before(self, index: int) -> bool:
        """Tell whether only a dash stands between the word and the one before it."""
        if not 0 < index < len(self.words):
            return False
        return self.text[self.words[index - 1].token.end : self.words[index].token.start].strip() in DASHES

    def around(self, day: dt.date, unit: Unit, count: int = 1) -> Period:
        """Return the `count` units of which the last holds `day`."""
        return around(day, unit, self.first_weekday, count=count)


def last_of_month(year: int, month: int) -> dt.date:
    """Return the last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])
