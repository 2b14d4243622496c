"""Stems of words in English, Russian and Uzbek: made here, not in a database, so that both engines find the same."""

import functools
from typing import Any

from app.data import words

SHORT = 4
"""What remains of an Uzbek word is a stem only from so many letters on."""


def stems(word: str, locale: str) -> tuple[str, ...]:
    """Return what a folded word of a language may be derived from, the likeliest first."""
    if locale == "uz":
        return tuple(form for form in words.uzbek_stems(word) if len(form) >= SHORT or form == word)
    return (_stemmer(locale).stemWord(word),)


@functools.lru_cache(maxsize=32_768)
def forms(word: str) -> frozenset[str]:
    """Return the stems of a folded word whose language is not known; two words mean the same when they share one."""
    if words.is_cyrillic(word):
        return frozenset(stems(word, "ru"))
    return frozenset((*stems(word, "en"), *stems(word, "uz"))) if word.isalpha() else frozenset((word,))


@functools.cache
def _stemmer(locale: str) -> Any:
    import snowballstemmer  # noqa: PLC0415 - brings thirty languages, at the first word that is looked for

    return snowballstemmer.stemmer({"en": "english", "ru": "russian"}[locale])
