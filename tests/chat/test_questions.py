"""Questions of the agent: a form that pauses the run, answered exactly once."""

import asyncio
import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from app.agent.events import Finished
from app.chat import questions
from app.chat.event_log import MemoryEventLog
from app.chat.models import Question, Run
from app.chat.runner import Runner
from app.database import now
from tests.chat.conftest import CHECKPOINT, Chat, Person
from tests.chat.test_two_workers import nothing
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

ASK = Call(
    "ask_user_question",
    {
        "questions": [
            {
                "id": "basis", "question": "Which revenue?", "header": "Revenue", "multiSelect": False,
                "options": [{"id": "paid", "label": "Paid", "description": "Money received"}, {"id": "all", "label": "All"}],
            },
            {
                "id": "branches", "question": "Which branches?", "header": "Branches", "multiSelect": True,
                "options": [{"id": "a", "label": "Chilonzor"}, {"id": "b", "label": "Buxoro"}],
            },
        ]
    },
)  # fmt: skip
GIVEN = {"answer.basis": "paid", "answer.branches": ["a", "b"], "other.branches": "and Nukus"}


@pytest.fixture
async def asked(analyst: Person, model: ScriptedModel) -> tuple[str, str, str]:
    """A waiting run: its session, its id and the checkpoint."""
    model.add([ASK], [final_answer("Thanks.")])
    session, run = await analyst.ask("How is revenue?")
    page = await analyst.until(session, "waiting")
    checkpoint = CHECKPOINT.search(page)
    assert checkpoint
    return session, run, checkpoint[1]


@ON_EACH_ENGINE
async def test_answering_resumes_the_same_run(analyst: Person, model: ScriptedModel, asked: tuple[str, str, str]) -> None:
    session, run, checkpoint = asked
    answer = await analyst.post(f"/bi-chat/questions/{checkpoint}/answer", htmx=True, **GIVEN)
    assert answer.status_code == 200
    assert "Chilonzor, Buxoro, and Nukus" in answer.text
    page = await analyst.until(session, "completed")
    assert "Thanks." in page
    assert page.count(f'data-run-id="{run}"') == 1
    heard = model.requests[-1].messages[-1].content
    assert '"basis":["paid"]' in heard
    assert '"and Nukus"' in heard


@ON_EACH_ENGINE
async def test_skipping_resumes_with_a_dismissal(analyst: Person, model: ScriptedModel, asked: tuple[str, str, str]) -> None:
    session, _, checkpoint = asked
    assert (await analyst.post(f"/bi-chat/questions/{checkpoint}/dismiss")).status_code == 303
    assert "The question was skipped" in await analyst.until(session, "completed")
    assert '"dismissed":true' in model.requests[-1].messages[-1].content


async def test_a_missing_answer_shows_the_form_again_with_what_was_chosen(analyst: Person, asked: tuple[str, str, str]) -> None:
    _, _, checkpoint = asked
    path = f"/bi-chat/questions/{checkpoint}/answer"
    for htmx in (True, False):
        again = await analyst.post(path, htmx=htmx, **{"answer.basis": "all"})
        assert again.status_code == 422
        assert "Choose an option or answer in your own words." in again.text
        assert 'value="all" checked' in again.text


@ON_EACH_ENGINE
async def test_a_second_submit_is_told_so_and_resumes_nothing(
    analyst: Person, model: ScriptedModel, asked: tuple[str, str, str]
) -> None:
    session, _, checkpoint = asked
    path = f"/bi-chat/questions/{checkpoint}/answer"
    answers = await asyncio.gather(*(analyst.post(path, htmx=True, **GIVEN) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    await analyst.until(session, "completed")
    assert len(model.requests) == 2
    late = await analyst.post(path, htmx=True, **GIVEN)
    assert "already been answered" in late.text


async def test_the_other_company_does_not_find_it(chat: Chat, asked: tuple[str, str, str]) -> None:
    async with chat.person("analyst@two.test") as stranger:
        for what in ("answer", "dismiss"):
            answer = await stranger.post(f"/bi-chat/questions/{asked[2]}/{what}", htmx=True, **GIVEN)
            assert answer.status_code == 404


async def test_an_auditor_may_not_answer_for_somebody(chat: Chat, asked: tuple[str, str, str]) -> None:
    async with chat.person("auditor@one.test") as auditor:
        assert (await auditor.post(f"/bi-chat/questions/{asked[2]}/answer", **GIVEN)).status_code == 403


async def test_it_expires_visibly(chat: Chat, analyst: Person, asked: tuple[str, str, str]) -> None:
    async with chat.database.writing() as db:
        await db.execute(
            text("UPDATE bichat_questions SET expires_at = :past"), {"past": str(now() - dt.timedelta(hours=1))[:26]}
        )
    refused = await analyst.post(f"/bi-chat/questions/{asked[2]}/answer", htmx=True, **GIVEN)
    assert refused.status_code == 409
    assert "expired" in refused.text


async def test_a_new_question_has_to_wait_for_the_answer(analyst: Person, asked: tuple[str, str, str]) -> None:
    refused = await analyst.post(f"/bi-chat/sessions/{asked[0]}/messages", htmx=True, content="Something else?")
    assert refused.status_code == 409
    assert "waiting for your answer" in refused.text


async def test_stopping_closes_the_question(analyst: Person, asked: tuple[str, str, str]) -> None:
    session, run, checkpoint = asked
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    assert 'data-testid="question-form"' not in await analyst.until(session, "stopped")
    late = await analyst.post(f"/bi-chat/questions/{checkpoint}/answer", htmx=True, **GIVEN)
    assert late.status_code == 409


@ON_EACH_ENGINE
async def test_calls_behind_a_question_wait_for_its_answer(analyst: Person, model: ScriptedModel) -> None:
    model.add([Call("get_current_time", id="before"), ASK, Call("schema_list", id="behind")], [final_answer("Thanks.")])
    session, _ = await analyst.ask("How is revenue?")
    page = await analyst.until(session, "waiting")
    assert 'data-tool="get_current_time"' in page
    assert 'data-tool="schema_list"' not in page
    checkpoint = CHECKPOINT.search(page)
    assert checkpoint
    assert (await analyst.post(f"/bi-chat/questions/{checkpoint[1]}/answer", htmx=True, **GIVEN)).status_code == 200
    page = await analyst.until(session, "completed")
    assert page.index('data-tool="get_current_time"') < page.index("and Nukus") < page.index('data-tool="schema_list"')
    assert len(model.requests) == 2
    assert "Thanks." in page


@ON_EACH_ENGINE
async def test_one_that_nobody_answers_expires_and_its_run_is_stopped(
    chat: Chat, analyst: Person, asked: tuple[str, str, str], tmp_path: Path
) -> None:
    session, run, _ = asked
    events = MemoryEventLog()
    log = events.open(uuid.UUID(run))
    runner = Runner(chat.database, events, nothing, data_dir=tmp_path)
    await questions.expire(chat.database, runner, events)
    assert not log.is_closed
    past = now() - dt.timedelta(hours=1)
    await chat.database.write(lambda db: db.execute(update(Question).values(expires_at=past)))
    await questions.expire(chat.database, runner, events)
    assert "The question expired without an answer." in await analyst.until(session, "stopped")
    assert [logged.event for logged in log.events] == [Finished("stopped")]


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_one_that_is_answered_while_it_expires_stays_answered(
    chat: Chat, asked: tuple[str, str, str], tmp_path: Path
) -> None:
    run_id, events = uuid.UUID(asked[1]), MemoryEventLog()
    log = events.open(run_id)
    runner = Runner(chat.database, events, nothing, data_dir=tmp_path)
    await chat.database.write(lambda db: db.execute(text("UPDATE bichat_questions SET expires_at = now() - interval '1 second'")))
    async with chat.database.writing() as db:
        await db.execute(text("UPDATE bichat_questions SET status = 'answered'"))
        await db.execute(text("UPDATE bichat_runs SET status = 'running', attempt = attempt + 1"))
        expiring = asyncio.create_task(questions.expire(chat.database, runner, events))
        await asyncio.wait([expiring], timeout=0.5)
    await expiring
    (question,) = await chat.database.rows(select(Question.status))
    (run,) = await chat.database.rows(select(Run.status))
    assert (question.status, run.status, log.is_closed) == ("answered", "running", False)
