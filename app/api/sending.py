"""A message sent by a program that waits for what becomes of it: an answer, a question, or a failure."""

import contextlib
import uuid

from app.api.caller import Caller
from app.api.conversations import open_question, told
from app.api.params import SendParams, SubmitParams
from app.api.settling import submit
from app.api.shapes import PendingQuestion, Shape, Turn
from app.chat import sentences, sessions, turns
from app.chat.admission import admit
from app.chat.event_log import Failed, Follower, QuestionOpened
from app.chat.run_logs import log_of
from app.chat.turns import Draft
from app.errors import N_, BiChatError, Invalid, NotFound


class Sent(Shape, kw_only=True, frozen=True):
    """A turn as far as it came, and the question that it waits with, if it does."""

    turn: Turn
    interrupt: PendingQuestion | None


class RunFailed(BiChatError):
    """The run failed; its own code and whether a retry helps are in `details`."""

    code = "unavailable"
    status = 503


async def send(caller: Caller, params: SendParams) -> Sent:
    """Send a message and wait for the end of its run, or a question; raises `RunFailed` besides what `turns.add` raises."""
    if params.attachments:
        raise Invalid(
            N_("%(field)s is not available yet; leave it out."), details={"attachments": "not available"}, field="attachments"
        )
    desk, actor = caller.desk, caller.actor
    await admit(desk, actor, caller.address)
    draft, most = Draft(params.content), desk.settings.max_message_chars
    added = await turns.add(desk.database, desk.runner, actor, draft, session_id=params.session_id, max_chars=most)
    return await _outcome(caller, added.session_id, added.run_id)


async def resume(caller: Caller, params: SubmitParams) -> Sent:
    """Answer a question and wait in the same way."""
    accepted = await submit(caller, params)
    return await _outcome(caller, params.session_id, uuid.UUID(accepted.run_id))


async def _outcome(caller: Caller, session_id: uuid.UUID, run_id: uuid.UUID) -> Sent:
    database = caller.desk.database
    if code := await _end(caller, run_id):
        failure = sentences.failure(code)
        details = {"runId": str(run_id), "reason": failure.code, "retryable": failure.is_retryable}
        raise RunFailed(failure.sentence, details=details)
    async with database.reading() as db:
        session = await sessions.find(db, caller.actor, session_id)
        waiting = await open_question(db, caller, session)
    row = next((row for row in await turns.page(database, session_id) if row.run_id == run_id), None)
    if row is None:
        raise NotFound(N_("There is no such answer."))
    (turn,) = await told(caller, session, [row])
    return Sent(turn=turn, interrupt=waiting)


async def _end(caller: Caller, run_id: uuid.UUID) -> str | None:
    """Wait until a run has ended or asks; returns the code of its failure, if it failed."""
    log = await log_of(caller.desk.database, caller.desk.event_log, run_id)
    follower = Follower(log, log.attempt_start)
    with caller.watching(follower.leave):
        async with contextlib.aclosing(follower.batches()) as batches:
            async for batch in batches:
                for logged in batch:
                    if isinstance(logged.event, Failed):
                        return logged.event.code
                    if isinstance(logged.event, QuestionOpened):
                        return None
    return None
