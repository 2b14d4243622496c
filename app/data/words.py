"""Words of a text in English, Russian and Uzbek, folded so that the same word typed in different ways compares equal."""

import functools
import re
import unicodedata

import msgspec

APOSTROPHES = "'`´ʹʻʼʽˈ‘’‛′＇"
WORD = re.compile(rf"[^\W_]+(?:[{APOSTROPHES}][^\W_]+)*[{APOSTROPHES}]?")
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
UZBEK_CYRILLIC = re.compile(r"[ўқғҳЎҚҒҲ]")
POSSESSIVE = re.compile(rf"[{APOSTROPHES}]s$")
LATIN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i", "й": "y", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "x", "ц": "s", "ч": "ch",
    "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ў": "o", "қ": "q", "ғ": "g", "ҳ": "h",
})  # fmt: skip
"""The official correspondence of the two Uzbek alphabets, without the apostrophes that folding drops."""

UZBEK_SUFFIXES = tuple(sorted((
    "lar", "ning", "ni", "ga", "ka", "qa", "da", "dan", "dagi", "gacha", "gi", "cha", "chi", "mi", "i", "si", "im", "imiz",
    "miz", "ingiz", "lik", "li", "dek", "niki", "ligi", "yu", "ku",
), key=len, reverse=True))  # fmt: skip


class Token(msgspec.Struct, frozen=True):
    """A word of a text: `text` is folded; `start` and `end` are its place in the original."""

    text: str
    start: int
    end: int


@functools.lru_cache(maxsize=32_768)
def fold(word: str) -> str:
    """Return `word` in lower case without apostrophes, with ё as е; `oʻtgan`, `o'tgan` and `otgan` become the same."""
    plain = POSSESSIVE.sub("", unicodedata.normalize("NFKC", word).lower().replace("ё", "е"))
    return "".join(letter for letter in plain if letter not in APOSTROPHES)


def tokens(text: str) -> list[Token]:
    """Return the words and numbers of `text`; text with letters of Uzbek Cyrillic is written over into Latin."""
    is_uzbek = UZBEK_CYRILLIC.search(text) is not None
    return [
        Token(latin(word) if is_uzbek else word, found.start(), found.end())
        for found in WORD.finditer(text)
        if (word := fold(found.group()))
    ]


def latin(word: str) -> str:
    """Return a folded word of Uzbek Cyrillic in Latin script; other words stay as they are."""
    return ("ye" + word[1:] if word.startswith("е") else word).translate(LATIN)


def is_cyrillic(word: str) -> bool:
    """Tell whether `word` has a Cyrillic letter."""
    return CYRILLIC.search(word) is not None


@functools.lru_cache(maxsize=8192)
def uzbek_stems(word: str) -> tuple[str, ...]:
    """Return `word` and all that may remain when Uzbek endings come off, longest first."""
    stems, ends = [word], [word]
    while ends:
        shorter = {
            end[: -len(suffix)]
            for end in ends
            for suffix in UZBEK_SUFFIXES
            if end.endswith(suffix) and len(end) >= len(suffix) + 2
        }
        ends = sorted(shorter - set(stems), reverse=True)
        stems += ends
    return tuple(sorted(stems, key=len, reverse=True))
