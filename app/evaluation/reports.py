"""What a suite came to, written for people (a table, Markdown), for build servers (JUnit) and for a later comparison (JSON)."""

import itertools
import re
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET  # builds XML, reads none

import msgspec

from app.evaluation.holding import Outcome
from app.evaluation.scores import Score, Scores

HEADINGS = ("", "turns", "passed", "facts missed", "wrong claims", "tool calls", "tokens", "cost, USD", "seconds")
JUDGED = ("checklist met", "not judged", "judge tokens", "judge cost, USD")
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def table(scores: Scores) -> str:
    """Return the figures as aligned text."""
    lines = _lines(scores)
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def _lines(scores: Scores) -> list[tuple[str, ...]]:
    """Return the headings and a line for each language; what a model judged last, where one did."""
    lines = [HEADINGS, *(_cells(name, score) for name, score in scores.languages.items())]
    if scores.judge:
        judged = [JUDGED, *map(_judged_cells, scores.languages.values())]
        lines = [(*line, *more) for line, more in zip(lines, judged, strict=True)]
    return lines


def _cells(name: str, score: Score) -> tuple[str, ...]:
    figures = (score.turns, score.passed, f"{score.missed} of {score.facts}", score.wrong_claims, score.tool_calls, score.tokens)
    return name, *(str(figure) for figure in figures), _usd(score.cost), f"{score.seconds:.1f}"


def _judged_cells(score: Score) -> tuple[str, ...]:
    return f"{score.met} of {score.items}", str(score.unjudged), str(score.judge_tokens), _usd(score.judge_cost)


def _usd(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"


def failed(outcome: Outcome) -> str:
    """Return a line about a turn that did not pass."""
    return f"{outcome.key}: {outcome.question!r}: {'; '.join((*outcome.wrong, *outcome.unjudged))}"


class NoPlace(Exception):
    """Reports cannot be written where they should be."""


def make_room(folder: Path) -> None:
    """Make the folder of reports; raises `NoPlace`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise NoPlace(f"No reports can be written into {folder} ({error.strerror}). Name another folder.") from error


def write(folder: Path, scores: Scores, outcomes: Sequence[Outcome], drops: Sequence[str]) -> None:
    """Write `report.md`, `junit.xml` and `scores.json`; raises `NoPlace`."""
    make_room(folder)
    (folder / "report.md").write_text(markdown(scores, outcomes, drops), encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit(scores, outcomes))
    (folder / "scores.json").write_bytes(msgspec.json.format(msgspec.json.encode(scores)) + b"\n")


def markdown(scores: Scores, outcomes: Sequence[Outcome], drops: Sequence[str]) -> str:
    """Return the report for people."""
    headings, *figures = _lines(scores)
    rows = [headings, ("---", *["---:"] * (len(headings) - 1)), *figures]
    answered = f"Answered by {scores.model}." + (f" Checklists judged by {scores.judge}." if scores.judge else "")
    lines = [f"# {_plain(scores.suite)}", "", _plain(answered), "", *("| " + " | ".join(row) + " |" for row in rows)]
    if drops:
        lines += ["", "## Worse than before", "", *(f"- {_plain(drop)}" for drop in drops)]
    if wrong := [outcome for outcome in outcomes if not outcome.passed]:
        lines += ["", "## Did not pass"]
        for outcome in wrong:
            lines += ["", f"### {_plain(outcome.key)}", "", f"> {_plain(outcome.question)}", ""]
            lines += [f"- {_plain(fault)}" for fault in (*outcome.wrong, *outcome.unjudged)]
            lines += ["", *(f"    {line}" for line in outcome.answer.splitlines())]
    if judged := [outcome for outcome in outcomes if outcome.judged.checks]:
        lines += ["", "## Checklists", "", "| turn | item | verdict | reason |", "| --- | --- | --- | --- |"]
        rows = [(each.key, check.item, check.state, check.reason) for each in judged for check in each.judged.checks]
        lines += ["| " + " | ".join(map(_plain, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", " ".join(text.split()))


def junit(scores: Scores, outcomes: Sequence[Outcome]) -> bytes:
    """Return the report for build servers: a test suite for each conversation, a test case for each turn."""
    root = ET.Element("testsuites", _counts(outcomes) | {"name": _xml(scores.suite)})
    for name, group in itertools.groupby(outcomes, key=lambda outcome: outcome.conversation):
        held = list(group)
        suite = ET.SubElement(root, "testsuite", _counts(held) | {"name": _xml(name)})
        for outcome in held:
            case = ET.SubElement(
                suite, "testcase", classname=_xml(f"{name}.{outcome.language}"), time=f"{outcome.spent.seconds:.3f}",
                name=_xml(f"{outcome.number}. {outcome.question}"),
            )  # fmt: skip
            _add_verdicts(case, outcome)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add_verdicts(case: ET.Element, outcome: Outcome) -> None:
    """Add what the judge says of each item, and a failure, or else an error for what it left open."""
    if outcome.judged.checks:
        properties = ET.SubElement(case, "properties")
        for check in outcome.judged.checks:
            value = f"{check.state}: {check.reason}"
            ET.SubElement(properties, "property", name=_xml(f"checklist: {check.item}"), value=_xml(value))
    if not outcome.passed:
        kind, told = ("failure", outcome.wrong) if outcome.wrong else ("error", outcome.unjudged)
        ET.SubElement(case, kind, message=_xml("; ".join(told))).text = _xml(outcome.answer)


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(bool(outcome.wrong) for outcome in outcomes)),
        "errors": str(sum(not outcome.wrong and not outcome.passed for outcome in outcomes)),
        "time": f"{sum(outcome.spent.seconds for outcome in outcomes):.3f}",
    }


def _xml(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)
