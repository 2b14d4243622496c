"""What people say of answers: one opinion a person and answer, given, changed and taken back by whoever may read it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from app.audit.record import record
from app.chat import turns
from app.chat.models import UNFINISHED, Feedback
from app.database import Database, now
from app.errors import N_, Conflict, Invalid
from app.identity.actor import Actor

REASONS: Mapping[str, tuple[str, ...]] = {
    "up": ("exact", "clear", "quick", "other"),
    "down": ("wrong_figures", "misunderstood", "incomplete", "slow", "other"),
}
"""The reasons that go with a verdict. A good answer needs none."""
MOST_CHARS = 2000
SAID = select(Feedback.run_id, Feedback.verdict, Feedback.reason, Feedback.comment).where(
    Feedback.run_id.in_(bindparam("run_ids", expanding=True)), Feedback.user_id == bindparam("user_id")
)


class Opinion(msgspec.Struct, frozen=True):
    """A verdict, `up` or `down`, with one of its `REASONS` or none, and a comment."""

    verdict: str
    reason: str = ""
    comment: str = ""


async def of(database: Database, actor: Actor, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Opinion]:
    """Return what `actor` said of answers, by the ids of their runs."""
    if not run_ids:
        return {}
    rows = await database.rows(SAID, {"run_ids": run_ids, "user_id": actor.user_id})
    return {row.run_id: Opinion(row.verdict, row.reason, row.comment) for row in rows}


async def find_answer(database: Database, actor: Actor, run_id: uuid.UUID) -> Row[Any]:
    """Return the run of an answer that `actor` may read; raises `NotFound`, and `Conflict` while it is being worked on."""
    run, _ = await turns.find_run(database, actor, run_id)
    if run.status in UNFINISHED:
        raise Conflict(N_("This answer is still being worked on. Wait for it, then say what you think."))
    return run


async def give(database: Database, actor: Actor, run_id: uuid.UUID, opinion: Opinion) -> Opinion:
    """Keep what `actor` thinks of an answer instead of what they said before, and return it as kept.

    Raises `Invalid`, `NotFound` and `Conflict`.
    """
    run = await find_answer(database, actor, run_id)
    opinion = checked(opinion)
    try:
        await _keep(database, actor, run, opinion)
    except IntegrityError:  # The same person said something on another page at this moment.
        await _keep(database, actor, run, opinion)
    return opinion


def checked(opinion: Opinion) -> Opinion:
    """Return an opinion with its comment tidied; raises `Invalid`."""
    comment = opinion.comment.replace("\r\n", "\n").replace("\x00", "").strip()
    if opinion.verdict not in REASONS:
        raise Invalid(N_("Say whether the answer is good or not."), details={"verdict": "unknown"})
    if opinion.reason not in {"", *REASONS[opinion.verdict]}:
        raise Invalid(N_("Choose one of the reasons."), details={"reason": "unknown"})
    if opinion.verdict == "down" and not opinion.reason:
        raise Invalid(N_("Choose what is not good about the answer."), details={"reason": "missing"})
    if len(comment) > MOST_CHARS:
        message = N_("A comment has at most %(limit)s characters; this one has %(length)s.")
        raise Invalid(message, details={"comment": "too long"}, limit=MOST_CHARS, length=len(comment))
    return msgspec.structs.replace(opinion, comment=comment)


async def take_back(database: Database, actor: Actor, run_id: uuid.UUID) -> None:
    """Forget what `actor` said of an answer, if they did; raises `NotFound`."""
    run, _ = await turns.find_run(database, actor, run_id)
    mine = delete(Feedback).where(Feedback.run_id == run_id, Feedback.user_id == actor.user_id).returning(Feedback.verdict)
    async with database.writing() as db:
        verdict = (await db.execute(mine.execution_options(synchronize_session=False))).scalar_one_or_none()
        if verdict:
            record(db, actor, "feedback.removed", verdict=verdict, run_id=str(run_id), session_id=str(run.session_id))


async def _keep(database: Database, actor: Actor, run: Row[Any], opinion: Opinion) -> None:
    values = {**msgspec.structs.asdict(opinion), "updated_at": now()}
    async with database.writing() as db:
        mine = select(Feedback).where(Feedback.run_id == run.id, Feedback.user_id == actor.user_id)
        kept = (await db.execute(mine.with_for_update())).scalar_one_or_none()
        if kept is None:
            known = {"tenant_id": actor.tenant_id, "session_id": run.session_id, "run_id": run.id, "user_id": actor.user_id}
            db.add(Feedback(**known, **values))
        else:
            for name, value in values.items():
                setattr(kept, name, value)
        said = {"verdict": opinion.verdict, "reason": opinion.reason}
        record(db, actor, "feedback.given", None, **said, run_id=str(run.id), session_id=str(run.session_id))
