"""The words of business, so that synonyms, translations, inflections and typing errors of one compare equal."""

import functools
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rapidfuzz.distance import OSA

from app.data import words
from app.data.stemming import SHORT, stems

FILE = Path(__file__).parent / "concepts.txt"
STRONG, WEAK, SILENT = "strong", "weak", "silent"
SURE, LONG = 6, 8
CONSONANTS = str.maketrans("", "", "aeiouаеиоуыэюя")
"""Words shorter than SHORT must be typed right; from LONG letters on two typing errors are forgiven."""


class Entry(msgspec.Struct, frozen=True):
    """What a word stands for, and how much it says: `strong`, `weak` or `silent`.

    `is_learned` tells that only known questions have it, and there it may be a name given as an example.
    """

    concepts: tuple[str, ...]
    strength: str
    is_learned: bool = False


class Concepts:
    """Words by what they stand for: those of `concepts.txt`, and those learned from the knowledge itself."""

    def __init__(self) -> None:
        self._exact: dict[str, Entry] = {}
        self._prefixes: dict[str, Entry] = {}
        self._stems: dict[str, Entry] = {}
        self._read(FILE.read_text(encoding="utf-8"))
        self.find = functools.lru_cache(maxsize=8192)(self._find)

    def learn(self, word: str, locale: str) -> None:
        """Take a folded word of a known question of a language; one that is known already is a spelling more."""
        entry = self._known(word)
        if entry is None:
            forms = stems(word, locale)
            entry = Entry((f"~{forms[0]}",), STRONG, is_learned=True)
            for form in forms:
                self._stems.setdefault(form, entry)
        self._exact.setdefault(word, entry)
        self.find.cache_clear()

    def is_written(self, word: str) -> bool:
        """Tell whether a folded word stands in `concepts.txt` as it is."""
        entry = self._exact.get(word)
        return entry is not None and not entry.is_learned

    def _find(self, word: str) -> Entry | None:
        """Return what a folded word stands for; None where nothing is known of it."""
        spellings = [word, words.latin(word)] if words.is_cyrillic(word) else [word]
        for spelling in spellings:
            if entry := self._known(spelling):
                return entry
        for spelling in spellings:
            if entry := self._mistyped(spelling):
                return entry
        return None

    def _known(self, word: str) -> Entry | None:
        if entry := self._exact.get(word) or self._by_prefix(word):
            return entry
        forms = stems(word, "ru") if words.is_cyrillic(word) else (*stems(word, "en"), *stems(word, "uz"))
        for form in forms:
            if entry := self._stems.get(form) or (self._exact.get(form) if len(form) >= SHORT else None):
                return entry
        return None

    def _by_prefix(self, word: str) -> Entry | None:
        for length in range(len(word), 1, -1):
            if entry := self._prefixes.get(word[:length]):
                return entry
        return None

    def _mistyped(self, word: str) -> Entry | None:
        if len(word) < SHORT or not word.isalpha():
            return None
        near = [*self._near(word, self._exact), *self._near_prefixes(word)]
        return min(near, key=lambda found: found[:2])[2] if near else None

    def _near(self, word: str, known: dict[str, Entry]) -> Iterable[tuple[int, str, Entry]]:
        for spelling, entry in known.items():
            if len(spelling) < SHORT or abs(len(spelling) - len(word)) > 2:
                continue
            if (distance := typing_errors(word, spelling)) is not None:
                yield distance, spelling, entry

    def _near_prefixes(self, word: str) -> Iterable[tuple[int, str, Entry]]:
        for prefix, entry in self._prefixes.items():
            if len(prefix) < SHORT + 1 or len(word) < len(prefix):
                continue
            if any(typing_errors(word[: len(prefix) + more], prefix) for more in (-1, 0, 1)):
                yield 2, prefix, entry

    def _read(self, text: str) -> None:
        section = STRONG
        for line in text.splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith("#"):
                names, _, forms = line.partition(":")
                entry = Entry(tuple(names.split()), section)
                for form in forms.replace("|", " ").split():
                    table = self._prefixes if form.endswith("*") else self._exact
                    table.setdefault(words.fold(form.rstrip("*")), entry)


def typing_errors(word: str, known: str) -> int | None:
    """Return how many typing errors turn `known` into `word`, None where they are too many for one word to be meant."""
    allowed = 1 if min(len(word), len(known)) < LONG else 2
    distance = OSA.distance(word, known, score_cutoff=allowed)
    if distance > allowed:
        return None
    is_first_kept = word[0] == known[0] or sorted(word[:2]) == sorted(known[:2])
    if not is_first_kept:
        return None
    if (
        len(word) == len(known) < SURE
        and sorted(word) != sorted(known)
        and word.translate(CONSONANTS) != known.translate(CONSONANTS)
    ):
        return None  # Another consonant makes another word of a short one ("маржа" is not "марта"), another vowel seldom does.
    return distance
