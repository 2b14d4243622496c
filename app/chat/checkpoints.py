"""Commit the steps of a run as they happen, each in one transaction, and only while this attempt still owns the run."""

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import delete, insert, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.events import Asked, AssistantStep, ToolEnd
from app.agent.tool import NewArtifact
from app.audit.models import AuditedStatement
from app.chat.models import Message, ModelCall, Question, Run, RunStatus, Session
from app.data.results import details_of, encode_rows
from app.database import Database, new_id, now
from app.files.models import Artifact

QUESTION_LIFETIME = dt.timedelta(hours=24)


class RunLostError(Exception):
    """Another worker owns the run now, or has committed this step: this attempt stops without a trace."""


class Checkpoints:
    """Writes one attempt of a run. `head` is the last committed message, the parent of the next one."""

    def __init__(self, database: Database, run: Run, head: uuid.UUID, *, worked_ms: float) -> None:
        self._database = database
        self._run = run
        self._head = head
        self._worked_before = worked_ms
        self._started = now()

    @property
    def worked_ms(self) -> float:
        """Return the milliseconds of work so far, over all attempts."""
        return self._worked_before + (now() - self._started).total_seconds() * 1000

    async def step(self, step: AssistantStep, *, finish_reason: str | None) -> None:
        """Commit an assistant step with its model call; `finish_reason` completes the run in the same transaction."""
        calls = [msgspec.to_builtins(call) for call in step.tool_calls]
        message = self._message("assistant", step.text, step=step.step, tool_calls=calls, details={"final": step.is_final})
        message["duration_ms"] = step.duration_ms
        await self._commit(message, [insert(ModelCall).values(self._model_call(step))], finish_reason=finish_reason)

    async def tool(self, end: ToolEnd, *, finish_reason: str | None) -> None:
        """Commit a tool's result with its artifacts and its audited statements."""
        artifacts = [msgspec.to_builtins(msgspec.structs.replace(artifact, result=None)) for artifact in end.artifacts]
        message = self._message(
            "tool",
            end.content,
            call_id=end.call.id,
            tool_name=end.call.name,
            error_code=end.error,
            details={"shown": end.details, "artifacts": artifacts},
        )
        message["duration_ms"] = end.duration_ms
        statements = [insert(Artifact).values(self._artifact(artifact, end)) for artifact in end.artifacts]
        if end.statements:
            statements.append(insert(AuditedStatement).values([self._audited(statement) for statement in end.statements]))
        await self._commit(message, statements, finish_reason=finish_reason)

    async def question(self, asked: Asked) -> Question:
        """Commit a question; the run waits from now on, owned by nobody."""
        run = self._run
        question = Question(
            id=new_id(),
            tenant_id=run.tenant_id,
            session_id=run.session_id,
            run_id=run.id,
            call_id=asked.call.id,
            agent_name=asked.agent_name,
            questions=msgspec.to_builtins(asked.questions),
            status="open",
            created_at=now(),
            expires_at=now() + QUESTION_LIFETIME,
        )
        async with self._database.writing() as db:
            await self._still_ours(db, status=RunStatus.WAITING, owner=None, lease_until=None, worked_ms=self.worked_ms)
            db.add(question)
        return question

    async def end(
        self, status: RunStatus, *, reason: str | None = None, error: str | None = None, text: str = "", step: int = 0
    ) -> None:
        """End the run; `text` is what was written of an unfinished step and is kept as such."""
        async with self._database.writing() as db:
            await self._still_ours(
                db, status=status, finish_reason=reason, error_code=error, owner=None, lease_until=None,
                worked_ms=self.worked_ms, finished_at=now(),
            )  # fmt: skip
            if text:
                values = self._message("assistant", text, step=step, partial=True)
                await db.execute(insert(Message).values(values))
                await self._move_head(db, values["id"])

    async def park(self) -> None:
        """Leave the run for whoever starts next; this is not counted as a failure."""
        async with self._database.writing() as db:
            await self._still_ours(db, status=RunStatus.QUEUED, owner=None, lease_until=None, worked_ms=self.worked_ms)

    def _message(self, role: str, content: str, **values: Any) -> dict[str, Any]:
        run = self._run
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "session_id": run.session_id, "run_id": run.id,
            "parent_id": self._head, "role": role, "content": content, **values,
        }  # fmt: skip

    def _model_call(self, step: AssistantStep) -> dict[str, Any]:
        response, run = step.response, self._run
        cost: Decimal | None = None
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "user_id": run.user_id, "session_id": run.session_id,
            "run_id": run.id, "step": step.step, "provider": response.provider, "model": response.model,
            "input_tokens": response.usage.input_tokens, "cached_tokens": response.usage.cached_tokens,
            "output_tokens": response.usage.output_tokens, "cost": cost, "duration_ms": step.duration_ms,
            "finish_reason": response.finish_reason,
        }  # fmt: skip

    def _artifact(self, artifact: NewArtifact, end: ToolEnd) -> dict[str, Any]:
        run, result = self._run, artifact.result
        return {
            "id": artifact.id, "created_at": now(), "tenant_id": run.tenant_id, "session_id": run.session_id, "run_id": run.id,
            "tool_call_id": end.call.id, "kind": artifact.kind, "name": artifact.name,
            "details": {**artifact.details, **(details_of(result) if result else {})},
            "content": encode_rows(result) if result else None,
        }  # fmt: skip

    def _audited(self, statement: Any) -> dict[str, Any]:
        run = self._run
        return {
            "id": new_id(), "created_at": now(), "tenant_id": run.tenant_id, "user_id": run.user_id, "session_id": run.session_id,
            "run_id": run.id, **{name: getattr(statement, name) for name in statement.__struct_fields__},
        }  # fmt: skip

    async def _commit(self, message: dict[str, Any], others: Sequence[Any], *, finish_reason: str | None) -> None:
        finished = {
            "status": RunStatus.COMPLETED,
            "finish_reason": finish_reason,
            "finished_at": now(),
            "owner": None,
            "lease_until": None,
        }
        try:
            async with self._database.writing() as db:
                await self._still_ours(db, recoveries=0, worked_ms=self.worked_ms, **(finished if finish_reason else {}))
                await db.execute(insert(Message).values(message))
                await self._move_head(db, message["id"])
                for statement in others:
                    await db.execute(statement)
        except IntegrityError as error:
            raise RunLostError from error
        self._head = message["id"]

    async def _still_ours(self, db: AsyncSession, **values: Any) -> None:
        run = self._run
        ours = update(Run).where(Run.id == run.id, Run.attempt == run.attempt, Run.status == RunStatus.RUNNING).values(**values)
        result = await db.execute(ours.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        if result.rowcount != 1:
            raise RunLostError

    async def _move_head(self, db: AsyncSession, message_id: uuid.UUID) -> None:
        moment = now()
        statement = update(Session).where(Session.id == self._run.session_id)
        await db.execute(
            statement.values(head_message_id=message_id, active_at=moment, updated_at=moment).execution_options(
                synchronize_session=False
            )
        )


async def forget_partial(db: AsyncSession, run_id: uuid.UUID) -> uuid.UUID | None:
    """Remove the unfinished text of a run that is tried again; returns the message to go on from, None if there was none."""
    statement = delete(Message).where(Message.run_id == run_id, Message.partial.is_(True)).returning(Message.parent_id)
    return (await db.execute(statement)).scalar_one_or_none()
