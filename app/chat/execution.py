"""One attempt of a run: load what was said, iterate the agent, commit each step, tell the followers."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from app.agent import loop
from app.agent.events import (
    ANOTHER_PROVIDER,
    Asked,
    AssistantStep,
    Finished,
    LoopEvent,
    Status,
    Text,
    Thinking,
    ThinkingEnd,
    ToolEnd,
    ToolStart,
)
from app.agent.model import Abandoned, AssistantText, ModelError, ModelMessage, ToolOutput, TurnedTo
from app.agent.tools.task import TASK
from app.agent.work import Work
from app.chat import (
    budgets,
    claims,
    debugging,
    model_calls,
    purging,
    run_spans,
    run_work,
    session_watch,
    sessions,
    sources,
    transcript,
)
from app.chat.analyst import Analyst
from app.chat.auditing import settled
from app.chat.budgets import QuotaSpent
from app.chat.checkpoints import Checkpoints, RunLostError
from app.chat.event_log import Failed, MemoryEventLog, QuestionOpened, RunLog
from app.chat.models import RunStatus
from app.chat.run_logs import open_log
from app.chat.runner import FIRST_ATTEMPT, PARK, REVOKED, Control
from app.chat.session_feed import SessionFeed
from app.chat.telling import Telling
from app.data.ledger import Ledger
from app.database import Database
from app.files.storage import FileStorage
from app.identity.permissions import Permission
from app.identity.watch import ActorWatch

log = structlog.get_logger()


class Execution:
    """Executes runs on behalf of a `Runner`."""

    def __init__(
        self, database: Database, event_log: MemoryEventLog, analyst: Analyst, watch: ActorWatch, feed: SessionFeed
    ) -> None:
        self._database = database
        self._event_log = event_log
        self._analyst = analyst
        self._watch = watch
        self._feed = feed

    async def __call__(self, run_id: uuid.UUID, control: Control) -> None:
        """Execute the present attempt of a claimed run until it is answered, asks, fails or is cancelled."""
        run = await transcript.run_of(self._database, run_id)
        self._feed.tell(run.owner_id, run.session_id)
        try:
            with run_spans.attempting(self._analyst.recorder, run, self._analyst.model.provider):
                await self._attempt(run, control)
        finally:
            self._feed.tell(run.owner_id, run.session_id)

    async def _attempt(self, run: Row[Any], control: Control) -> None:
        told = transcript.NOTHING if run.attempt == FIRST_ATTEMPT else await transcript.load(self._database, run)
        actor = await self._analyst.load_actor(self._database, run.user_id, token_id=run.token_id)
        head = told.rows[-1].id if told.rows else run.user_message_id
        storage, ledger, telling = self._analyst.exporter.storage, Ledger(), Telling(self._analyst.bus, run)
        checkpoints = Checkpoints(self._database, run, head, ledger, self._analyst.prices, telling.calls)
        attempt = _Attempt(self._database, storage, open_log(self._event_log, run, told), run, checkpoints, telling)
        if actor is None or not actor.may(Permission.ACCESS) or not await sessions.may_go_on(self._database, actor, run):
            await attempt.fail("session_expired", "the asker may not act any more")
        else:
            work = await run_work.of(self._database, self._analyst, run, told, actor, ledger, telling)
            seconds = self._analyst.run_timeout - run.worked_ms / 1000
            place = session_watch.to_write(run.session_id, run.owner_id, run.user_id)
            with self._watch.watching(run.user_id, control.revoke, token_id=run.token_id, place=place):
                await attempt.follow(work, control.why, seconds=seconds)
        if not attempt.is_waiting and control.why() != PARK:
            self._event_log.close(run.id)


class _Attempt:
    """One attempt at a run, writing checkpoints and the event log."""

    def __init__(
        self, database: Database, storage: FileStorage, run_log: RunLog, run: Row[Any], checkpoints: Checkpoints, telling: Telling
    ) -> None:
        self._database = database
        self._storage = storage
        self._log = run_log
        self._run = run
        self._checkpoints = checkpoints
        self._telling = telling
        self._text, self._step, self._by_another = "", 0, False
        self._answered: AssistantStep | None = None
        self._checked: claims.Checked | None = None
        self._seen: list[ModelMessage] = []
        self._kept: set[str] = set()
        self._tools_left = 0
        self.is_waiting = False

    async def follow(self, work: Work, why: Callable[[], str | None], *, seconds: float) -> None:
        self._telling.started()
        self._telling.calls.store = lambda lost: settled(self._checkpoints.keep_calls([lost], self._step))
        self._step = sum(isinstance(message, AssistantText) for message in work.steps)
        self._seen = [*work.history, *work.steps, *(message for begun in work.begun.values() for message in begun.steps)]
        try:
            await self._follow(work, seconds)
        except asyncio.CancelledError:
            await self._cancelled(why())
        except RunLostError:
            log.info("run lost to another worker", run_id=str(self._run.id), attempt=self._run.attempt)
        except TimeoutError:
            await self.fail("timeout", "the run used up its time")
        except QuotaSpent:
            await self.fail("quota", "a budget of the day is used up")
        except ModelError as error:
            await self.fail(error.code, str(error))
        except SQLAlchemyError:
            log.exception("run could not be committed", run_id=str(self._run.id))
            await self.fail("unavailable", "the application database failed")
        except Exception:  # Nobody awaits a run: its reader would wait for an end that never comes.
            log.exception("run failed", run_id=str(self._run.id))
            await self.fail("internal", "unexpected fault")

    async def _afford(self, work: Work) -> None:
        """Raise `QuotaSpent` when the model is asked next and may not be; a message was let in knowing that it may."""
        is_let_in = self._run.attempt == FIRST_ATTEMPT and not self._step
        if not (is_let_in or work.is_answered or self._answered or self._tools_left):
            await budgets.check(self._database, work.context.actor)

    async def _follow(self, work: Work, seconds: float) -> None:
        """Take all events; whatever ends them, what was begun on the business database is in the audit first."""
        try:
            async with asyncio.timeout(max(seconds, 0)), contextlib.aclosing(loop.run(work)) as events:
                await self._afford(work)
                async for event in events:
                    await self._take(event)
                    if isinstance(event, ToolEnd) and event.within is None:
                        await self._afford(work)
                    elif _asks_another_model(event):
                        await budgets.check(self._database, work.context.actor)
        finally:
            await settled(self._checkpoints.audit())
            await settled(self._checkpoints.interrupted(self._step))

    async def fail(self, code: str, reason: str) -> None:
        """End the run as failed, keeping what was written."""
        log.warning("run failed", run_id=str(self._run.id), code=code, reason=reason)
        with contextlib.suppress(RunLostError):
            await self._checkpoints.end(RunStatus.FAILED, error=code, **self._unfinished)
            self._log.append(Failed(code))
            self._telling.failed(code, self._checkpoints.worked_ms, is_kept=bool(self._text))

    @property
    def _unfinished(self) -> dict[str, Any]:
        return {"text": self._text, "step": self._step, "by_another": self._by_another}

    async def _take(self, event: LoopEvent) -> None:
        match event:
            case Text():
                self._text += event.content
            case Thinking() | ThinkingEnd():
                self._checkpoints.thoughts.take(event)
            case AssistantStep():
                await self._commit_step(event)
            case ToolEnd():
                await self._commit_tool(event)
            case Asked():
                await self._ask(event)
                return
            case Finished(reason):
                await self._finished(reason)
                return
            case Abandoned():
                await settled(self._checkpoints.abandoned(event, self._step))
                return
            case TurnedTo():
                self._by_another = True
                self._log.append(Status(ANOTHER_PROVIDER))
                return
            case _:
                pass
        self._telling.taken(event)
        self._log.append(event)
        for mark in sources.marks(event, self._checked):
            self._log.append(mark)

    async def _ask(self, event: Asked) -> None:
        asked = await claims.check_options(self._database, self._run, event, self._seen)
        checkpoint_id, expires_at = await settled(self._checkpoints.question(asked))
        self.is_waiting = True
        self._telling.asked(checkpoint_id)
        self._log.append(QuestionOpened(checkpoint_id, int(expires_at.timestamp() * 1000), asked))

    async def _commit_step(self, step: AssistantStep) -> None:
        if step.within:
            committing = self._checkpoints.step(step, finish_reason=None, by_another=self._by_another)
            await self._keeping(step.ended, settled(committing))
            self._by_another = False
            return
        self._tools_left = len(step.tool_calls) - len(step.ended)
        self._seen += [ToolOutput(end.call.id, end.call.name, end.content) for end in step.ended]
        await self._keeping(step.ended, self._checked_step(step))
        self._text, self._step, self._by_another = "", step.step + 1, False

    async def _checked_step(self, step: AssistantStep) -> None:
        if step.is_final:
            self._answered = step
            self._checked = await claims.check_answer(self._database, self._run, step.text, self._seen)
        committing = self._checkpoints.step(
            step, finish_reason=self._finish_reason(), checked=self._checked, by_another=self._by_another
        )
        await settled(committing)

    async def _commit_tool(self, end: ToolEnd) -> None:
        """Commit the end of a call, unless that was done with its step."""
        if end.call.id in self._kept:
            return
        self._tools_left -= end.within is None
        self._seen.append(ToolOutput(end.call.id, end.call.name, end.content))
        finish_reason = None if end.within else self._finish_reason()
        await self._keeping([end], settled(self._checkpoints.tool(end, finish_reason=finish_reason)))

    async def _keeping(self, ends: Sequence[ToolEnd], committing: Coroutine[Any, Any, None]) -> None:
        """Commit what calls did; files whose artifacts were not committed are removed."""
        is_kept = False
        try:
            await committing
            is_kept = True
        finally:
            self._kept |= {end.call.id for end in ends}
            for made in (made for end in ends for made in end.artifacts if not is_kept):
                if key := made.details.get("storage_key"):
                    await purging.drop_unkept(self._database, self._storage, made.id, key)

    def _finish_reason(self) -> str | None:
        """Return the reason that completes the run with the step being committed, None while more follows."""
        return None if self._answered is None or self._tools_left else self._answered.finish_reason

    async def _finished(self, reason: str) -> None:
        if self._answered is None:
            await settled(self._checkpoints.end(RunStatus.COMPLETED, reason=reason))
        if self._run.options.get("debug"):
            used = await model_calls.sum_of(self._database, self._run.id)
            took = await debugging.of_run(self._database, self._run)
            self._log.append(msgspec.structs.replace(used, debug=took.shape))
        self._log.append(Finished(reason))
        self._telling.completed(reason, self._checkpoints.worked_ms, checked=self._checked)
        log.info("run completed", run_id=str(self._run.id), worked_ms=round(self._checkpoints.worked_ms), reason=reason)

    async def _cancelled(self, why: str | None) -> None:
        with contextlib.suppress(RunLostError):
            if why == PARK:
                await self._checkpoints.park()
            elif why == REVOKED:
                await self.fail("session_expired", "the asker's access ended")
            else:
                await self._checkpoints.end(RunStatus.STOPPED, reason="stopped", **self._unfinished)
                self._log.append(Finished("stopped"))
                self._telling.completed("stopped", self._checkpoints.worked_ms, is_kept=bool(self._text))


def _asks_another_model(event: LoopEvent) -> bool:
    """Tell whether a sub-agent asks its model next: it begins, or one of its calls has ended."""
    if isinstance(event, ToolStart):
        return event.within is None and event.call.name == TASK
    return isinstance(event, ToolEnd) and event.within is not None
