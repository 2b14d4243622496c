"""The log of a run at any time of its life: the one being written, or one told again from the transcript."""

import time
import uuid
from typing import Any

from sqlalchemy import Row

from app.agent.events import AssistantStep, Delegated, Reset, Thinking, ThinkingEnd, ToolEnd
from app.chat import transcript
from app.chat.event_log import Answered, MemoryEventLog, QuestionOpened, RunLog
from app.chat.models import UNFINISHED, RunStatus
from app.database import Database

ENDED_FROM = 10_000_000
"""Where logs of ended runs count from, each time the same: no run has so many events while it is at work."""


async def log_of(database: Database, event_log: MemoryEventLog, run_id: uuid.UUID) -> RunLog:
    """Return what a reader follows; for a run that ended long ago a closed log of its transcript, kept nowhere."""
    if found := event_log.find(run_id):
        return found
    run = await transcript.run_of(database, run_id)
    told = await transcript.load(database, run)
    if found := event_log.find(run_id):
        return found
    if run.status in UNFINISHED:
        return open_log(event_log, run, told)
    ended = RunLog(run.id)
    ended.first_index = ENDED_FROM
    _tell(ended, run, told)
    ended.close()
    return ended


def open_log(event_log: MemoryEventLog, run: Row[Any], told: transcript.Transcript) -> RunLog:
    """Return the run's log at the start of its present attempt, with what was committed before if the log is new."""
    run_log = event_log.open(run.id)
    if run_log.attempt == run.attempt:
        return run_log
    if not run_log.events:
        run_log.first_index = time.time_ns() // 1000  # No log of another process, nor one of an ended run, counts from here.
        _tell(run_log, run, told)
        if run.status != RunStatus.WAITING:
            run_log.begin(run.attempt)
        return run_log
    run_log.begin(run.attempt)
    if _is_void_at_end(run_log):
        for event in (Reset(_text_blocks(told)), *told.told_by_another):
            run_log.append(event)
    return run_log


def _is_void_at_end(run_log: RunLog) -> bool:
    """Tell whether the log ends in something that the next attempt does again: text or considerations cut off, or a failure."""
    last = run_log.events[-1].event
    return not isinstance(last, Answered | QuestionOpened | ToolEnd) or _thinks(run_log)


def _thinks(run_log: RunLog) -> bool:
    """Tell whether any agent considers something that has led to no step yet."""
    thinking = set[Delegated | None]()
    for logged in run_log.events:
        match logged.event:
            case Thinking(_, within):
                thinking.add(within)
            case AssistantStep(within=within):
                thinking.discard(within)
            case ThinkingEnd(is_void=is_void, within=within, is_kept=is_kept) if is_void or is_kept:
                thinking.discard(within)
            case _:
                pass
    return bool(thinking)


def _text_blocks(told: transcript.Transcript) -> int:
    return sum(row.role == "assistant" and bool(row.content) and not row.partial for row in told.rows)


def _tell(run_log: RunLog, run: Row[Any], told: transcript.Transcript) -> None:
    run_log.begin(run.attempt)
    for event in transcript.events(run, told):
        run_log.append(event)
