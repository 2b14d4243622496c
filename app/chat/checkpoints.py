"""Commit the steps of a run as they happen, each in one transaction, and only while this attempt still owns the run."""

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, Row, Update, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.events import APPROVAL, Asked, AssistantStep, Delegated, ToolEnd
from app.agent.model import Abandoned
from app.agent.prices import Prices
from app.agent.tool import NewArtifact
from app.audit.models import AuditEntry
from app.chat import search_index, sources, transcript
from app.chat.auditing import ADD_STATEMENT, Whose, write_left
from app.chat.claims import DETAIL, Checked
from app.chat.export_card import FILES, told
from app.chat.model_calls import spent
from app.chat.models import Message, ModelCall, Question, Run, RunStatus, Session
from app.chat.thoughts import Thoughts
from app.chat.unkept_calls import Unkept, UnkeptCalls
from app.data.ledger import Ledger
from app.data.results import details_of, encode_rows
from app.database import Database, new_id, now, table_of
from app.files.models import Artifact

RELEASED: dict[str, Any] = {"owner": None, "lease_until": None}
QUESTION_LIFETIME = dt.timedelta(hours=24)


class RunLostError(Exception):
    """Another worker owns the run now, or has committed this step: this attempt stops without a trace."""


OURS = (
    update(table_of(Run))
    .where(Run.id == bindparam("run"), Run.attempt == bindparam("by_attempt"), Run.status == RunStatus.RUNNING)
)  # fmt: skip
MOVE_HEAD = update(table_of(Session)).where(Session.id == bindparam("session"))
ADD_MESSAGE, ADD_MODEL_CALL, ADD_QUESTION = insert(table_of(Message)), insert(table_of(ModelCall)), insert(table_of(Question))
ADD_ARTIFACT, ADD_ENTRY = insert(table_of(Artifact)), insert(table_of(AuditEntry))

Values = dict[str, Any]
Addition = tuple[Insert | Update, Values]


class Checkpoints:
    """Writes one attempt of a run. `head` is the last committed message, the parent of the next one.

    It is told the `thoughts` of the steps at work, to keep them with these.
    """

    def __init__(
        self, database: Database, run: Row[Any], head: uuid.UUID, ledger: Ledger, prices: Prices,
        calls: UnkeptCalls | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._prices = prices
        self._run = run
        self._ledger = ledger
        self._calls = calls or UnkeptCalls()
        self.thoughts = Thoughts()
        self._whose = Whose(run.tenant_id, run.user_id, run.session_id, run.id)
        self._head = head
        self._started = time.perf_counter()

    @property
    def worked_ms(self) -> float:
        """Return the milliseconds of work so far, over all attempts."""
        return float(self._run.worked_ms) + (time.perf_counter() - self._started) * 1000

    async def step(
        self, step: AssistantStep, *, finish_reason: str | None, checked: Checked | None = None, by_another: bool = False
    ) -> None:
        """Commit an assistant step with its model call, what was thought before it and what was `checked` of an answer's figures.

        `finish_reason` completes the run in the same transaction, in which what the provider's own tools did is kept, too.
        `by_another` provider than the usual one it may be.
        """
        calls = [msgspec.to_builtins(call) for call in step.tool_calls]
        details = {
            "final": step.is_final,
            **({DETAIL: msgspec.to_builtins(checked)} if checked else {}),
            **_by(another=by_another),
        }
        if step.is_final and step.response.citations:
            details[sources.DETAIL] = msgspec.to_builtins(step.response.citations)
        thought = self.thoughts.of(step.within)
        kept = thought.kept(details)
        message = self._message("assistant", step.text, step.within, step=step.step, tool_calls=calls, **kept)
        message["duration_ms"] = step.duration_ms
        found = [await self._found_by(message)] if step.is_final and not step.within else []
        additions: list[Addition] = [(ADD_MODEL_CALL, self._model_call(step)), *found]
        counted = {"unmatched_claims": len(checked.unmatched)} if checked else {}
        ends, head = list[Values](), self._head
        for end in step.ended:
            self._head = head if step.within else (ends[-1] if ends else message)["id"]
            ends.append(self._result(end, step.within))
            additions += self._made(end)
        self._head = head
        await self._commit([message, *ends], additions, finish_reason=finish_reason, **counted)
        self._calls.committed(step.response, task_call_id=message["task_call_id"])
        thought.forget()

    async def abandoned(self, call: Abandoned, step: int) -> None:
        """Commit what a call used whose answer broke off; another one goes on, or the run fails."""
        values = {
            **self._facts(), "step": step, "duration_ms": call.duration_ms, **spent(call.response, self._prices), "context": None,
            "agent_name": call.agent_name,
        }  # fmt: skip
        await self._database.write(lambda db: db.execute(ADD_MODEL_CALL, values))

    async def tool(self, end: ToolEnd, *, finish_reason: str | None) -> None:
        """Commit a tool's result with its artifacts and what has ended on the business database."""
        message = self._result(end, end.within)
        ended = self._ledger.ended
        audited: list[Addition] = [(ADD_STATEMENT, self._whose.values(note)) for note in ended]
        await self._commit([message], [*self._made(end), *audited], finish_reason=finish_reason)
        self._ledger.forget(ended)

    async def interrupted(self, step: int) -> None:
        """Keep what calls used whose answers were committed with no step."""
        calls, self._calls.all = self._calls.all, []
        await self.keep_calls(calls, step)

    async def keep_calls(self, calls: Sequence[Unkept], step: int) -> None:
        """Keep what calls used, this attempt's or those of one that died."""
        facts = {**self._facts(), "step": step, "context": None}
        rows = [
            {
                **facts, "id": new_id(), "duration_ms": call.duration_ms, "agent_name": call.agent_name,
                **spent(call.response, self._prices),
            }
            for call in calls
        ]  # fmt: skip
        if rows:
            await self._database.write(lambda db: db.execute(ADD_MODEL_CALL, rows))

    async def audit(self) -> None:
        """Put statements into the audit that no committed result of a tool brought there."""
        await write_left(self._database, self._whose, self._ledger)

    async def question(self, asked: Asked) -> tuple[uuid.UUID, dt.datetime]:
        """Commit a question; the run waits from now on, owned by nobody. Returns its id and when it expires."""
        run, moment = self._run, now()
        question = {
            "id": new_id(), "created_at": moment, "tenant_id": run.tenant_id, "session_id": run.session_id, "run_id": run.id,
            "call_id": asked.call.id, "kind": APPROVAL if asked.is_approval else "question", "agent_name": asked.agent_name,
            "questions": msgspec.to_builtins(asked.questions), "status": "open", "expires_at": moment + QUESTION_LIFETIME,
        }  # fmt: skip

        def write(db: Connection) -> None:
            self._keep(db, status=RunStatus.WAITING, **RELEASED)
            db.execute(ADD_QUESTION, question)

        await self._database.write(write)
        return question["id"], question["expires_at"]

    async def end(
        self, status: RunStatus, *, reason: str = "", error: str = "", text: str = "", step: int = 0, by_another: bool = False
    ) -> None:
        """End the run; `text` is what was written of an unfinished step and is kept as such, with what was thought before it."""
        kept = self.thoughts.of(None).kept(_by(another=by_another))
        message = self._message("assistant", text, step=step, partial=True, **kept) if text else None
        found = await self._found_by(message) if message else None

        def write(db: Connection) -> None:
            self._keep(db, status=status, finish_reason=reason or None, error_code=error or None, finished_at=now(), **RELEASED)
            if message and found:
                self._add(db, message)
                db.execute(*found)

        await self._database.write(write)

    async def park(self) -> None:
        """Leave the run for whoever starts next; this is not counted as a failure."""
        await self._database.write(lambda db: self._keep(db, status=RunStatus.QUEUED, **RELEASED))

    def _result(self, end: ToolEnd, within: Delegated | None) -> Values:
        artifacts = [msgspec.to_builtins(msgspec.structs.replace(artifact, result=None)) for artifact in end.artifacts]
        message = self._message(
            "tool",
            end.content,
            within,
            call_id=end.call.id,
            tool_name=end.call.name,
            error_code=end.error,
            details={"shown": end.details, "artifacts": artifacts},
        )
        return {**message, "duration_ms": end.duration_ms}

    def _made(self, end: ToolEnd) -> list[Addition]:
        """Return the artifacts of a call, and what the audit says of files."""
        kept: list[Addition] = [(ADD_ARTIFACT, self._artifact(artifact, end)) for artifact in end.artifacts]
        return kept + [(ADD_ENTRY, self._entry(file)) for file in end.artifacts if file.kind in FILES]

    def _message(self, role: str, content: str, within: Delegated | None = None, **values: Any) -> Values:
        run = self._run
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "session_id": run.session_id, "run_id": run.id,
            "parent_id": self._head, "role": role, "content": content, "partial": False,
            "task_call_id": within.call_id if within else "", **values,
        }  # fmt: skip

    async def _found_by(self, answer: Values) -> Addition:
        stems = await search_index.stems_of_long(answer["content"])
        return search_index.answered(self._run.user_message_id, answer["id"], stems)

    def _facts(self) -> Values:
        run = self._run
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "user_id": run.user_id,
            "session_id": run.session_id, "run_id": run.id,
        }  # fmt: skip

    def _model_call(self, step: AssistantStep) -> Values:
        return {
            **self._facts(), "step": step.step, "duration_ms": step.duration_ms, **spent(step.response, self._prices),
            "context": msgspec.to_builtins(step.blocks) or None, "agent_name": step.within.agent if step.within else "",
        }  # fmt: skip

    def _artifact(self, artifact: NewArtifact, end: ToolEnd) -> Values:
        facts, result = self._facts(), artifact.result
        del facts["user_id"]
        return {
            **facts, "id": artifact.id, "tool_call_id": end.call.id, "kind": artifact.kind, "name": artifact.name,
            "details": {**artifact.details, **(details_of(result) if result else {})},
            "content": encode_rows(result) if result else None,
        }  # fmt: skip

    def _entry(self, export: NewArtifact) -> Values:
        run = self._run
        details = {"session_id": str(run.session_id), "run_id": str(run.id), **told(export.details)}
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "user_id": run.user_id,
            "action": "export.created", "subject_id": export.id, "details": details,
        }  # fmt: skip

    async def _commit(
        self, messages: Sequence[Values], additions: Sequence[Addition], *, finish_reason: str | None, **counted: int
    ) -> None:
        finished: Values = {"status": RunStatus.COMPLETED, "finish_reason": finish_reason, "finished_at": now(), **RELEASED}

        def write(db: Connection) -> None:
            self._keep(db, recoveries=0, **counted, **(finished if finish_reason else {}))
            for message in messages:
                self._add(db, message)
            for statement, values in additions:
                db.execute(statement, values)

        try:
            await self._database.write(write)
        except IntegrityError as error:
            raise RunLostError from error
        if not messages[-1]["task_call_id"]:
            self._head = messages[-1]["id"]
        self._calls.committed(task_call_id=messages[-1]["task_call_id"])

    def _keep(self, db: Connection, **values: Any) -> None:
        run = self._run
        key = {"run": run.id, "by_attempt": run.attempt}
        if db.execute(OURS, {**key, "worked_ms": self.worked_ms, **values}).rowcount != 1:
            raise RunLostError

    def _add(self, db: Connection, message: Values) -> None:
        moment = now()
        db.execute(ADD_MESSAGE, message)
        moved = {} if message["task_call_id"] else {"head_message_id": message["id"]}
        db.execute(MOVE_HEAD, {"session": self._run.session_id, **moved, "active_at": moment, "updated_at": moment})


def _by(*, another: bool) -> Values:
    return {transcript.BY_ANOTHER: True} if another else {}


async def forget_partial(db: AsyncSession, run_id: uuid.UUID) -> uuid.UUID | None:
    """Remove the unfinished text of a run that is tried again; returns the message to go on from, None if there was none."""
    await db.execute(search_index.forget_answer(run_id))
    statement = delete(Message).where(Message.run_id == run_id, Message.partial.is_(True)).returning(Message.parent_id)
    return (await db.execute(statement)).scalar_one_or_none()
