"""Tell questions for the figures of other companies than the asker's own."""

import re

QUESTION = re.compile(
    r"(?<!\bto )(?<!\bfrom )\b(?:(?:every|another|other)\s+(?:compan(?:y|ies)|firms?)"
    r"|all\s+(?:of\s+)?(?:(?:the|our)\s+)?(?:companies|firms))\b"
    r"|(?<!\bот )\b(?:всех|других|другой|остальных|чужих|чужой)\s+(?:наших\s+)?(?:компани[ий]|фирмы?)\b"
    r"|\bпо\s+(?:всем|другим|остальным)\s+(?:компаниям|фирмам)\b"
    r"|\b(?:barcha|hamma|boshqa|qolgan)\s+(?:kompaniya|firma)(?:lar)?(?:imiz)?(?:ning|ni|da|dagi)?\b",
    re.IGNORECASE,
)


def asks_of_other_companies(text: str) -> bool:
    """Tell whether `text` asks for what all or other companies have; those that are sold to are customers of one's own."""
    return QUESTION.search(text) is not None
