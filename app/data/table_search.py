"""Look for words in what is said of tables: parts of words as they are typed, and whole words in any of their forms."""

import functools
import unicodedata
from collections.abc import Sequence

from app.data.stemming import forms
from app.data.words import APOSTROPHES, tokens

WITHOUT_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, ""))


def holds(texts: Sequence[str], words: str) -> bool:
    """Tell whether `texts` hold each of `words`, whatever its case, its apostrophes and its ending."""
    text = "\n".join(texts)
    return all(word in _folded(text) or _is_meant(word, text) for word in _folded(words).split())


def _is_meant(word: str, text: str) -> bool:
    """Tell whether a word of the text is the same in another form, such as `выручки` for `выручка`."""
    wanted = [forms(token.text) for token in tokens(word)]
    return bool(wanted) and all(found & _forms_of(text) for found in wanted)


@functools.lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(WITHOUT_APOSTROPHES)


@functools.lru_cache(maxsize=1024)
def _forms_of(text: str) -> frozenset[str]:
    return frozenset(form for token in tokens(text) for form in forms(token.text))
