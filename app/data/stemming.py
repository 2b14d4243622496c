"""Stems of words in English, Russian and Uzbek: made here, not in a database, so that both engines find the same."""

import functools
import threading

from app.data import words

SHORT = 4
"""What remains of an Uzbek word is a stem only from so many letters on."""


def stems(word: str, locale: str) -> tuple[str, ...]:
    """Return what a folded word of a language may be derived from, the likeliest first."""
    if locale == "uz":
        return tuple(form for form in words.uzbek_stems(word) if len(form) >= SHORT or form == word)
    return (_stemmers().by_locale[locale].stemWord(word),)


@functools.lru_cache(maxsize=32_768)
def forms(word: str) -> frozenset[str]:
    """Return the stems of a folded word whose language is not known; two words mean the same when they share one."""
    if words.is_cyrillic(word):
        return frozenset(stems(word, "ru"))
    return frozenset((*stems(word, "en"), *stems(word, "uz"))) if word.isalpha() else frozenset((word,))


class _Stemmers(threading.local):
    """The stemmers of one thread: each holds the word that it is at."""

    def __init__(self) -> None:
        import snowballstemmer  # noqa: PLC0415 - brings thirty languages, at the first word that is looked for

        self.by_locale = {"en": snowballstemmer.stemmer("english"), "ru": snowballstemmer.stemmer("russian")}


@functools.cache
def _stemmers() -> _Stemmers:
    return _Stemmers()
