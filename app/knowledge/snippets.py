"""The part of a text that says most of what was asked."""

from collections.abc import Sequence

from app.data import words
from app.data.stemming import forms
from app.knowledge.occurrences import Sought
from app.knowledge.stems import sounds

LENGTH, LEAD = 320, 60


def snippet(text: str, sought: Sequence[Sought]) -> str:
    """Return about `LENGTH` characters of `text`, on one line, around where most words of the question stand."""
    plain = " ".join(text.split())
    if len(plain) <= LENGTH:
        return plain
    wanted = [frozenset((*word.forms, *word.sounds)) for word in sought]
    hits = [
        (token.start, which)
        for token in words.tokens(plain)
        for which, meant in enumerate(wanted)
        if not meant.isdisjoint(forms(token.text) | sounds(token.text))
    ]

    def told(start: int) -> int:
        return len({which for place, which in hits if start <= place < start + LENGTH - LEAD})

    best = max((start for start, _ in hits), key=told, default=0)
    begin = plain.rfind(" ", 0, best - LEAD) + 1 if best > LEAD else 0
    stop = len(plain) if begin + LENGTH >= len(plain) else max(plain.rfind(" ", begin, begin + LENGTH), begin + LENGTH // 2)
    return f"{'… ' if begin else ''}{plain[begin:stop]}{' …' if stop < len(plain) else ''}"
