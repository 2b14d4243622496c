"""What a suite came to: figures of all turns and of each language, kept in a file, and held against an earlier one."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from app.evaluation.holding import Outcome
from app.evaluation.suite import LANGUAGES

ALL = "all"
NOTHING = Decimal(0)


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sums over turns. `cost` is in USD, None where the price of any call is not known.

    `passed` by the data and the suite's words. Of the `items` of checklists that a model was to judge, so many were `met` and
    `unjudged`; that took `judge_…`.
    """

    turns: int
    passed: int
    facts: int
    missed: int
    wrong_claims: int
    tool_calls: int
    tokens: int
    cost: Decimal | None
    seconds: float
    items: int = 0
    met: int = 0
    unjudged: int = 0
    judge_tokens: int = 0
    judge_cost: Decimal | None = NOTHING


class Scores(msgspec.Struct, frozen=True, omit_defaults=True):
    """A report for programs: what later runs are compared with.

    `turns` tells of each whether it passed by the data and the suite's words; `items`, where a model judged as `judge`, what it
    said of each item of a checklist.
    """

    suite: str
    model: str
    languages: dict[str, Score]
    turns: dict[str, bool]
    judge: str = ""
    items: dict[str, str] = {}


class NoBaseline(Exception):
    """A file is no report to compare with."""


def score(outcomes: Sequence[Outcome]) -> Score:
    """Return the sums."""
    checks = [check for outcome in outcomes for check in outcome.judged.checks]
    return Score(
        turns=len(outcomes),
        passed=sum(not outcome.faults for outcome in outcomes),
        facts=sum(outcome.facts for outcome in outcomes),
        missed=sum(outcome.missed for outcome in outcomes),
        wrong_claims=sum(outcome.spent.wrong_claims for outcome in outcomes),
        tool_calls=sum(outcome.spent.tool_calls for outcome in outcomes),
        tokens=sum(outcome.spent.tokens for outcome in outcomes),
        cost=_sum([outcome.spent.cost for outcome in outcomes]),
        seconds=round(sum(outcome.spent.seconds for outcome in outcomes), 3),
        items=len(checks),
        met=sum(check.state == "met" for check in checks),
        unjudged=sum(check.state == "not judged" for check in checks),
        judge_tokens=sum(outcome.judged.tokens for outcome in outcomes),
        judge_cost=_sum([outcome.judged.cost for outcome in outcomes]) if checks else NOTHING,
    )


def _sum(costs: Sequence[Decimal | None]) -> Decimal | None:
    return None if None in costs else sum((cost for cost in costs if cost is not None), NOTHING)


def scores(suite: str, model: str, outcomes: Sequence[Outcome], judge: str = "") -> Scores:
    """Return the figures of each language and of all turns."""
    spoken = {language: [each for each in outcomes if each.language == language] for language in LANGUAGES}
    languages = {language: score(held) for language, held in spoken.items() if held}
    turns = {outcome.key: not outcome.faults for outcome in outcomes}
    items: dict[str, str] = {
        f"{outcome.key}: {check.item}": check.state for outcome in outcomes for check in outcome.judged.checks
    }
    return Scores(suite, model, languages | {ALL: score(outcomes)}, turns, judge, items)


def load(path: Path) -> Scores:
    """Return an earlier report; raises `NoBaseline`."""
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Scores)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NoBaseline(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if ALL not in report.languages:
        raise NoBaseline(f"{path}: the figures of all turns are missing")
    return report


def drops(before: Scores, after: Scores) -> list[str]:
    """Return what is worse than before, a line each: turns that passed and do not, or are gone, and sums that fell.

    Checklists are compared where a model judged both times.
    """
    lines = [
        f"{key}: passed before, {'does not pass' if key in after.turns else 'is gone'}"
        for key, passed in before.turns.items()
        if passed and not after.turns.get(key)
    ]
    if before.judge and after.judge:
        lines += [
            f"{item}: met before, {after.items.get(item, 'is gone')}"
            for item, state in before.items.items()
            if state == "met" and after.items.get(item) != "met"
        ]
    old, new = before.languages[ALL], after.languages[ALL]
    if new.passed * old.turns < old.passed * new.turns:
        lines.append(f"passed: {new.passed} of {new.turns}, before {old.passed} of {old.turns}")
    if new.missed * old.facts > old.missed * new.facts:
        lines.append(f"facts missed: {new.missed} of {new.facts}, before {old.missed} of {old.facts}")
    if new.wrong_claims * old.turns > old.wrong_claims * new.turns:
        lines.append(f"wrong claims: {new.wrong_claims}, before {old.wrong_claims}")
    return lines
