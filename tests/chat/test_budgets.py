"""Caps by the day: what people and companies may spend on the language model, checked before and between its calls."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app.chat import budgets
from app.chat.models import ModelCall
from app.database import Database, now
from app.identity.models import Tenant, User
from tests.chat.conftest import Chat, Person, new_uuid
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

PER_CALL = 15
"""What a call of the scripted model uses, in and out."""
SetClock = Callable[[dt.datetime], None]


async def cap(database: Database, tenant: str = "One", **caps: Any) -> None:
    async with database.writing() as db:
        await db.execute(update(Tenant).where(Tenant.name == tenant).values(**caps))


async def spend(database: Database, email: str, tokens: int, cost: str = "0", at: dt.datetime | None = None) -> None:
    """Have a person use the model."""
    async with database.writing() as db:
        user = (await db.scalars(select(User).where(User.email == email))).one()
        used = {"input_tokens": tokens - 1, "cached_tokens": 0, "output_tokens": 1, "cost": Decimal(cost)}
        call = {"step": 0, "provider": "p", "model": "m", "duration_ms": 1.0, "finish_reason": "stop", **used}
        db.add(ModelCall(tenant_id=user.tenant_id, user_id=user.id, **call, created_at=at or now()))


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return lambda moment: monkeypatch.setattr(budgets, "now", lambda: moment)


@ON_EACH_ENGINE
@pytest.mark.parametrize(
    ("caps", "tokens", "cost", "is_refused"),
    [
        ({"cap_user_tokens": 100}, 99, "0", False),
        ({"cap_user_tokens": 100}, 100, "0", True),
        ({"cap_user_cost": Decimal("0.5")}, 1, "0.49999999", False),
        ({"cap_user_cost": Decimal("0.5")}, 1, "0.50", True),
        ({"cap_user_tokens": 0}, 1, "0", True),
        ({"cap_user_tokens": None}, 2**31 - 1, "9999", False),
    ],
)
async def test_a_person_is_refused_once_their_cap_is_reached(
    chat: Chat, analyst: Person, model: ScriptedModel, caps: dict[str, Any], tokens: int, cost: str, *, is_refused: bool
) -> None:
    model.add([final_answer("Yes.")], [final_answer("Yes.")])
    await cap(chat.database, **caps)
    await spend(chat.database, "analyst@one.test", tokens, cost)
    answer = await analyst.post("/bi-chat/messages", content="May I?")
    assert answer.status_code == (429 if is_refused else 303)
    if caps.get("cap_user_tokens") != 0:
        async with chat.person("viewer@one.test") as colleague:
            assert (await colleague.post("/bi-chat/messages", content="And I?")).status_code == 303


@ON_EACH_ENGINE
@pytest.mark.parametrize("caps", [{"cap_tenant_tokens": 100}, {"cap_tenant_cost": Decimal("1.5")}])
async def test_a_company_is_refused_together_and_the_other_one_is_not(
    chat: Chat, analyst: Person, model: ScriptedModel, caps: dict[str, Any]
) -> None:
    model.add([final_answer("Yes.")])
    await cap(chat.database, **caps)
    for email in ("viewer@one.test", "auditor@one.test", "analyst@two.test"):
        await spend(chat.database, email, 50, "0.75")
    page = await analyst.post("/bi-chat/messages", content="May <I>?")
    assert page.status_code == 429
    assert "Your company has used up its budget" in page.text
    assert "May &lt;I&gt;?</textarea>" in page.text
    assert model.requests == []
    async with chat.person("analyst@two.test") as other:
        assert (await other.post("/bi-chat/messages", content="And we?")).status_code == 303


async def test_every_door_refuses_with_the_code_that_no_retry_helps(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Before.")])
    session, run = await analyst.ask("Before?")
    page = await analyst.until(session, "completed")
    await cap(chat.database, cap_user_tokens=PER_CALL)
    async with chat.program("analyst@one.test") as program:
        answer = await program.post("/bi-chat/stream", json={"content": "May I?", "sessionId": session})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["retryAfter"]) == (
        429,
        "quota",
        int(answer.headers["retry-after"]),
    )
    question = page.split('data-turn-id="', 1)[1].split('"', 1)[0]
    for path in (f"/bi-chat/sessions/{session}/messages", f"/bi-chat/turns/{question}/versions"):
        for htmx in (True, False):
            refused = await analyst.post(path, htmx=htmx, content="Typed & kept")
            assert refused.status_code == 429
            assert "You have used up your budget of the language model for today." in refused.text
            assert htmx or "Typed &amp; kept</textarea>" in refused.text
    assert (await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 429
    assert len(model.requests) == 1


@pytest.mark.parametrize(("locale", "words"), [("ru", "израсходовали свой бюджет"), ("uz", "byudjetingizni")])
async def test_the_sentence_is_in_the_readers_language(chat: Chat, analyst: Person, locale: str, words: str) -> None:
    await cap(chat.database, cap_user_tokens=0)
    await analyst.post("/locale", locale=locale)
    page = await analyst.post("/bi-chat/messages", content="?")
    assert words in page.text
    assert "Asia/Tashkent" in page.text


@pytest.mark.parametrize(
    ("zone", "moment", "wait"),
    [
        ("Asia/Tashkent", dt.datetime(2026, 3, 10, 18, 59, 30, tzinfo=dt.UTC), 30),
        ("America/New_York", dt.datetime(2026, 3, 8, 16, 0, tzinfo=dt.UTC), 12 * 3600),
        ("UTC", dt.datetime(2026, 3, 8, 0, 0, tzinfo=dt.UTC), 24 * 3600),
    ],
)
async def test_the_day_ends_at_midnight_of_the_company(
    chat: Chat, analyst: Person, model: ScriptedModel, set_clock: SetClock, zone: str, moment: dt.datetime, wait: int
) -> None:
    model.add([final_answer("Again.")])
    await cap(chat.database, cap_user_tokens=100, time_zone=zone)
    await spend(chat.database, "analyst@one.test", 100, at=moment)
    set_clock(moment)
    refused = await analyst.post("/bi-chat/messages", content="Now?")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, str(wait))
    set_clock(moment + dt.timedelta(seconds=wait - 1))
    assert (await analyst.post("/bi-chat/messages", content="Now?")).status_code == 429
    set_clock(moment + dt.timedelta(seconds=wait))
    assert (await analyst.post("/bi-chat/messages", content="Now?")).status_code == 303


async def test_a_run_that_passes_the_cap_ends_and_keeps_what_was_written(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await cap(chat.database, cap_user_tokens=2 * PER_CALL)
    model.add(
        ["First I look. ", Call("get_current_time")], ["Then again. ", Call("get_current_time")], [final_answer("Never said.")]
    )
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="How long?")
    assert [event["type"] for event in events].count("tool_end") == 2
    assert (events[-1]["type"], events[-1]["code"], events[-1]["retryable"]) == ("error", "quota", False)
    assert len(model.requests) == 2
    page = await analyst.until(events[0]["sessionId"], "failed")
    assert "First I look." in page
    assert "Then again." in page
    assert "What was written is kept." in page
    await cap(chat.database, cap_user_tokens=None)
    await analyst.post(f"/bi-chat/runs/{events[1]['runId']}/retry")
    assert "Never said." in await analyst.until(events[0]["sessionId"], "completed")


async def test_an_answer_that_reaches_the_cap_is_given_whole(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    await cap(chat.database, cap_user_tokens=2 * PER_CALL)
    model.add([Call("get_current_time")], [final_answer("Just in time.")])
    session, _ = await analyst.ask("Just in time?")
    assert "Just in time." in await analyst.until(session, "completed")


async def test_a_run_that_waited_for_an_answer_is_checked_when_it_goes_on(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    asked = {"id": "q", "question": "Which?", "header": "Which", "multiSelect": False, "options": options}
    model.add([Call("ask_user_question", {"questions": [asked]})])
    session, _ = await analyst.ask("Ask me")
    page = await analyst.until(session, "waiting")
    await cap(chat.database, cap_tenant_tokens=PER_CALL)
    checkpoint = page.split('data-checkpoint-id="', 1)[1].split('"', 1)[0]
    await analyst.post(f"/bi-chat/questions/{checkpoint}/answer", answer__q="a")
    await analyst.until(session, "failed")
    assert len(model.requests) == 1


async def test_the_same_request_again_is_the_same_run_even_when_nothing_is_left(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([final_answer("Once.")])
    request_id = new_uuid()
    first = await analyst.post("/bi-chat/messages", content="Once?", request_id=request_id)
    session = first.headers["location"].rsplit("/", 1)[-1]
    await analyst.until(session, "completed")
    await cap(chat.database, cap_user_tokens=0)
    again = await analyst.post("/bi-chat/messages", content="Once?", request_id=request_id)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="Once?", requestId=request_id)
        other = await program.post("/bi-chat/stream", json={"content": "Twice?", "requestId": request_id})
    assert events[0]["sessionId"] == session
    assert "".join(event["content"] for event in events if event["type"] == "content") == "Once."
    assert other.status_code == 409
    assert len(model.requests) == 1
