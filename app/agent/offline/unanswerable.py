"""Tell restrictions that a query cannot follow: an answer that leaves one out would be wrong."""

import re
from collections.abc import Mapping
from typing import Any

from app.agent.offline.numbers import MAGNITUDE, Spoken, spoken_numbers
from app.agent.offline.understood import Understood
from app.data import words
from app.knowledge.terms import concepts_in

EXCLUDES = re.compile(
    r"\b(?:without|except|exclud\w+|apart from|other than|but not|besides|кроме|без|исключая|за исключением|не считая|помимо"
    r"|tashqari|boshqa(?:lari?)?|mustasno|ташқари|бошқа)\b",
    re.IGNORECASE,
)
WITHOUT = "siz"
"""The Uzbek ending of "without"."""
SHARE, RANKED = "share", "top"
"""Concepts."""
GROUPED = re.compile(r"\bGROUP BY\b", re.IGNORECASE)
MORE = r"(?:more than|over|above|at least|exceed\w*|>=?|больше|более|свыше|выше|дороже|от|не менее|не меньше)"
LESS = r"(?:less than|under|below|at most|up to|fewer than|<=?|меньше|менее|ниже|дешевле|не более|не больше|до)"
MORE_BEFORE, LESS_BEFORE = re.compile(rf"(?<!\w){MORE}\W*$", re.IGNORECASE), re.compile(rf"(?<!\w){LESS}\W*$", re.IGNORECASE)
NOUN = r"\W*(?:\w+\W+)?(?:\w*dan\W+)?"
MORE_AFTER = re.compile(rf"^{NOUN}(?:ortiq|koʻp|ko.p|katta|baland|qimmat|oshgan|кўп|ортиқ)\b", re.IGNORECASE)
LESS_AFTER = re.compile(rf"^{NOUN}(?:kam|kichik|past|arzon|oshmagan|кам)\b", re.IGNORECASE)


def is_beyond(query: Mapping[str, Any], said: Understood, understood: Understood) -> bool:
    """Tell whether the query leaves out something of what was `said` in this turn, or of what is `understood` of it."""
    return excludes_a_name(said) or asks_for_a_share(query, said) or has_other_numbers(query, understood)


def excludes_a_name(understood: Understood) -> bool:
    """Tell whether a name is said as what shall be left out: “except Samarkand”, “Samarqandsiz”."""
    named = [mention for found in understood.names.values() for mention in found]
    is_ending = any(words.fold(understood.text[each.start : each.end]).endswith(WITHOUT) for each in named)
    return bool(named) and (is_ending or EXCLUDES.search(understood.text) is not None)


def asks_for_a_share(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether the share of something named is asked for, which a query without shares does not give."""
    is_given = any(column.get("unit") == "percent" for column in query["columns"])
    return bool(understood.names) and not is_given and SHARE in concepts_in(understood.text)


def has_other_numbers(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether the question says a number that no parameter of the query means: “orders over 5 million”.

    A list of everything in its order holds the first few that are asked for: “top 3 branches”.
    """
    said = spoken_numbers(understood)
    if not said:
        return False
    taken = [parameter["name"] for parameter in query["params"] if parameter["type"] == "integer"]
    is_ranked = not taken and GROUPED.search(query["sql"]) is not None and RANKED in concepts_in(understood.text)
    if len({each.value for each in said}) > len(taken) + is_ranked:
        return True
    is_count = is_ranked or f"LIMIT :{taken[0]}" in query["sql"]
    return any(_is_amount(understood.text, each, is_count=is_count) for each in said)


def _is_amount(text: str, said: Spoken, *, is_count: bool) -> bool:
    """Tell whether a number bounds or measures something instead of counting the rows, or the days, that are wanted."""
    before, after = text[: said.start], text[said.end :]
    if MAGNITUDE.match(after) or LESS_BEFORE.search(before) or LESS_AFTER.match(after):
        return True
    return is_count and bool(MORE_BEFORE.search(before) or MORE_AFTER.match(after))
