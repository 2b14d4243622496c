"""Greetings and questions about the analyst itself."""

from rapidfuzz import fuzz

from app.data import words

GREETINGS = "hello hi hey greetings привет здравствуйте здравствуй салам salom assalomu alaykum hayrli xayrli добрый morning"
OPENINGS = (
    "what can you do", "what can i ask", "what can i ask you", "help", "help me", "who are you", "how can you help me",
    "what do you know", "что ты умеешь", "что вы умеете", "что ты можешь", "что вы можете", "помощь", "помоги", "кто ты",
    "что можно спросить", "чем ты можешь помочь", "что ты знаешь", "nima qila olasan", "nima qila olasiz", "yordam",
    "yordam ber", "sen kimsan", "siz kimsiz", "nimalarni soʻrash mumkin", "nima soʻrasam boʻladi", "nimani bilasan",
)  # fmt: skip
THANKS = frozenset(
    ("thanks", "thank", "you", "спасибо", "rahmat", "благодарю", "ok", "okay", "ок", "хорошо", "yaxshi", "great", "отлично")
)
ALIKE = 88


def is_small_talk(text: str) -> bool:
    """Tell whether the person greets, thanks, or asks what the analyst can do."""
    spoken = [token.text for token in words.tokens(text)]
    greetings = GREETINGS.split()
    rest = [word for word in spoken if word not in greetings]
    if not spoken or len(rest) > 6:
        return not spoken
    if all(word in THANKS for word in rest) or (len(rest) < len(spoken) and len(rest) <= 1):
        return True
    said = " ".join(rest)
    return any(fuzz.ratio(said, words.fold(opening)) >= ALIKE for opening in OPENINGS)
