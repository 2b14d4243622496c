"""Replay a recorded run without a model: the same calls of tools, by the same person, against today's data."""

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.registry import built_in, decode
from app.chat import transcript
from app.chat.auditing import Whose, audited
from app.chat.desk import Desk
from app.data.comparison import compare
from app.data.periods import Calendar
from app.data.results import columns_from, rows_from
from app.database import now
from app.errors import N_, Forbidden, NotFound
from app.evaluation.asking import artifacts_of
from app.files.artifacts import ArtifactReader
from app.files.models import Artifact
from app.identity import sign_in
from app.identity.actor import Actor

READING = frozenset({
    "sql_execute", "schema_list", "schema_describe", "kb_search", "search_validated_queries", "search_learnings", "render_table",
    "draw_chart",
})  # fmt: skip
"""Tools that change nothing; others are not repeated."""
PASSING = frozenset({"result_id", "artifact_id", "duration_ms"})
"""What is another one with every call."""


class Repeated(msgspec.Struct, frozen=True):
    """A call and what became of it: `same`, `differs`, `fails` where it did not before or the other way round, or `skipped`."""

    tool: str
    state: str
    what: str = ""

    @property
    def line(self) -> str:
        """Return it as people read it."""
        return f"{self.state:8} {self.tool}{': ' if self.what else ''}{self.what}"


async def replay(desk: Desk, run_id: uuid.UUID) -> list[Repeated]:
    """Return what each call of a run gives today; raises `NotFound`, and `Forbidden` where its asker may not act any more."""
    found = await desk.database.rows(transcript.RUN, {"run_id": run_id})
    if not found:
        raise NotFound(N_("There is no such answer."))
    run = found[0]
    actor = await sign_in.by_user_id(desk.database, run.user_id)
    if actor is None:
        raise Forbidden(N_("You may not do this."))
    tools = {tool.name: tool for tool in built_in(knows=desk.settings.kb_enabled)}
    context = await _context(desk, run, actor)
    rows = (await transcript.load(desk.database, run)).every
    told = {row.call_id: row for row in rows if row.role == "tool"}
    results = {each.tool_call_id: each for each in await artifacts_of(desk, run_id) if each.kind == "result"}
    calls = [call for row in rows for call in row.tool_calls or () if call["id"] in told]
    whose = Whose(run.tenant_id, run.user_id, run.session_id, run.id)
    async with audited(desk.database, whose) as ledger:
        noting = context.noting(ledger)
        return [await _repeated(tools, noting, call, told[call["id"]], results.get(call["id"])) for call in calls]


async def _context(desk: Desk, run: Row[Any], actor: Actor) -> ToolContext:
    known = await desk.knowledge.of(actor.tenant_id)
    calendar = Calendar(actor.time_zone, actor.first_weekday)
    kept = ArtifactReader(desk.database, actor, run.session_id)
    library = desk.knowledge.library
    return ToolContext(actor, desk.queries, known, kept, run.locale, now(), calendar, None, run.is_own, library)


async def _repeated(
    tools: Mapping[str, Tool], context: ToolContext, call: Mapping[str, Any], told: Row[Any], result: Artifact | None
) -> Repeated:
    tool = tools.get(call["name"])
    if tool is None or tool.name not in READING or not tool.allows(context.actor):
        return Repeated(call["name"], "skipped")
    try:
        outcome = await tool.run(context, decode(tool, call["arguments"]))
    except ToolError as error:
        same = error.code == told.error_code
        return Repeated(tool.name, "same" if same else "fails", f"{error.code}: {error.message}")
    if told.error_code:
        return Repeated(tool.name, "fails", f"{told.error_code} before, not now")
    what = _difference(outcome, told.content, result)
    return Repeated(tool.name, "differs" if what else "same", what)


def _difference(outcome: ToolOutcome, content: str, result: Artifact | None) -> str:
    """Return how a result differs from the stored one, or else what a tool tells from what it told."""
    today = next((each.result for each in outcome.artifacts if each.result), None)
    if result is None or today is None:
        is_same = _lasting(msgspec.to_builtins(outcome.content)) == _lasting(msgspec.json.decode(content or "{}"))
        return "" if is_same else "tells something else"
    before = columns_from(result.details)
    if [column.name for column in before] != [column.name for column in today.columns]:
        return f"columns {', '.join(column.name for column in today.columns)}"
    changes = compare(before, rows_from(result.details, result.content or b"[]"), today.rows)
    counted = (("rows more", changes.added), ("rows less", changes.removed), ("cells changed", changes.cells))
    return ", ".join(f"{count} {what}" for what, count in counted if count)


def _lasting(content: Any) -> Any:
    plain = msgspec.json.decode(msgspec.json.encode(content))
    return {name: value for name, value in plain.items() if name not in PASSING} if isinstance(plain, dict) else plain
