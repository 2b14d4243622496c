"""Questions of the agent, answered or skipped by programs."""

import uuid

from app.api.caller import Caller
from app.api.conversations import latest_turns, open_question, session_of
from app.api.params import Accepted, RejectParams, SubmitParams
from app.api.shapes import iso
from app.chat import questions, sessions
from app.chat.models import Question, Run
from app.errors import N_, Conflict, NotFound


async def submit(caller: Caller, params: SubmitParams) -> Accepted:
    """Answer a question of a session and go on with its run."""
    given = {name: [value] if isinstance(value, str) else value for name, value in params.answers.items()}
    desk = caller.desk
    async with desk.database.reading() as db:
        question = await questions.find(db, caller.actor, params.checkpoint_id)
    if question.session_id != params.session_id:
        raise NotFound(N_("There is no such question."))
    settled = await questions.answer(desk.database, desk.runner, desk.event_log, caller.actor, question.id, given)
    return await _accepted(caller, settled, "question_submit")


async def reject(caller: Caller, params: RejectParams) -> Accepted:
    """Skip the question that a session waits with; the run goes on and the agent is told so."""
    desk = caller.desk
    async with desk.database.reading() as db:
        session = await sessions.find_writable(db, caller.actor, params.session_id)
        waiting = await open_question(db, caller, session)
    if waiting is None:
        raise Conflict(N_("This conversation does not wait for an answer."))
    checkpoint_id = uuid.UUID(waiting.checkpoint_id)
    settled = await questions.dismiss(desk.database, desk.runner, desk.event_log, caller.actor, checkpoint_id)
    return await _accepted(caller, settled, "question_reject")


async def _accepted(caller: Caller, question: Question, operation: str) -> Accepted:
    async with caller.desk.database.reading() as db:
        session = await sessions.find(db, caller.actor, question.session_id)
        shape = await session_of(db, caller.actor, session)
        run = await db.get_one(Run, question.run_id)
    return Accepted(
        operation=operation,
        run_id=str(run.id),
        started_at=iso(run.started_at or run.created_at),
        session=shape,
        turns=await latest_turns(caller, session),
    )
