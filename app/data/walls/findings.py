"""Gathers what is found while a check goes on: how much was tried at each wall, what came through, how far it is."""

import functools
import tomllib
import uuid
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from app.data.checking import check_reach, parsed
from app.data.errors import QueryError
from app.data.walls.verdicts import WALLS, Problem, Verdict
from app.errors import N_

CORPUS = Path(__file__).with_name("corpus.toml")
MOST_PROBLEMS = 10
"""At one wall; who finds so many mends the cause and not each of them."""
CAME_THROUGH = N_("this came through: %(sql)s")
NOT_REFUSED = N_("the policy lets this through: %(sql)s")
NOT_CONTAINED = N_("this changed what the next statement sees: %(sql)s")
TOO_LONG = N_("this ran on after its time was over: %(sql)s")

AND_MORE = N_("and %(count)s more")
NOTHING_TO_ASK = N_("there is nothing that may be asked about, so hardly anything was tried")

Dialect = Literal["sqlite", "postgres"]


class Case(msgspec.Struct, frozen=True):
    """One escape of the corpus."""

    wall: str
    sql: str
    held_by: Literal["engine", "policy", "time"] = "engine"

    def fill(self, names: Mapping[str, str]) -> "Case | None":
        """Return the case with names filled in, None where one of them is not there."""
        sql = self.sql
        for name, text in names.items():
            if f"{{{name}}}" in sql and not text:
                return None
            sql = sql.replace(f"{{{name}}}", text)
        return msgspec.structs.replace(self, sql=sql)


@functools.cache
def corpus(dialect: Dialect) -> tuple[Case, ...]:
    """Return all escapes for an engine."""
    cases = tomllib.loads(CORPUS.read_text(encoding="utf-8"))[dialect]
    return msgspec.convert(cases, tuple[Case, ...])


def filled(dialect: Dialect, *, view: str, table: str, schema: str = "", owner: str = "") -> tuple[Case, ...]:
    """Return the escapes for what is there."""
    names = {"view": view, "table": table, "schema": schema, "owner": owner, "other": str(uuid.uuid4())}
    return tuple(found for case in corpus(dialect) if (found := case.fill(names)))


class Findings:
    """`walls` are the names of those that the engine has; `progress` is told how many cases of how many are done."""

    def __init__(self, walls: tuple[str, ...], progress: Callable[[int, int], None]) -> None:
        self._tried = dict.fromkeys(walls, 0)
        self._problems: dict[str, list[Problem]] = {wall: [] for wall in walls}
        self._progress = progress
        self._done = 0
        self.total = 0

    def look(self, wall: str, *problems: Problem) -> None:
        """Count one attempt at a wall and keep what it showed."""
        self._tried[wall] += 1
        kept = self._problems[wall]
        kept.extend(problem for problem in problems if problem not in kept)

    def step(self) -> None:
        """Tell that one more case is done."""
        self._done += 1
        self._progress(self._done, self.total)

    def verdicts(self) -> list[Verdict]:
        """Return the outcome in the order in which walls are told."""
        return [
            Verdict(wall.name, self._tried[wall.name], told(self._problems[wall.name]))
            for wall in WALLS
            if wall.name in self._tried
        ]


def told(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the first problems, those that let something through before warnings, and how many more there are."""
    ordered = sorted(problems, key=lambda problem: problem.only_warns)
    shown, hidden = ordered[:MOST_PROBLEMS], ordered[MOST_PROBLEMS:]
    if not hidden:
        return tuple(shown)
    count = sum(problem.values.get("count", 1) for problem in hidden)
    return (*shown, Problem(AND_MORE, {"count": count}, only_warns=all(problem.only_warns for problem in hidden)))


def refused_by_policy(case: Case, dialect: Dialect, schemas: tuple[str, ...], readable: Collection[str]) -> tuple[Problem, ...]:
    """Return the problem of a policy that lets the case through to what may be read."""
    if case.held_by == "time":
        return ()
    try:
        check_reach(parsed(case.sql, dialect, schemas), readable)
    except QueryError:
        return ()
    return (Problem(NOT_REFUSED, {"sql": case.sql}),)
