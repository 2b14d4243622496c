"""Questions of what a word means: answered from the company's knowledge, with the source named."""

import re

from app.agent.offline.binding import periods
from app.agent.offline.names import alike
from app.agent.offline.turn import Turn
from app.data import words
from app.knowledge.terms import concepts_in
from app.web.locale import translator

KNOWN = "kb_search"
KINDS = ["definition", "metric", "rule", "gotcha", "document"]
ASKS = re.compile(
    r"^\W*(?:what\s+(?:is|are)(?:\s+an?)?(?!\s+(?:our|my|the)\b)|what\s+do(?:es)?(?=.+\bmeans?\b)|define|(?:definition|meaning)\s+of|how\s+(?:is|are)"
    r"(?=.+\b(?:calculated|defined|counted)\b)|что\s+(?:такое|значит|означает)|как\s+(?:считается|считают|определяется)"
    r"|определение)\s+(?P<after>.+?)(?:\s+(?:means?|calculated|defined|counted))?\W*$"
    r"|^\W*(?P<before>.+?)\s+(?:nima(?:\s+degani)?|nimani\s+anglatadi|qanday\s+hisoblanadi|degani\s+nima|taʼrifi|what\s+is\s+it)\W*$",
    re.IGNORECASE,
)
LONGEST_SUBJECT = 5
ENOUGH = 0.85


def explained(turn: Turn, locale: str) -> str | None:
    """Return what the knowledge says of the word that the question asks about; None where it asks nothing such, or none says."""
    found = ASKS.match(turn.question)
    subject = (found["after"] or found["before"]) if found else ""
    if not subject or not turn.has(KNOWN) or len(words.tokens(subject)) > LONGEST_SUBJECT or periods(turn, turn.question):
        return None
    concepts = sorted(concept for concept in concepts_in(subject) if concept.isalpha())
    (found_there,) = turn.tried([(KNOWN, {"query": " ".join([subject, *concepts]), "limit": 10, "kinds": KINDS})])
    results = found_there.get("results", ())
    said = next((result for tells in (_names, _says) for result in results if tells(subject, result["title"])), None)
    if said is None:
        return None
    source = translator(locale).gettext("Source: “%(title)s” in your company's knowledge.", title=said["title"])
    return f"{said['excerpt']}\n\n{source}"


def _names(subject: str, title: str) -> bool:
    """Tell whether a title has all words of the subject, in any form."""
    wanted, said = words.tokens(subject), words.tokens(title)
    return bool(wanted) and all(any(alike(word.text, other.text) >= ENOUGH for other in said) for word in wanted)


def _says(subject: str, title: str) -> bool:
    """Tell whether a title says what the subject says by the words of business, in whatever language."""
    concepts = concepts_in(subject)
    return bool(concepts) and concepts <= concepts_in(title)
