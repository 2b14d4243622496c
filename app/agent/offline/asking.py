"""Ask the person back, and understand what they answer: an option, its label, or words of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rapidfuzz import fuzz, utils

from app.agent.offline.turn import Turn

ASK = "ask_user_question"
QUESTION_ID = "choice"
MOST_OPTIONS, LONGEST_LABEL, LONGEST_HEADER, LONGEST_DESCRIPTION = 4, 120, 12, 300
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


def can_ask(turn: Turn, options: Sequence[Option]) -> bool:
    """Tell whether there is something to choose, and a way to ask."""
    return len(options) >= 2 and turn.has(ASK)


def ask(turn: Turn, question: str, header: str, options: Sequence[Option]) -> Reply:
    """Ask one question with two to four options; raises `Needed` until it is answered."""
    offered = options[:MOST_OPTIONS]
    if not can_ask(turn, offered):
        return Reply()
    form = {
        "id": QUESTION_ID,
        "question": question,
        "header": header[:LONGEST_HEADER],
        "options": [
            {"id": each.id, "label": each.label[:LONGEST_LABEL], "description": each.description[:LONGEST_DESCRIPTION]}
            for each in offered
        ],
    }
    return _reply(turn.call(ASK, questions=[form]), offered)


def replied(turn: Turn, question: str, options: Sequence[Option]) -> Reply | None:
    """Return what was answered to this question, whatever figures stood beside its options; None before it is asked."""
    offered = options[:MOST_OPTIONS]
    ids = [each.id for each in offered]
    for made in turn.made(ASK):
        for form in made.arguments.get("questions", ()):
            if form["question"] == question and [each["id"] for each in form["options"]] == ids:
                return _reply(made.content, offered)
    return None


def _reply(content: Mapping[str, Any], offered: Sequence[Option]) -> Reply:
    given = next(iter(content.get("answers", {}).values()), ())
    said = str(given[0]) if given else ""
    for option in offered:
        if said == option.id or fuzz.ratio(said, option.label, processor=utils.default_process) >= SAME_LABEL:
            return Reply(option.id)
    return Reply(words=said)
