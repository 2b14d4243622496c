"""Ask the person back, and understand what they answer: an option, its label, or words of their own."""

from collections.abc import Sequence

import msgspec
from rapidfuzz import fuzz, utils

from app.agent.offline.turn import Turn

ASK = "ask_user_question"
QUESTION_ID = "choice"
MOST_OPTIONS, LONGEST_LABEL, LONGEST_HEADER = 4, 120, 12
SAME_LABEL = 85


class Option(msgspec.Struct, frozen=True):
    """A choice."""

    id: str
    label: str
    description: str = ""


class Reply(msgspec.Struct, frozen=True):
    """What the person answered: `option` is the id of the chosen one, else `words` are their own; neither after a dismissal."""

    option: str | None = None
    words: str = ""


def ask(turn: Turn, question: str, header: str, options: Sequence[Option]) -> Reply:
    """Ask one question with two to four options; raises `Needed` until it is answered."""
    offered = options[:MOST_OPTIONS]
    if len(offered) < 2 or not turn.has(ASK):
        return Reply()
    form = {
        "id": QUESTION_ID,
        "question": question,
        "header": header[:LONGEST_HEADER],
        "options": [{"id": each.id, "label": each.label[:LONGEST_LABEL], "description": each.description} for each in offered],
    }
    content = turn.call(ASK, questions=[form])
    given = next(iter(content.get("answers", {}).values()), ())
    said = str(given[0]) if given else ""
    for option in offered:
        if said == option.id or fuzz.ratio(said, option.label, processor=utils.default_process) >= SAME_LABEL:
            return Reply(option.id)
    return Reply(words=said)
