"""Tell questions that ask what to do, or what would be, from those that ask what was: figures do not answer them."""

import re

from app.knowledge.terms import concepts_in

CHANGE = "growth"
HOW_TO = re.compile(
    r"\bhow (?:to|(?:can|could|should|do|would|might|shall) (?:we|i|you|one))\s+(?P<verb>\w+)"
    r"|\bкак (?:бы )?(?:нам |мне |можно |лучше |быстро )*(?P<infinitive>\w+[тч]ь(?:ся)?)\b",
    re.IGNORECASE,
)
OPINION = re.compile(r"^\W*(?:should|shall) (?:we|i)\b|\bwhat (?:if|would)\b|\bстоит ли\b|\bчто (?:если|будет)\b", re.IGNORECASE)


def asks_advice(text: str) -> bool:
    """Tell whether `text` asks how to bring a change about ("how to increase revenue"), or for an opinion."""
    if OPINION.search(text):
        return True
    asked = HOW_TO.search(text)
    return asked is not None and CHANGE in concepts_in(asked["verb"] or asked["infinitive"])
