"""The words of a text as search finds them: by their stems, and across alphabets by what they sound like."""

import functools
from collections import Counter

from app.data import words
from app.data.stemming import forms
from app.knowledge.concepts import SILENT, Concepts
from app.knowledge.occurrences import Sought

LONGEST_WORD = 64
SOUNDING = 5
"""Words of fewer letters sound like too many others."""
SOUND = "~"
"""What a sound begins with, where stems are kept."""
ALIKE = str.maketrans({"o": "a", "e": "a", "q": "k", "x": "h"})
"""Toshkent is Ташкент in Russian and Тошкент in Uzbek Cyrillic, Fargʻona Фергана, Samarqand Самарканд, Buxoro Бухара."""
MOST_WORDS = 40


@functools.lru_cache(maxsize=65_536)
def sounds(word: str) -> frozenset[str]:
    """Return what a folded word, without its endings, sounds like in any alphabet."""
    stems = set(forms(word))
    if words.is_cyrillic(word):
        stems |= forms(words.latin(word))
    heard = {words.latin(stem).replace("kh", "x").translate(ALIKE) for stem in stems}
    return frozenset(SOUND + each for each in heard if len(each) >= SOUNDING and each.isalpha())


def counted(title: str, text: str) -> tuple[Counter[str], int]:
    """Return how often each stem and sound stands in a chunk, a title counting twice, and of how many words it is."""
    found: Counter[str] = Counter()
    spoken = [token.text for part in (title, title, text) for token in words.tokens(part) if len(token.text) <= LONGEST_WORD]
    for word, times in Counter(spoken).items():
        for form in forms(word) | sounds(word):
            found[form] += times
    return found, len(spoken)


def sought_in(question: str) -> list[Sought]:
    """Return the words of a question that say something; all of them where none does."""
    spoken = list(dict.fromkeys(token.text for token in words.tokens(question) if len(token.text) <= LONGEST_WORD))
    telling = [word for word in spoken if not _is_silent(word)] or spoken
    return [Sought(tuple(sorted(forms(word))), tuple(sorted(sounds(word)))) for word in telling[:MOST_WORDS]]


def _is_silent(word: str) -> bool:
    entry = _concepts().find(word)
    return entry is not None and entry.strength == SILENT


@functools.cache
def _concepts() -> Concepts:
    return Concepts()
