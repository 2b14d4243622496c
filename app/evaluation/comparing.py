"""Compare what a repeated call gives with what is recorded of it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.agent.tool import NewArtifact, ToolError, ToolOutcome
from app.data.results import QueryResult
from app.evaluation import differences
from app.evaluation.rehearsal import Papers, Rehearsal
from app.files.models import Artifact

CLOCK = "get_current_time"
GOES_ON = frozenset({"now", "date", "weekday"})
"""What a clock tells: that it goes on is no difference."""


async def compared(
    tool: str, content: str, made: Sequence[Artifact], outcome: ToolOutcome, rehearsal: Rehearsal
) -> tuple[list[str], str]:
    """Return how today's outcome differs, nothing where it does not, and what else is to be told of it.

    `content` is what the model was told, `made` what the call stored.
    """
    before, today = of_kind(made, "result"), result_of(outcome)
    export, file = of_kind(made, "export"), next((each for each in outcome.artifacts if each.kind == "export"), None)
    if before and today and before.content is not None:
        found = differences.of_results(before, today)
    elif export and file:
        found = []
    elif tool == CLOCK:
        return _of_clock(content, outcome.content)
    else:
        found = differences.of_contents(content, outcome.content)
    if not (export and file):
        return found, ""
    sizes = f"made again and dropped, {file.details['size_bytes']} bytes, {export.details['size_bytes']} then"
    found = found or await _of_file(export.details, file, rehearsal)
    unasked = rehearsal.papers.unasked if _is_document(export.details) else 0
    return found, sizes + (f"; {unasked} of its results are those of then: there was no time to ask again" if unasked else "")


def compared_error(code: str | None, content: str, today: ToolError) -> tuple[str, str, list[str]]:
    """Return the state of a call that fails today, how it fails, and what is to be told of then.

    `code` is of the error of then, None where there was none.
    """
    told = f"{today.code}: {differences.shown(today.message)}"
    if code != today.code:
        return "fails", told, [error_then(code, content)] if code else []
    found = differences.of_contents(_error(code, content), {"error": today.code, "message": today.message})
    return ("differs", told, found[1:]) if found else ("same", told, [])


def error_then(code: str, content: str) -> str:
    """Return an error of then in a line."""
    return f"then {code}: {differences.shown(msgspec.json.decode(_error(code, content))['message'])}"


def _error(code: str, content: str) -> str:
    """Return what is compared of the error that the model was told: without the hint, which names what else there is."""
    told = msgspec.json.decode(content or "{}")
    return msgspec.json.encode({"error": code, "message": told.get("message", "")}).decode()


def of_kind(made: Sequence[Artifact], kind: str) -> Artifact | None:
    """Return the artifact of a kind that a call has stored."""
    return next((each for each in made if each.kind == kind), None)


def result_of(outcome: ToolOutcome) -> QueryResult | None:
    """Return the result of a query that a call gives."""
    return next((each.result for each in outcome.artifacts if each.result), None)


async def _of_file(before: dict[str, Any], file: NewArtifact, rehearsal: Rehearsal) -> list[str]:
    """Compare the rows of spreadsheets, and what documents show of results; both tell the moment that they were made at."""
    if _is_document(before):
        return _of_document(rehearsal.papers)
    rows = before["rows"], file.details["rows"]
    if rows[0] != rows[1]:
        return [f"{rows[0]} → {rows[1]} rows"]
    sheet = await rehearsal.files.sheet_of(before["storage_key"])
    return ["its sheet has other cells"] if sheet and sheet != rehearsal.files.sheet else []


def _is_document(export: dict[str, Any]) -> bool:
    """Tell whether a file is a document and no spreadsheet."""
    return not export["storage_key"].endswith(".xlsx")


def _of_document(papers: Papers) -> list[str]:
    gone = [f"{papers.missing} of its results cannot be had today"] if papers.missing else []
    return ["it shows other figures", *gone] if papers.differs or gone else []


def _of_clock(content: str, today: dict[str, Any]) -> tuple[list[str], str]:
    then = msgspec.json.decode(content)
    lasting = [{name: value for name, value in told.items() if name not in GOES_ON} for told in (then, today)]
    found = differences.of_contents(msgspec.json.encode(lasting[0]).decode(), lasting[1])
    return found, f"{today['now']}, {then['now']} then"
