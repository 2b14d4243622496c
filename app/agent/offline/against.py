"""Tell the period that a question sets the present one against: “how did sales change against last month”."""

import re

from app.agent.offline.turn import Turn
from app.data.period_phrases.search import find
from app.data.periods import Period, around

BEFORE = re.compile(
    r"(?:\b(?:against|than|compared (?:to|with)|in comparison (?:to|with)|versus|vs\.?|relative to)(?: the)?"
    r"|\b(?:по сравнению(?: со?)?|относительно|против|чем|к|ко))\s*$",
    re.IGNORECASE,
)
BEHIND = re.compile(r"\s*(?:nisbatan|qaraganda|bilan solishtir\w*|нисбатан|қараганда|караганда)\b", re.IGNORECASE)


def present_and_past(turn: Turn, text: str) -> tuple[Period, Period] | None:
    """Return the present period and the past one of its kind that it is set against; None where `text` does not say so."""
    calendar, now = turn.request.calendar, turn.request.now
    found = find(text, calendar, now)
    if len(found) != 1:
        return None
    said = found[0]
    is_against = BEFORE.search(text[: said.start]) or BEHIND.match(text, said.end)
    past, today = said.period, calendar.today(now)
    if not is_against or today < past.end or past != around(past.start, past.unit, calendar.first_weekday):
        return None
    return around(today, past.unit, calendar.first_weekday), past
