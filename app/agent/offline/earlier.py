"""What the conversation was about before the present question."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent.offline.turn import Made

SEARCH, EXECUTE = "search_validated_queries", "sql_execute"


class Asked(msgspec.Struct, frozen=True):
    """The last query that ran: its description as the search gave it, what was bound, and the question it was found by."""

    query: dict[str, Any]
    params: Mapping[str, Any]
    question: str


def last_asked(made: Sequence[Made]) -> Asked | None:
    """Return the last validated query among the calls; None when there was none."""
    for index in range(len(made) - 1, -1, -1):
        call = made[index]
        if call.name != EXECUTE or "error" in call.content:
            continue
        for search in reversed(made[:index]):
            if search.name != SEARCH:
                continue
            for query in search.content.get("matches", ()):
                if query.get("sql") == call.arguments.get("query"):
                    return Asked(query, call.arguments.get("params") or {}, str(search.arguments.get("question", "")))
    return None
