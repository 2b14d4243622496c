"""Names as they sound, whichever alphabet and apostrophes they are written with: `Чиланзар` and `Chilonzor` become the same."""

import re
import unicodedata

from app.data.words import APOSTROPHES, LATIN

SHORTEST = 4
"""Shorter names sound like too much else."""
NO_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES))
IN_LATIN = str.maketrans({**LATIN, ord("ё"): "e"})
SEVERAL = re.compile(r"kh|zh|dj|ye|iy|([^\W\d_])\1")
AS_ONE = {"kh": "x", "zh": "j", "dj": "j", "ye": "e", "iy": "i"}
VOWELS_AND_K = str.maketrans("oeqh", "aakx")
"""Letters that Russian and Uzbek choose differently in one name: Toshkent and Ташкент, Fargʻona and Фергана, Qarshi and Карши."""
BETWEEN_WORDS = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return a text in small letters without apostrophes."""
    return text.translate(NO_APOSTROPHES).casefold()


def sounds(text: str) -> str:
    """Return the words of a text as they sound, each with a blank before it; the work grows as the text does."""
    folded = unicodedata.normalize("NFKC", plain(text)).translate(IN_LATIN)
    heard = SEVERAL.sub(lambda found: AS_ONE.get(found[0], found[0][0]), folded).translate(VOWELS_AND_K)
    return f" {BETWEEN_WORDS.sub(' ', heard).strip()}"
