"""Ask one question through the runner that pages use, answer what the analyst asks back, and read what came of it."""

import contextlib
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.agent.tool import AskedQuestion
from app.chat import model_calls, questions, transcript, turns
from app.chat.desk import Desk
from app.chat.event_log import Failed, Follower, QuestionOpened
from app.chat.run_logs import log_of
from app.data import words
from app.data.results import rows_from
from app.evaluation.judging import Said
from app.files.models import Artifact
from app.identity.actor import Actor

SHOWING = {"table", "chart", "export"}


class Spent(msgspec.Struct, frozen=True):
    """What a turn took. `wrong_claims` are figures of the answer that nothing the analyst had read holds."""

    tool_calls: int = 0
    tokens: int = 0
    cost: Decimal | None = Decimal(0)
    seconds: float = 0.0
    wrong_claims: int = 0


class Asked(msgspec.Struct, frozen=True):
    """A turn that was held: its conversation and run, what was said, and what that took."""

    session_id: uuid.UUID
    run_id: uuid.UUID
    said: Said
    spent: Spent


async def ask(desk: Desk, actor: Actor, question: str, answers: Sequence[str], session_id: uuid.UUID | None) -> Asked:
    """Hold a turn, in a new conversation without `session_id`, and return what came of it."""
    most = desk.settings.max_message_chars
    added = await turns.add(desk.database, desk.runner, actor, turns.Draft(question), session_id=session_id, max_chars=most)
    left, asked, unanswered, failure = list(answers), 0, 0, ""
    offered: list[str] = []
    while True:
        event = await _end(desk, added.run_id)
        if isinstance(event, Failed):
            failure = event.code
        if not isinstance(event, QuestionOpened):
            break
        asked += 1
        offered += [f"{option.label}: {option.description}" for each in event.asked.questions for option in each.options]
        given = {each.id: [_chosen(each, left.pop(0))] for each in event.asked.questions if left}
        if len(given) == len(event.asked.questions):
            await questions.answer(desk.database, desk.runner, desk.event_log, actor, event.checkpoint_id, given)
        else:
            unanswered += 1
            await questions.dismiss(desk.database, desk.runner, desk.event_log, actor, event.checkpoint_id)
    read, spent = await _read(desk, added.run_id)
    told = {"asked": asked, "unanswered": unanswered, "unused": len(left), "failure": failure, "offered": "\n".join(offered)}
    said = msgspec.structs.replace(read, **told)
    return Asked(added.session_id, added.run_id, said, spent)


async def _end(desk: Desk, run_id: uuid.UUID) -> Failed | QuestionOpened | None:
    """Wait until a run has ended or asks; return its question or failure."""
    log = await log_of(desk.database, desk.event_log, run_id)
    follower = Follower(log, log.attempt_start)
    async with contextlib.aclosing(follower.batches()) as batches:
        async for batch in batches:
            for logged in batch:
                if isinstance(logged.event, Failed | QuestionOpened):
                    return logged.event
    return None


def _chosen(question: AskedQuestion, answer: str) -> str:
    """Return the option that is meant by its id or label, else the own words."""
    named = {option.id: option.id for option in question.options}
    labelled = {words.fold(option.label): option.id for option in question.options}
    return named.get(answer) or labelled.get(words.fold(answer)) or answer


async def _read(desk: Desk, run_id: uuid.UUID) -> tuple[Said, Spent]:
    run = await transcript.run_of(desk.database, run_id)
    told = await transcript.load(desk.database, run)
    rows = told.rows
    final = next((row for row in reversed(rows) if row.role == "assistant" and (row.details or {}).get("final")), None)
    made = await artifacts_of(desk, run_id)
    shown = {artifact.details.get("result_id") for artifact in made if artifact.kind in SHOWING}
    cells = [
        row for artifact in made if str(artifact.id) in shown for row in rows_from(artifact.details, artifact.content or b"[]")
    ]
    usage = await model_calls.sum_of(desk.database, run_id)
    checked: dict[str, Any] = (final.details or {}).get("claims", {}) if final else {}
    spent = Spent(
        tool_calls=sum(row.role == "tool" for row in told.every),
        tokens=usage.input_tokens + usage.output_tokens,
        cost=usage.cost,
        seconds=run.worked_ms / 1000,
        wrong_claims=len(checked.get("unmatched", ())),
    )
    shows_result = any(artifact.kind in SHOWING for artifact in made)
    return Said(final.content if final else "", cells, shows_result), spent


async def artifacts_of(desk: Desk, run_id: uuid.UUID) -> Sequence[Artifact]:
    """Return what a run has stored, with its content, in order."""
    statement = select(Artifact).options(undefer(Artifact.content)).where(Artifact.run_id == run_id)
    async with desk.database.reading() as db:
        return (await db.execute(statement.order_by(Artifact.created_at, Artifact.id))).scalars().all()
