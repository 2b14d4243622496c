"""The numbers of a question that are neither periods nor parts of names."""

import re

import msgspec

from app.agent.offline.understood import Understood
from app.data import words
from app.data.period_phrases.search import find
from app.data.period_phrases.vocabulary import number
from app.data.periods import Calendar
from app.knowledge.language import language
from app.knowledge.terms import ANY_DAY

SIZE = re.compile(r"[\s.,]*")
"""What stands between a name and its size: “lemonade 1.5 l”."""
GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f,.’']\d{3})+(?!\d)")
"""A number whose thousands are set apart."""
MAGNITUDE = re.compile(
    r"\s*(?:k|m|mln|mlrd|million\w*|billion\w*|thousand\w*|млн|млрд|миллион\w*|миллиард\w*|тыс\w*|ming|milliard\w*|so.?m\w*|сум\w*|sums?"
    r"|usd|%|percent|процент\w*|foiz\w*)(?!\w)",
    re.IGNORECASE,
)
"""What makes the number before it an amount."""
PREPOSITION = "on"
"""An English preposition, and ten in Uzbek."""


class Spoken(msgspec.Struct, frozen=True):
    """A number and its place in the text, `[start, end)`."""

    value: int
    start: int
    end: int


def spoken_numbers(understood: Understood) -> list[Spoken]:
    """Return the numbers above one, in digits or letters, beside the periods and names."""
    text = understood.text
    named = [(mention.start, mention.end) for found in understood.names.values() for mention in found]
    taken = [*named, *((each.start, each.end) for each in find(text, Calendar(), ANY_DAY))]
    ends = {end for _, end in named}
    found = []
    for token in words.tokens(text):
        is_size = token.text.isdecimal() and any(end <= token.start and SIZE.fullmatch(text, end, token.start) for end in ends)
        if is_size:
            ends.add(token.end)
        if is_size or any(start <= token.start < end for start, end in taken) or not _is_meant(token.text, text):
            continue
        value = int(token.text) if token.text.isdecimal() else number(token.text) or 0
        grouped = GROUPED.match(text, token.start)
        if grouped:
            taken.append((token.start, grouped.end()))
            value = int("".join(filter(str.isdecimal, grouped.group())))
        if value > 1 or (value and MAGNITUDE.match(text, token.end)):
            found.append(Spoken(value, token.start, grouped.end() if grouped else token.end))
    return found


def _is_meant(word: str, text: str) -> bool:
    return word != PREPOSITION or language(text) == "uz"
