"""How many tokens a text has: counted by the ranks that models read by, or estimated in no time.

Ranks take a second and 75 MB to load, so that happens at the first count, in the thread that counts: `count` is for threads.
Models whose ranks are not here are counted by those of the latest, which comes near.
"""

import base64
import math
import string
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("ranks")
LATEST = "o200k_base"
PATTERNS = {
    LATEST: (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
}
"""Where a text may be divided before ranks are looked up, for each of the ranks that are here."""
PIECE = 20_000
"""Characters counted together: the library fails on much longer runs of blanks."""
LETTERS = string.ascii_letters.encode() + b" "
MARKS = bytes(byte for byte in range(128) if byte not in LETTERS)
LETTERS_A_TOKEN, MARKS_A_TOKEN, WIDE_A_TOKEN = 4, 2, 5
"""Bytes to a token: of Latin letters, of ASCII digits and signs, and of other scripts, whose letters have two bytes or more."""
_lock = threading.Lock()
_loaded: dict[str, Any] = {}


def count(text: str, model: str) -> int:
    """Return how many tokens a text is for `model`; special tokens in it are read as text. Blocks: not for the event loop."""
    name = _ranks_of(model)
    encoding = _encoding(name if name in PATTERNS else LATEST)
    pieces = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return sum(len(encoding.encode_ordinary(piece)) for piece in pieces)


def is_exact(model: str) -> bool:
    """Tell whether `count` uses the ranks that `model` reads by."""
    return _ranks_of(model) in PATTERNS


def estimate(text: str) -> int:
    """Return about how many tokens a text is: from 0.7 to 1.6 times as many as `count` says of prose, SQL, JSON and tables."""
    encoded = text.encode("utf-8", "replace")
    others = encoded.translate(None, LETTERS)
    wide = len(others.translate(None, MARKS))
    letters, marks = len(encoded) - len(others), len(others) - wide
    return math.ceil(letters / LETTERS_A_TOKEN + marks / MARKS_A_TOKEN + wide / WIDE_A_TOKEN)


def _ranks_of(model: str) -> str:
    """Return the name of the ranks of a model, empty where it is not known."""
    from tiktoken import encoding_name_for_model  # noqa: PLC0415 - with its ranks at the first count

    try:
        return encoding_name_for_model(model)
    except KeyError:
        return ""


def _encoding(name: str) -> Any:
    with _lock:
        if name not in _loaded:
            from tiktoken import Encoding  # noqa: PLC0415 - the same

            lines = (FOLDER / f"{name}.tiktoken").read_bytes().splitlines()
            ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}
            _loaded[name] = Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})
        return _loaded[name]
