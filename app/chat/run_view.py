"""Fold the events of a run into what the page shows of it: the same for a reload, a late reader and a live stream."""

import re
import textwrap
import uuid
from collections.abc import Sequence
from typing import assert_never

import msgspec

from app.agent import hosted
from app.agent.events import (
    ANOTHER_PROVIDER,
    AssistantStep,
    Delegated,
    Finished,
    Reset,
    Status,
    Text,
    TextBlockEnd,
    Thinking,
    ThinkingEnd,
    ToolEnd,
    ToolStart,
)
from app.agent.hosted import LostFile
from app.agent.model import ToolCall
from app.agent.tools import task
from app.agent.work import ASK
from app.chat import question_form
from app.chat.approving import settled_for
from app.chat.claims import Checked
from app.chat.event_log import Answered, Failed, QuestionOpened, RunEvent
from app.chat.highlight import python_html, sql_html
from app.chat.markdown_blocks import MarkdownBlocks
from app.chat.models import RunStatus
from app.chat.sentences import LOST, failure
from app.chat.settled import Settled
from app.chat.sources import Cited
from app.chat.thought_fold import ThoughtFold
from app.chat.usage_sum import UsageSum
from app.chat.view import ErrorView, LostView, RunView, StepView
from app.data.reach import Reach, holds_call
from app.data.results import Column

SILENT = {ASK, "render_table", "draw_chart"}
"""Tools without a step of their own while they succeed, unless another agent calls them: what they make is seen instead."""
SHOWN = {"table", "chart", "export", "code_output"}
"""Kinds of artifacts that an answer shows beside its words."""
NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")
NOTE, ENDED = "note", {"ok", "error", "refused"}
LONGEST_FACT = 120
"""Characters of a task that its step says."""


class RunFold:
    """A `RunView` that follows events, for a reader of all tables or of those in `reach`.

    `artifacts` holds the ids of what is shown beside the words, in order, not loaded yet.
    """

    def __init__(
        self, view: RunView, reach: Reach = None, mark_title: str = "", *, is_asker: bool = True, reads_all: bool = True
    ) -> None:
        """Explain marks on figures by `mark_title`; only the asker may always read what is to be allowed.

        What the model considers may tell of all that it has read, in earlier answers too: it is for whoever `reads_all` tables.
        """
        self.view = view
        self._mark_title = mark_title
        self._reach = reach
        self._is_asker = is_asker
        self.artifacts: list[uuid.UUID] = []
        self.thoughts = ThoughtFold(lambda within: self._task(within) or view, is_told=reads_all)
        self._markdown = self._new_markdown()

    def apply(self, event: RunEvent) -> StepView | None:  # noqa: C901, PLR0912 - one case an event is the clearest form
        """Take one event in; returns the step that it started or ended, if any."""
        view = self.view
        match event:
            case Text(content):
                self._markdown.feed(content)
            case Status(step):
                view.status, view.progress = RunStatus.RUNNING, step
                view.is_by_another |= step == ANOTHER_PROVIDER
            case TextBlockEnd(seq):
                return self._end_block(seq)
            case Thinking(content, within):
                self.thoughts.take(content, within)
            case ThinkingEnd():
                return self.thoughts.end(event)
            case AssistantStep():
                self.thoughts.kept(event.within)
            case Reset():
                self._reset(event.seq)
            case ToolStart():
                return self._start(event)
            case ToolEnd():
                return self._end(event)
            case Checked():
                self._check(event)
            case Cited():
                self._cite(event)
            case QuestionOpened():
                view.question = question_form.opened(event, view.id, self._reach, is_asker=self._is_asker)
                view.status = RunStatus.WAITING if event.status == "open" else view.status
            case Answered(call_id, _, answers):
                view.status, view.question = RunStatus.RUNNING, None
                return self._answered(call_id, answers)
            case Failed(code):
                view.status, view.error = RunStatus.FAILED, ErrorView(code, code, failure(code).is_retryable)
                view.is_by_another = False
                self._cut_off()
            case Finished(reason):
                view.status = RunStatus.STOPPED if reason == "stopped" else RunStatus.COMPLETED
                view.finish_reason = reason
                self._cut_off()
                if view.question and view.question.status == "open":
                    view.question.status = "cancelled"
            case UsageSum():
                pass
            case _:
                assert_never(event)
        return None

    def take_blocks(self) -> list[str]:
        """Return the blocks finished since the last call and add them to the view; redraws the open one."""
        finished = self._markdown.take_finished()
        self.view.blocks += finished
        self.view.open_block = self._markdown.open_block
        self.view.answer_markdown = self._markdown.source
        return finished

    def settle(self) -> RunView:
        """Return the view with all text rendered."""
        self.thoughts.draw_all()
        self.take_blocks()
        return self.view

    def _end_block(self, seq: int) -> StepView:
        view = self.settle()
        blocks = [*view.blocks, *([view.open_block] if view.open_block else [])]
        note = StepView(key=f"note-{seq}", tool=NOTE, state="ok", blocks=blocks)
        view.steps.append(note)
        self._empty_answer()
        return note

    def _check(self, checked: Checked) -> None:
        """Mark figures that were not found, unless the reader may not learn of results that they were looked for in."""
        if not checked.is_for(self._reach):
            return
        self.settle()
        self.view.checked = checked
        if checked.has_data:
            self._markdown.mark(checked.places)
            self._draw_anew()

    def _cite(self, cited: Cited) -> None:
        self.settle()
        self.view.cited = cited
        self._markdown.cite(cited.marks, [source.title for source in cited.numbered])
        self._draw_anew()

    def _draw_anew(self) -> None:
        self.view.blocks = self._markdown.take_finished()
        self.view.open_block = self._markdown.open_block

    def _new_markdown(self) -> MarkdownBlocks:
        return MarkdownBlocks(self._mark_title, f"run-{self.view.id}-source-")

    def _empty_answer(self) -> None:
        self._markdown = self._new_markdown()
        self.view.blocks, self.view.open_block, self.view.answer_markdown = [], "", ""
        self.view.checked = self.view.cited = None

    def _reset(self, seq: int) -> None:
        self._empty_answer()
        self.view.error, self.view.finish_reason, self.view.status = None, None, RunStatus.RUNNING
        self.view.is_by_another = False
        self.thoughts.drop_all()
        self.view.steps = _kept(self.view.steps, seq)

    def _start(self, start: ToolStart) -> StepView | None:
        if start.call.name in hosted.TOOLS or (start.call.name in SILENT and start.within is None):
            return None
        known = self._step(dom_key(start.call.id))
        if known is not None:
            known.state = "running"
            return None
        return self._added(start.call, start.within)

    def _added(self, call: ToolCall, within: Delegated | None) -> StepView:
        """Add a step, below the one that gave the task where an agent takes it.

        Readers of other people's conversations, and whoever has tables kept from them, are told what it is about when it has
        ended, and it is known what it read.
        """
        step = new_step(call)
        step.facts = [] if self._reach is not None else step.facts
        if task := self._task(within):
            step.within = task.key
            task.steps.append(step)
        else:
            self.view.steps.append(step)
        return step

    def _task(self, within: Delegated | None) -> StepView | None:
        return self._step(dom_key(within.call_id)) if within else None

    def _step(self, key: str) -> StepView | None:
        return next((step for step in self.view.every_step if step.key == key), None)

    def _end(self, end: ToolEnd) -> StepView | None:
        self.artifacts += [artifact.id for artifact in end.artifacts if artifact.kind in SHOWN]
        if end.call.name in SILENT and end.error is None and end.within is None:
            return None
        step = self._step(dom_key(end.call.id))
        if step is None:
            step = self._added(end.call, end.within)
        self.thoughts.drop(end.call.id)
        step.facts = step.facts or new_step(end.call).facts
        _fill(step, end)
        if not holds_call(self._reach, end.details):
            _redact(step)
        elif lost := end.details.get("lost"):
            self.view.lost += [LostView(each.name, LOST[each.reason]) for each in msgspec.convert(lost, list[LostFile])]
        return step

    def _answered(self, call_id: str, answers: tuple[Settled, ...]) -> StepView:
        step = StepView(key=dom_key(call_id), tool=ASK, state="ok", answers=settled_for(answers, self._reach))
        self.view.steps.append(step)
        return step

    def _cut_off(self) -> None:
        """End what did not: of a step that was stopped or failed before it wrote anything nothing is kept."""
        self.thoughts.drop_all(but_own=bool(self._markdown.source))
        for step in self.view.every_step:
            if step.state == "running":
                step.state = "cancelled"


def _kept(steps: Sequence[StepView], seq: int) -> list[StepView]:
    """Return the steps that stand where text block `seq` comes again: what has ended, and the tasks of which something has."""
    kept = list[StepView]()
    for step in steps:
        step.steps = _kept(step.steps, seq)
        if step.state in ENDED and not (step.tool == NOTE and int(step.key.removeprefix("note-")) >= seq):
            kept.append(step)
        elif step.steps:
            step.state = "running"
            kept.append(step)
    return kept


def new_step(call: ToolCall) -> StepView:
    """Return the step of a call that begins; one of `task` says who works on what."""
    given = task.told(call.arguments) if call.name == task.TASK else None
    facts = [textwrap.shorten(given.instructions, LONGEST_FACT, placeholder="…")] if given else []
    return StepView(key=dom_key(call.id), tool=call.name, agent=given.agent if given else "", facts=facts)


def dom_key(call_id: str) -> str:
    """Return the part of an element's id that stands for a call: ids of calls are the model's and may hold anything."""
    return NOT_IN_IDS.sub("-", call_id)


def _fill(step: StepView, end: ToolEnd) -> None:
    details = end.details
    step.state = "refused" if details.get("refused") else "error" if end.error else "ok"
    step.duration_ms = end.duration_ms
    if step.state == "error":
        step.error, step.reason = str(details.get("message", end.error)), end.error or ""
    step.facts = [str(fact) for fact in details.get("tables", details.get("facts", step.facts))]
    if sql := details.get("sql"):
        step.sql, step.sql_html = str(sql), sql_html(str(sql))
        step.parameters = dict(details.get("params") or {})
        step.verified = str(details.get("verified", ""))
    if code := details.get("code"):
        step.code, step.code_html = str(code), python_html(str(code))
        step.logs, step.is_cut = str(details.get("logs", "")), bool(details.get("is_cut"))
    if "columns" in details:
        step.columns = msgspec.convert(details["columns"], list[Column])
        step.rows = [list(row) for row in details.get("rows", ())]
        step.row_count, step.truncated = details.get("row_count"), bool(details.get("truncated"))


def _redact(step: StepView) -> None:
    """Leave out what was read from tables outside a reader's reach."""
    step.columns, step.rows, step.parameters, step.sql, step.sql_html, step.facts = [], [], {}, "", "", []
    step.verified = step.code = step.code_html = step.logs = ""
