"""Titles of sessions."""

import textwrap

MAX_TITLE = 60


def from_question(content: str) -> str:
    """Return a title of at most 60 characters made from the first line of a question."""
    line = next((line for line in content.splitlines() if line.strip()), "")
    return textwrap.shorten(line, MAX_TITLE, placeholder="…") if " " in line.strip() else line.strip()[:MAX_TITLE]
