"""Whoever may read an answer says what they think of it, changes that and takes it back."""

import asyncio
import uuid

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.chat.models import Feedback
from tests.chat.conftest import Chat, Person
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE


async def answered(person: Person, model: ScriptedModel) -> tuple[str, str]:
    """Return the ids of a session with one answer, and of its run."""
    model.add([final_answer("**Ten.**")])
    session, run = await person.ask("How many?")
    await person.until(session, "completed")
    return session, run


async def kept(chat: Chat) -> list[tuple[str, str, str]]:
    async with chat.database.reading() as db:
        rows = await db.execute(select(Feedback.verdict, Feedback.reason, Feedback.comment).order_by(Feedback.id))
        return [tuple(row) for row in rows]


def pressed(page: str) -> list[str]:
    return [verdict for verdict in ("up", "down") if f'data-testid="feedback-{verdict}" aria-pressed="true"' in page]


@ON_EACH_ENGINE
async def test_a_verdict_is_given_changed_and_taken_back(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run = await answered(analyst, model)
    address = f"/bi-chat/runs/{run}/feedback"
    thanked = await analyst.post(address, htmx=True, verdict="up")
    assert "Thank you" in thanked.text
    assert pressed(thanked.text) == ["up"]
    down = {"verdict": "down", "reason": "wrong_figures", "comment": "  It was <b>eleven</b>.  "}
    assert pressed((await analyst.post(address, htmx=True, **down)).text) == ["down"]
    assert await kept(chat) == [("down", "wrong_figures", "It was <b>eleven</b>.")]
    assert pressed((await analyst.get(f"/bi-chat/sessions/{session}")).text) == ["down"]
    form = (await analyst.get(address, params={"verdict": "down"}, headers={"HX-Request": "true"})).text
    assert 'value="wrong_figures" checked' in form
    assert "It was &lt;b&gt;eleven&lt;/b&gt;." in form
    assert pressed((await analyst.post(f"{address}/remove", htmx=True)).text) == []
    assert await kept(chat) == []
    assert pressed((await analyst.get(f"/bi-chat/sessions/{session}")).text) == []


async def test_what_does_not_do_is_said_with_the_form(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    _, run = await answered(analyst, model)
    address = f"/bi-chat/runs/{run}/feedback"
    wrong = [
        {"verdict": "down"}, {"verdict": "up", "reason": "slow"}, {"verdict": "sideways"}, {},
        {"verdict": "down", "reason": "other", "comment": "x" * 2001},
    ]  # fmt: skip
    for fields in wrong:
        for htmx in (True, False):
            answer = await analyst.post(address, htmx=htmx, **fields)
            assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), fields
    assert await kept(chat) == []


async def test_without_scripts_there_is_a_page_with_the_form(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run = await answered(analyst, model)
    address = f"/bi-chat/runs/{run}/feedback"
    for query in ("?verdict=up", "?verdict=down", "?verdict=nonsense", ""):
        page = await analyst.get(address + query)
        assert (page.status_code, f'action="{address}"' in page.text) == (200, True)
    given = await analyst.post(address, verdict="down", reason="slow")
    assert (given.status_code, given.headers["location"]) == (303, f"/bi-chat/sessions/{session}#run-{run}")
    assert await kept(chat) == [("down", "slow", "")]
    assert f"{address}/remove" in (await analyst.get(f"{address}?verdict=down")).text


async def test_an_answer_at_work_waits_for_its_verdict(analyst: Person, model: ScriptedModel) -> None:
    model.add([asyncio.Event()])
    _, run = await analyst.ask("How many?")
    assert (await analyst.post(f"/bi-chat/runs/{run}/feedback", verdict="up")).status_code == 409
    await analyst.post(f"/bi-chat/runs/{run}/stop")


async def test_readers_have_a_verdict_of_their_own_and_strangers_none(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run = await answered(analyst, model)
    address = f"/bi-chat/runs/{run}/feedback"
    await analyst.post(address, verdict="up")
    async with chat.person("auditor@one.test") as auditor:
        page = (await auditor.get(f"/bi-chat/sessions/{session}")).text
        assert 'data-testid="feedback-up"' in page
        assert pressed(page) == []
        assert (await auditor.post(address, htmx=True, verdict="down", reason="incomplete")).status_code == 200
        assert pressed((await auditor.get(f"/bi-chat/sessions/{session}")).text) == ["down"]
    assert pressed((await analyst.get(f"/bi-chat/sessions/{session}")).text) == ["up"]
    for email in ("viewer@one.test", "analyst@two.test"):
        async with chat.person(email) as stranger:
            assert (await stranger.get(address)).status_code == 404
            assert (await stranger.post(address, verdict="up")).status_code == 404
            assert (await stranger.post(f"{address}/remove")).status_code == 404
    assert [verdict for verdict, *_ in await kept(chat)] == ["up", "down"]
    assert (await analyst.post(f"/bi-chat/runs/{uuid.uuid4()}/feedback", verdict="up")).status_code == 404


async def test_it_is_recorded_without_the_comment(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    _, run = await answered(analyst, model)
    await analyst.post(f"/bi-chat/runs/{run}/feedback", verdict="down", reason="slow", comment="My secret")
    await analyst.post(f"/bi-chat/runs/{run}/feedback/remove")
    async with chat.database.reading() as db:
        entries = (await db.scalars(select(AuditEntry).where(AuditEntry.action.startswith("feedback.")))).all()
    assert [entry.action for entry in entries] == ["feedback.given", "feedback.removed"]
    assert entries[0].details["run_id"] == run
    assert not any("secret" in str(entry.details) for entry in entries)


async def test_the_buttons_come_over_the_stream_when_the_answer_ends(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Ten.")])
    _, run = await analyst.ask("How many?")
    drawn = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
    assert 'data-testid="feedback-down"' in drawn
