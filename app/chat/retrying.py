"""Going on with an answer that failed or was stopped."""

import uuid

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.events import APPROVAL
from app.chat import access, turns
from app.chat.checkpoints import forget_partial
from app.chat.models import Message, Question, Run, RunStatus, Session
from app.chat.runner import Runner
from app.database import Database
from app.errors import N_, Conflict
from app.identity.actor import Actor

ENDED = (RunStatus.FAILED, RunStatus.STOPPED)


async def retry(database: Database, runner: Runner, actor: Actor, run_id: uuid.UUID) -> Run:
    """Go on with a failed or stopped run from its last committed step; what it had asked back is asked again.

    It goes on as the run of whoever asks for that, as they are signed in now. Raises `NotFound`, `Forbidden`, and
    `Conflict` for any other run.
    """
    runner.refuse_while_draining()
    _, allowed = await turns.find_run(database, actor, run_id)
    access.check_writable(allowed)
    async with database.writing() as db:
        run = await db.get_one(Run, run_id)
        session = await db.get_one(Session, run.session_id)
        await _refuse_while_unfinished(db, run.session_id)
        if run.status not in ENDED or not await _is_last(db, session, run):
            raise Conflict(N_("Only the last answer can go on, and only after it failed or was stopped."))
        await db.execute(delete(Question).where(Question.run_id == run_id, _is_asked_again(actor)))
        if parent := await forget_partial(db, run.id):
            session.head_message_id = parent
        cleared = {"error_code": None, "finish_reason": None, "finished_at": None, "recoveries": 0, "worked_ms": 0.0}
        door = {"user_id": actor.user_id, "token_id": actor.token_id}
        ended = update(Run).where(Run.id == run_id, Run.status.in_(ENDED))
        claim = ended.values(attempt=Run.attempt + 1, **door, **cleared, **runner.claim()).returning(Run.id)
        if await db.scalar(claim, execution_options={"synchronize_session": False}) is None:
            raise Conflict(turns.BUSY)
        await db.flush()
        await db.refresh(run)
    runner.start(run_id)
    return run


def _is_asked_again(actor: Actor) -> ColumnElement[bool]:
    """Tell which questions were not answered, and which calls were allowed or refused by somebody else than `actor`."""
    others = and_(Question.kind == APPROVAL, Question.answered_by != actor.user_id)
    return or_(Question.status.in_(("cancelled", "expired")), others)


async def _is_last(db: AsyncSession, session: Session, run: Run) -> bool:
    head = select(Message.id).where(Message.id == session.head_message_id)
    own = head.where(or_(Message.run_id == run.id, Message.id == run.user_message_id))
    return (await db.execute(own)).scalar_one_or_none() is not None


async def _refuse_while_unfinished(db: AsyncSession, session_id: uuid.UUID) -> None:
    status = (await db.execute(turns.GOING, {"session_id": session_id})).scalar_one_or_none()
    if status is not None:
        raise Conflict(turns.WAITING if status == RunStatus.WAITING else turns.BUSY)
