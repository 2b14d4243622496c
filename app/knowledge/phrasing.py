"""How a question is written for people to read: with a capital, and with a question mark where it asks."""

import re

ASKS = {
    "en": r"^(?:how|what|which|who|whose|where|when|why|is|are|was|were|do|does|did|has|have|had|can|will)\b",
    "ru": r"^(?:(?:на|в|за|с|от|из|по) )?(?:сколько|насколько|как(?:ов\w*|ой|ая|ое|ие|их|им|ими|ую|ого|ому|ом)?|кто|кого|кому|кем"
    r"|где|куда|откуда|когда|почему|зачем|что|чего|чему|чей|чья|чьи)\b|\bли\b|\bили\b",
    "uz": r"\b(?:qaysi\w*|qancha\w*|nech\w*|kim(?:lar)?(?:ning|ga|ni|dan)?|nima\w*|qayer\w*|qachon\w*|qanday\w*|nega)\b"
    r"|\w(?:di|gan|pti|moqda|roq|bor|yoʻq)mi\b|\bbormi\b",
}
"""What begins or stands in a question; the rest is a title or a command."""


def as_asked(text: str, locale: str) -> str:
    """Return `text` as a sentence of its own; only what asks gets a question mark."""
    sentence = text[:1].upper() + text[1:]
    asks = not text.endswith(("?", ".", "!")) and re.search(ASKS[locale], text, re.IGNORECASE)
    return f"{sentence}?" if asks else sentence
