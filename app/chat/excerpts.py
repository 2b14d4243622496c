"""The words of a search, and where they stand in a text: pieces for the page to mark, never HTML."""

import re

import msgspec

from app.data import words
from app.data.stemming import forms

FEWEST_LETTERS = 2
MOST_WORDS = 10
SHORT = 2
"""Words of so few letters are left out where there are longer ones."""
LENGTH = 160
LEAD = 40
LOOKED_AT = 10_000
MARKUP = re.compile(r"[*_`#>|~\\]+|\]\([^)\s]*\)|!?\[|-{3,}|\s+")


class Wanted(msgspec.Struct, frozen=True):
    """A word that is searched for, by any of `forms`, or by what it begins with where it may be unfinished."""

    forms: tuple[str, ...]
    starts: tuple[str, ...] = ()

    def is_in(self, found: frozenset[str]) -> bool:
        """Tell whether a word of a text, by its forms, is the wanted one."""
        return not found.isdisjoint(self.forms) or any(form.startswith(start) for start in self.starts for form in found)


class Piece(msgspec.Struct, frozen=True):
    """A part of a text; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool = False


def wanted_of(text: str) -> tuple[Wanted, ...]:
    """Return the words to look for; none where there are fewer than two letters. The last one may be unfinished."""
    spoken = [token.text for token in words.tokens(text)]
    if sum(map(len, spoken)) < FEWEST_LETTERS:
        return ()
    last = spoken[-1] if text[-1:].strip() else None
    telling = [word for word in spoken if len(word) > SHORT or word.isdigit()] or spoken
    return tuple(_wanted(word, is_unfinished=word == last) for word in dict.fromkeys(telling[-MOST_WORDS:]))


def _wanted(word: str, *, is_unfinished: bool) -> Wanted:
    meant = set(forms(word))
    spellings = [word]
    if words.is_cyrillic(word):
        spellings.append(words.latin(word))  # Uzbek in the other alphabet.
        meant |= forms(spellings[1])
    return Wanted(tuple(sorted(meant)), tuple(spellings) if is_unfinished else ())


def marked(text: str, wanted: tuple[Wanted, ...]) -> tuple[Piece, ...]:
    """Return all of a text in pieces."""
    return _pieces(text, [(start, end) for start, end, _ in _hits(text, wanted)])


def excerpt(text: str, wanted: tuple[Wanted, ...]) -> tuple[Piece, ...]:
    """Return the part of a Markdown text, as plain words, that holds most of the wanted ones."""
    plain = MARKUP.sub(" ", text)
    plain = " ".join(plain.split())
    hits = _hits(plain[:LOOKED_AT], wanted) or _hits(plain, wanted)

    def told(first: tuple[int, int, int]) -> int:
        return len({which for start, end, which in hits if first[0] <= start and end <= first[0] + LENGTH - LEAD})

    best = max(hits, key=told)[0] if hits else 0
    begin = plain.rfind(" ", 0, best - LEAD) + 1 if best > LEAD else 0
    stop = len(plain) if begin + LENGTH >= len(plain) else max(plain.rfind(" ", begin, begin + LENGTH), best + 1)
    shown = [(start - begin, end - begin) for start, end, _ in hits if begin <= start and end <= stop]
    pieces = _pieces(plain[begin:stop], shown)
    return (*((Piece("… "),) if begin else ()), *pieces, *((Piece(" …"),) if stop < len(plain) else ()))


def _hits(text: str, wanted: tuple[Wanted, ...]) -> list[tuple[int, int, int]]:
    """Return where the wanted words stand, and which of them each is."""
    found = []
    for token in words.tokens(text):
        meant = forms(token.text)
        which = next((index for index, word in enumerate(wanted) if word.is_in(meant)), None)
        if which is not None:
            found.append((token.start, token.end, which))
    return found


def _pieces(text: str, hits: list[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for start, end in hits:
        pieces += [Piece(text[at:start]), Piece(text[start:end], is_hit=True)]
        at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)
