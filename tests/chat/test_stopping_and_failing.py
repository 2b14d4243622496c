"""Stop keeps what was written; a failure says why and can be tried again from the last step."""

import asyncio

import pytest
from sqlalchemy import select

from app.agent.model import ModelError
from app.chat.models import Run
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE


@ON_EACH_ENGINE
async def test_stop_keeps_what_was_written_and_marks_it(analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half an ", asyncio.Event()])
    session, run = await analyst.ask("Long?")
    while "Half an" not in (await analyst.get(f"/bi-chat/sessions/{session}")).text:
        events = asyncio.create_task(analyst.events(f"/bi-chat/runs/{run}/events"))
        await asyncio.sleep(0.2)
        assert (await analyst.post(f"/bi-chat/runs/{run}/stop", htmx=True)).status_code == 204
        assert (await events)[-1]["event"] == "done"
    page = await analyst.until(session, "stopped")
    assert "Half an" in page
    assert model.cancelled == 1


@ON_EACH_ENGINE
async def test_what_was_stopped_is_part_of_the_conversation(analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half an ", asyncio.Event()], [final_answer("Go on.")])
    session, run = await analyst.ask("Long?")
    await asyncio.sleep(0.2)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.ask("And then?", session)
    await analyst.until(session, "completed")
    assert [message.content for message in model.requests[-1].messages] == ["Long?", "Half an ", "And then?"]


async def test_stopping_twice_changes_nothing(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Done.")])
    session, run = await analyst.ask("Quick?")
    await analyst.until(session, "completed")
    assert (await analyst.post(f"/bi-chat/runs/{run}/stop")).status_code == 303
    await analyst.until(session, "completed")


@ON_EACH_ENGINE
async def test_a_failure_says_why_and_retry_goes_on_from_the_last_step(analyst: Person, model: ScriptedModel) -> None:
    model.add([Call("get_current_time")], ["It is ", ModelError("overloaded", "secret cause")])
    session, run = await analyst.ask("What time is it?")
    page = await analyst.until(session, "failed")
    assert "The language model is overloaded." in page
    assert "secret cause" not in page
    assert 'data-testid="retry"' in page
    model.add([final_answer("It is noon.")])
    assert (await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 200
    page = await analyst.until(session, "completed")
    assert "It is noon." in page
    assert page.count('data-testid="tool-step"') == 1
    assert len(model.requests[2].messages) == 3


async def test_only_a_failed_run_is_tried_again(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Fine.")])
    session, run = await analyst.ask("Fine?")
    await analyst.until(session, "completed")
    assert (await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 409


async def test_a_failing_tool_never_ends_the_run(analyst: Person, model: ScriptedModel) -> None:
    calls = [Call("no_such_tool"), Call("render_table", '{"result_id": 7'), Call("sql_execute", {"query": "DELETE FROM x"})]
    model.add(calls, [final_answer("I could not.")])
    session, _ = await analyst.ask("Break?")
    page = await analyst.until(session, "completed")
    assert "query contains disallowed keyword: DELETE" in page
    errors = [message.content for message in model.requests[1].messages[-3:]]
    assert sorted(error.split('"')[3] for error in errors) == ["invalid_arguments", "not_found", "policy_violation"]


@pytest.mark.parametrize(
    ("locale", "title", "reasons"),
    [
        ("en", "Query the database", ["refused", "faulty SQL"]),
        ("ru", "Запрос к базе данных", ["отклонён", "ошибка в SQL"]),
        ("uz", "Maʼlumotlar bazasiga soʻrov", ["rad etildi", "SQLda xato"]),
    ],
)
async def test_a_failed_step_says_why_in_the_readers_language(
    analyst: Person, model: ScriptedModel, locale: str, title: str, reasons: list[str]
) -> None:
    await analyst.post("/locale", locale=locale, next="/bi-chat")
    model.add([Call("sql_execute", {"query": query}) for query in ("DELETE FROM x", "SELECT FROM WHERE")], [final_answer("No.")])
    session, _ = await analyst.ask("Break?")
    page = await analyst.until(session, "completed")
    assert page.count(f'<span class="step-title">{title}</span>') == 2
    assert [f"— {reason}<" in page for reason in reasons] == [True, True]


@ON_EACH_ENGINE
async def test_losing_access_ends_open_streams_and_runs(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    from app.identity import users

    model.add(["Begun ", asyncio.Event()])
    _, run = await analyst.ask("Long?")
    following = asyncio.create_task(analyst.events(f"/bi-chat/runs/{run}/events"))
    await asyncio.sleep(0.2)
    await users.deactivate(chat.database, "analyst@one.test")
    await following
    async with asyncio.timeout(5):
        while not model.cancelled:
            await asyncio.sleep(0.05)


async def test_without_scripts_the_stop_button_belongs_to_a_form_with_a_token(analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half an ", asyncio.Event()])
    session, run = await analyst.ask("Long?")
    page = await analyst.until(session, "running")
    form = page.partition(f'id="run-{run}-stop"')[2].partition("</form>")[0]
    assert f'name="_csrf_token" value="{analyst.client.cookies["csrftoken"]}"' in form
    assert f'data-stop form="run-{run}-stop"' in page
    assert (await analyst.post(f"/bi-chat/runs/{run}/stop")).status_code == 303
    await analyst.until(session, "stopped")


@ON_EACH_ENGINE
async def test_two_presses_of_retry_are_one(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add(["It is ", ModelError("overloaded", "too much")])
    session, run = await analyst.ask("What time is it?")
    await analyst.until(session, "failed")
    model.add([0.5, final_answer("It is noon.")])
    answers = await asyncio.gather(*(analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert "It is noon." in await analyst.until(session, "completed")
    (row,) = await chat.database.rows(select(Run.attempt))
    assert row.attempt == 2
