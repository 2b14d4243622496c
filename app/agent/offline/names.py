"""Find names of the data (branches, products …) in what people write: inflected, mistyped, shortened, in either script."""

import functools
import itertools
import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from app.data import words
from app.data.stemming import forms
from app.knowledge.concepts import typing_errors

DIGITS = re.compile(r"\d")
ENOUGH = 0.75
"""How alike words must be to be one name."""
INFLECTED = 0.95
SHORTEST, LONG, LONGEST_ENDING = 3, 6, 4


class Name(msgspec.Struct, frozen=True):
    """A value of the data: what is bound, and how it may be spelled, the reader's spelling among them."""

    value: str
    spellings: tuple[str, ...]


class Mention(msgspec.Struct, frozen=True):
    """A place in a text, `[start, end)`, that names one of `values`, which fit about equally."""

    values: tuple[Name, ...]
    start: int
    end: int
    score: float


class _Fit(msgspec.Struct, frozen=True):
    name: Name
    start: int
    end: int
    score: float
    is_whole: bool


def names_from(rows: Sequence[Sequence[object]]) -> list[Name]:
    """Return the names of a lookup's rows: the value to bind first, then its other spellings."""
    return [Name(str(row[0]), tuple(str(cell) for cell in row if cell)) for row in rows if row and row[0]]


def mentions(
    text: str, names: Sequence[Name], unknown: Collection[str] | None = None, doubtful: Collection[str] = ()
) -> list[Mention]:
    """Return the names that `text` mentions, from left to right.

    A part of a name counts only where it has one of the `unknown` words, or, rightly spelled, one of the `doubtful` ones,
    which may say something else; with None all words may be part of a name.
    """
    spoken = words.tokens(text)
    fits = [fit for name in names for spelling in name.spellings for fit in _fits(spoken, name, spelling, unknown, doubtful)]
    found: list[Mention] = []
    for fit in sorted(fits, key=lambda fit: (-fit.is_whole, -(fit.end - fit.start), -fit.score)):
        if any(fit.start < other.end and other.start < fit.end for other in found):
            continue
        equals = [
            other
            for other in fits
            if (other.start, other.end, other.is_whole) == (fit.start, fit.end, fit.is_whole) and other.score > fit.score - 0.06
        ]
        values = {other.name.value: other.name for other in sorted(equals, key=lambda other: -other.score)}
        found.append(Mention(tuple(values.values()), fit.start, fit.end, fit.score))
    return sorted(found, key=lambda mention: mention.start)


def _fits(
    spoken: Sequence[words.Token], name: Name, spelling: str, unknown: Collection[str] | None, doubtful: Collection[str]
) -> Iterator[_Fit]:
    parts = _parts(spelling)
    for place in range(len(spoken)):
        matched = _matched(spoken[place:], parts)
        if not matched:
            continue
        said = spoken[place : place + len(matched)]
        letters = sum(len(token.text) for token in said if not DIGITS.search(token.text))
        is_whole = len(matched) == len(parts)
        is_exact = min(matched) >= INFLECTED
        is_free = unknown is None or any(token.text in unknown or (is_exact and token.text in doubtful) for token in said)
        if letters >= SHORTEST and (is_free or (is_whole and is_exact and len(parts) > 1)):
            yield _Fit(name, said[0].start, said[-1].end, sum(matched) / len(matched), is_whole)


def _matched(spoken: Sequence[words.Token], parts: Sequence[str]) -> list[float]:
    """Return how alike the first words are to parts of the name, in the name's order, as far as they are."""
    found: list[float] = []
    begin = 0
    for token in spoken:
        place, best = max(
            ((index, alike(token.text, part)) for index, part in enumerate(parts) if index >= begin),
            key=lambda pair: pair[1],
            default=(0, 0.0),
        )
        if best < ENOUGH:
            break
        found.append(best)
        begin = place + 1
    return found


@functools.lru_cache(maxsize=8192)
def _parts(spelling: str) -> tuple[str, ...]:
    return tuple(token.text for token in words.tokens(spelling))


@functools.lru_cache(maxsize=65536)
def alike(said: str, part: str) -> float:
    """Return how likely a folded word is a form or a misspelling of a part of a name, from 0 to 1."""
    if not (words.is_cyrillic(said) and words.is_cyrillic(part)):
        said, part = (words.latin(word).replace("kh", "x") for word in (said, part))
    if said == part:
        return 1.0
    if DIGITS.search(said) or DIGITS.search(part) or min(len(said), len(part)) < SHORTEST:
        return 0.0
    common = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(said, part, strict=False)))
    lost = 1 if len(part) < LONG else 2
    is_inflected = common >= max(SHORTEST, len(part) - lost) and len(said) - common <= min(LONGEST_ENDING, len(part) - 1)
    is_inflected |= words.is_cyrillic(said) and words.is_cyrillic(part) and not forms(said).isdisjoint(forms(part))
    if part in words.uzbek_stems(said) or is_inflected:
        return INFLECTED
    ends = {len(said), len(part) - 1, len(part), len(part) + 1}
    longest = min(LONGEST_ENDING, len(part) // 2) + 1  # a short name in a long word is another word
    if any(typing_errors(said[:end], part) is not None for end in ends if end > SHORTEST and len(said) - end <= longest):
        return 0.85
    return 0.0
