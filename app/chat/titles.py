"""Titles of sessions."""

import textwrap

MAX_TITLE = 60
SHORTEST = 3
QUOTES = "\"'«»“”„‘’`*#_ \t"
JOINERS = "\u200c\u200d\u200e\u200f"
"""Without these some scripts and emoji are spelt wrongly, though nothing is printed for them."""


def is_shown(text: str) -> bool:
    """Tell whether a name has nothing in it that cannot be shown."""
    return all(letter.isprintable() or letter in JOINERS for letter in text)


def tidied(text: str) -> str:
    """Return a title that a model wrote without quotes, marks and a full stop, of at most 60 characters; empty for none."""
    line = next((line for line in text.splitlines() if line.strip(QUOTES)), "").strip(QUOTES).rstrip(".").strip(QUOTES)
    title = "".join(letter for letter in " ".join(line.split()) if is_shown(letter))
    return from_question(title) if len(title) >= SHORTEST else ""


def from_question(content: str) -> str:
    """Return a title of at most 60 characters made from the first line of a question."""
    line = next((line for line in content.splitlines() if line.strip()), "")
    return textwrap.shorten(line, MAX_TITLE, placeholder="…") if " " in line.strip() else line.strip()[:MAX_TITLE]
