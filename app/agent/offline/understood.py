"""What a question says beside its subject: the names in it, and what holds on from the question before."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import msgspec

from app.agent.offline.earlier import Asked
from app.agent.offline.names import Mention, Name
from app.data.periods import Period

TABLE = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


class Understood(msgspec.Struct, frozen=True):
    """What the question says beside its subject: names by parameter, and the question it goes on from.

    `keeps_names` tells that the names of before still hold, `is_comparison` that its period is set against the one named now.
    `settled` are the values, by parameter, that were chosen of several; `notes` is what the answer must say of the choice.
    """

    text: str
    names: Mapping[str, Sequence[Mention]]
    before: Asked | None = None
    keeps_names: bool = True
    is_comparison: bool = False
    settled: Mapping[str, Period | Name | None] = {}
    notes: tuple[str, ...] = ()

    def settle(self, parameter: str, value: Period | Name | None) -> Self:
        """Return the same with a value of a parameter, which was not clear; None for none at all."""
        return msgspec.structs.replace(self, settled={**self.settled, parameter: value})


class Way(msgspec.Struct, frozen=True):
    """A reading of a question: its query, and what is understood beside that."""

    query: Mapping[str, Any]
    understood: Understood


def without_replaced(query: Mapping[str, Any], understood: Understood) -> Understood:
    """Forget names of before that a name of now stands instead of: a branch replaces the city, as both are in one table."""
    tables = {parameter["name"]: _table(parameter["lookup"]) for parameter in query["params"] if parameter["type"] == "text"}
    said = {tables.get(name) for name in understood.names}
    if understood.before is None or not said:
        return understood
    kept = {name: value for name, value in understood.before.params.items() if tables.get(name) not in said - {None}}
    return msgspec.structs.replace(understood, before=msgspec.structs.replace(understood.before, params=kept))


def _table(lookup: str) -> str:
    found = TABLE.search(lookup)
    return found[1].lower() if found else lookup


def one_by_one(query: Mapping[str, Any], understood: Understood) -> list[Understood]:
    """Return what is understood once for each name, where several are said for a parameter that takes one."""
    for name in (parameter["name"] for parameter in query["params"]):
        said = understood.names.get(name, ())
        mentioned = {mention.values[0].value: mention for mention in said if len(mention.values) == 1}
        if len(mentioned) == len(said) > 1:
            return [
                msgspec.structs.replace(understood, names={**understood.names, name: [mention]}) for mention in mentioned.values()
            ]
    return [understood]
