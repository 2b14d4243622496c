"""How texts compare for a reader: for search without regard to case and apostrophes, for sorting by the alphabet."""

import re
import unicodedata
from typing import Any

APOSTROPHES = str.maketrans(dict.fromkeys("ʻʼ‘’`´", "'"))
SPACES = re.compile(r"\s+")
UZBEK_LAST = re.compile(r"o'|g'|sh|ch|ng")
"""Letters of two signs; all but `ng` stand after z in the Uzbek alphabet, in this order."""
UZBEK_PLACES = {"o'": "z\u0301", "g'": "z\u0302", "sh": "z\u0303", "ch": "z\u0304", "ng": "z\u0305"}


def plain(text: str) -> str:
    """Return a text as it is searched: small letters, no apostrophes, which people leave out, one kind of space, `ё` as `е`."""
    return SPACES.sub(" ", text.casefold().translate(APOSTROPHES).replace("'", "").replace("ё", "е"))


def alphabetical(text: str, locale: str) -> tuple[Any, ...]:
    """Return the key that sorts texts in a language; those that differ in case or accents alone keep a fixed order."""
    folded = text.casefold().translate(APOSTROPHES)
    if locale == "uz":
        folded = UZBEK_LAST.sub(lambda found: UZBEK_PLACES[found[0]], folded)
        return (folded, text)
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", folded.replace("й", "и\uffff")) if not unicodedata.combining(sign)
    )
    return (bare, folded, text)
