"""What a suite came to, written for people (a table, Markdown), for build servers (JUnit) and for a later comparison (JSON)."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET  # builds XML, reads none

import msgspec

from app.evaluation.holding import Outcome
from app.evaluation.scores import Score, Scores

HEADINGS = ("", "turns", "passed", "facts missed", "wrong claims", "tool calls", "tokens", "cost, USD", "seconds")
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def table(scores: Scores) -> str:
    """Return the figures as aligned text."""
    lines = [HEADINGS, *(_cells(name, score) for name, score in scores.languages.items())]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADINGS))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def _cells(name: str, score: Score) -> tuple[str, ...]:
    cost = "unknown" if score.cost is None else f"{score.cost:.4f}"
    figures = (score.turns, score.passed, f"{score.missed} of {score.facts}", score.wrong_claims, score.tool_calls, score.tokens)
    return name, *(str(figure) for figure in figures), cost, f"{score.seconds:.1f}"


def failed(outcome: Outcome) -> str:
    """Return a line about a turn that did not pass."""
    return f"{outcome.key}: {outcome.question!r}: {'; '.join(outcome.faults)}"


def write(folder: Path, scores: Scores, outcomes: Sequence[Outcome], drops: Sequence[str]) -> None:
    """Write `report.md`, `junit.xml` and `scores.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(markdown(scores, outcomes, drops), encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit(scores, outcomes))
    (folder / "scores.json").write_bytes(msgspec.json.format(msgspec.json.encode(scores)) + b"\n")


def markdown(scores: Scores, outcomes: Sequence[Outcome], drops: Sequence[str]) -> str:
    """Return the report for people."""
    rows = [HEADINGS, ("---", *["---:"] * (len(HEADINGS) - 1)), *(_cells(*each) for each in scores.languages.items())]
    lines = [f"# {scores.suite}", "", f"Answered by {scores.model}.", "", *("| " + " | ".join(row) + " |" for row in rows)]
    if drops:
        lines += ["", "## Worse than before", "", *(f"- {_plain(drop)}" for drop in drops)]
    if wrong := [outcome for outcome in outcomes if not outcome.passed]:
        lines += ["", "## Did not pass"]
        for outcome in wrong:
            lines += ["", f"### {_plain(outcome.key)}", "", f"> {_plain(outcome.question)}", ""]
            lines += [f"- {_plain(fault)}" for fault in outcome.faults]
            lines += ["", *(f"    {line}" for line in outcome.answer.splitlines())]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", " ".join(text.split()))


def junit(scores: Scores, outcomes: Sequence[Outcome]) -> bytes:
    """Return the report for build servers: a test suite for each conversation, a test case for each turn."""
    root = ET.Element("testsuites", _counts(outcomes) | {"name": scores.suite})
    for name, group in itertools.groupby(outcomes, key=lambda outcome: outcome.conversation):
        held = list(group)
        suite = ET.SubElement(root, "testsuite", _counts(held) | {"name": _xml(name)})
        for outcome in held:
            case = ET.SubElement(
                suite, "testcase", classname=_xml(f"{name}.{outcome.language}"), time=f"{outcome.spent.seconds:.3f}",
                name=_xml(f"{outcome.number}. {outcome.question}"),
            )  # fmt: skip
            if not outcome.passed:
                failure = ET.SubElement(case, "failure", message=_xml("; ".join(outcome.faults)))
                failure.text = _xml(outcome.answer)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(not outcome.passed for outcome in outcomes)),
        "time": f"{sum(outcome.spent.seconds for outcome in outcomes):.3f}",
    }


def _xml(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)
