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
WORD_WITHOUT = re.compile(r"(?<!\w)\w{3,}(?<![abyn])siz(?!\w)", re.IGNORECASE)
"""A word that has it ("naqd pulsiz"), and is no verb that speaks to somebody ("koʻrsatasiz")."""
PER_HEAD = re.compile(
    r"\b(?:per|for each|for every) (?:customer|client|buyer|employee|salesperson|seller|head|person|order|receipt|cheque|check)\b"
    r"|\bна (?:(?:одного|каждого|один|каждый) )?(?:клиента|покупателя|сотрудника|работника|продавца|человека|заказ|чек)\b"
    r"|\b(?:bir|har bir|bitta) (?:mijoz|xaridor|xodim|ishchi|sotuvchi|kishi|buyurtma|chek)(?:ga|dan)?\b",
    re.IGNORECASE,
)
AVERAGES = re.compile(r"\bAVG\(|/", re.IGNORECASE)
ON_EACH = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\bпо (?:понедельник|вторник|сред|четверг|пятниц|суббот|воскресень)[ая]м\b"
    r"|\b(?:dushanba|seshanba|chorshanba|payshanba|juma|shanba|yakshanba) kunlari",
    re.IGNORECASE,
)
"""Weekdays of more than one week."""
BY_WEEKDAY = "weekday"
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
    leaves_out = excludes_a_name(said) or asks_for_a_share(query, said) or asks_for_another_measure(query, said)
    return leaves_out or has_other_numbers(query, understood)


def excludes_a_name(understood: Understood) -> bool:
    """Tell whether a name is said as what shall be left out: “except Samarkand”, “Samarqandsiz”."""
    named = [mention for found in understood.names.values() for mention in found]
    is_ending = any(words.fold(understood.text[each.start : each.end]).endswith(WITHOUT) for each in named)
    text = words.fold(understood.text)
    return bool(named) and (is_ending or any(each.search(text) for each in (EXCLUDES, WORD_WITHOUT)))


def asks_for_a_share(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether the share of something named is asked for, which a query without shares does not give."""
    is_given = any(column.get("unit") == "percent" and SHARE in column["name"] for column in query["columns"])
    return bool(understood.names) and not is_given and SHARE in concepts_in(understood.text)


def asks_for_another_measure(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether a figure for each one of many, or for one weekday of many weeks, is asked of a query that gives sums."""
    is_per_head = PER_HEAD.search(understood.text) is not None and AVERAGES.search(query["sql"]) is None
    return is_per_head or (ON_EACH.search(understood.text) is not None and BY_WEEKDAY not in query["sql"])


def is_as_ranked(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether the query lists the first few where the question says a number or a rank (“top branches”), and else all."""
    says_rank = bool(spoken_numbers(understood)) or RANKED in concepts_in(understood.text)
    return says_rank == any(_limits(query, parameter) for parameter in query["params"])


def has_other_numbers(query: Mapping[str, Any], understood: Understood) -> bool:
    """Tell whether the question says a number that no parameter of the query means: “orders over 5 million”.

    A list of everything in its order holds the first few that are asked for: “top 3 branches”.
    """
    said = spoken_numbers(understood)
    if not said:
        return False
    taken = [parameter for parameter in query["params"] if parameter["type"] == "integer"]
    is_ranked = not taken and GROUPED.search(query["sql"]) is not None and RANKED in concepts_in(understood.text)
    if len({each.value for each in said}) > len(taken) + is_ranked:
        return True
    is_count = is_ranked or _limits(query, taken[0])
    return any(_is_amount(understood.text, each, is_count=is_count) for each in said)


def _limits(query: Mapping[str, Any], parameter: Mapping[str, Any]) -> bool:
    return parameter["type"] == "integer" and f"LIMIT :{parameter['name']}" in query["sql"]


def _is_amount(text: str, said: Spoken, *, is_count: bool) -> bool:
    """Tell whether a number bounds or measures something instead of counting the rows, or the days, that are wanted."""
    before, after = text[: said.start], text[said.end :]
    if MAGNITUDE.match(after) or LESS_BEFORE.search(before) or LESS_AFTER.match(after):
        return True
    return is_count and bool(MORE_BEFORE.search(before) or MORE_AFTER.match(after))
