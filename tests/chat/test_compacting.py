"""The first turns of a conversation go behind a summary that the analyst goes on with; people can unfold what it replaced."""

import asyncio
import re
import uuid

from sqlalchemy import func, select, update

from app.agent.model import ModelError
from app.audit.models import AuditEntry
from app.chat.models import Message, ModelCall, Run
from app.chat.purging import KEPT, purge
from app.database import now
from app.files.storage import open_storage
from app.identity.models import Tenant
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_versions import talk, turns_of
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

SUMMARY = re.compile(r' id="summary-([0-9a-f-]{36})"')
FOUR = (("First?", "One."), ("Second?", "Two."), ("Third?", "Three."), ("Fourth?", "Four."))


async def compacted(person: Person, model: ScriptedModel, session: str, summary: str = "- They asked twice: *one*, two.") -> str:
    """Summarise a conversation and return the summary's id."""
    model.add([summary])
    answer = await person.post(f"/bi-chat/sessions/{session}/compact")
    assert answer.status_code == 303, answer.text
    return SUMMARY.findall((await person.get(f"/bi-chat/sessions/{session}")).text)[0]


@ON_EACH_ENGINE
async def test_the_model_goes_on_with_the_summary_and_the_last_turns(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    await compacted(analyst, model, session)
    assert [message.content for message in model.requests[-1].messages] == [
        "First?", "One.", "Second?", "Two.", "Write the summary of this conversation.",
    ]  # fmt: skip
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "They asked twice: <em>one</em>, two." in page
    assert "Summary of 2 earlier questions" in page
    assert not any(text in page for text in ("One.", "Second?"))
    assert all(text in page for text in ("Third?", "Four."))
    model.add([final_answer("Five.")])
    await analyst.ask("Fifth?", session)
    await analyst.until(session, "completed")
    said = [message.content for message in model.requests[-1].messages]
    assert said[0].endswith("They asked twice: *one*, two.")
    assert said[1:] == ["Third?", "Three.", "Fourth?", "Four.", "Fifth?"]


@ON_EACH_ENGINE
async def test_what_was_replaced_is_unfolded_and_brought_back(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    before = await turns_of(analyst, session)
    summary = await compacted(analyst, model, session)
    assert await turns_of(analyst, session) == before[2:]
    unfolded = (await analyst.get(f"/bi-chat/summaries/{summary}")).text
    assert all(text in unfolded for text in ("First?", "One.", "Second?", "Two."))
    assert "Third?" not in unfolded
    assert "edit-message" not in unfolded
    model.add([final_answer("Five.")])
    await analyst.ask("Fifth?", session)
    await analyst.until(session, "completed")
    shown = await analyst.post(f"/bi-chat/summaries/{summary}/undo", htmx=True)
    assert (await turns_of(analyst, session))[:4] == before
    assert "summary-turn" not in shown.text
    model.add([final_answer("Six.")])
    await analyst.ask("Sixth?", session)
    await analyst.until(session, "completed")
    assert [message.content for message in model.requests[-1].messages][:3] == ["First?", "One.", "Second?"]
    assert (await analyst.post(f"/bi-chat/summaries/{summary}/undo")).status_code == 404


async def test_versions_of_what_is_kept_stay_and_those_behind_the_summary_rest(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    first, _, third, _ = await turns_of(analyst, session)
    model.add([final_answer("Three again.")])
    await analyst.post(f"/bi-chat/turns/{third}/versions", content="Third, again?")
    await analyst.until(session, "completed")
    await analyst.post(f"/bi-chat/turns/{third}/show")
    await compacted(analyst, model, session)
    assert "1/2" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    other = (await turns_of(analyst, session))[0]
    assert other == third
    for action in ("show", "versions"):
        assert (await analyst.post(f"/bi-chat/turns/{first}/{action}", content="No?")).status_code == 404
    model.add([final_answer("Once more.")])
    await analyst.post(f"/bi-chat/turns/{third}/versions", content="Third, once more?")
    page = await analyst.until(session, "completed")
    assert "3/3" in page
    assert "summary-turn" in page
    assert [message.content for message in model.requests[-1].messages][1:] == ["Third, once more?"]


async def test_a_second_summary_takes_the_first_one_in(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    first = await compacted(analyst, model, session, "The first summary.")
    model.add([final_answer("Five.")])
    await analyst.ask("Fifth?", session)
    await analyst.until(session, "completed")
    second = await compacted(analyst, model, session, "The second summary.")
    said = [message.content for message in model.requests[-1].messages]
    assert said[0].endswith("The first summary.")
    assert said[1:-1] == ["Third?", "Three."]
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "The second summary." in page
    assert "The first summary." not in page
    unfolded = (await analyst.get(f"/bi-chat/summaries/{second}")).text
    assert all(text in unfolded for text in ("The first summary.", "Third?", f"/bi-chat/summaries/{first}"))
    assert "summary-undo" not in unfolded
    assert (await analyst.post(f"/bi-chat/summaries/{first}/undo")).status_code == 409


async def test_search_finds_what_a_summary_replaced_and_opens_it(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Umbrellas in Samarqand?", "One."), *FOUR)
    turn = (await turns_of(analyst, session))[0]
    summary = await compacted(analyst, model, session)
    found = (await analyst.get("/bi-chat/search?q=umbrellas")).text
    assert turn in found
    opened = await analyst.get(f"/bi-chat/sessions/{session}?turn={turn}")
    assert opened.status_code == 303
    assert opened.headers["location"] == f"/bi-chat/summaries/{summary}?turn={turn}#turn-{turn}"
    assert "Umbrellas in Samarqand?" in (await analyst.get(opened.headers["location"])).text


async def test_too_short_a_conversation_and_one_at_work_are_left_alone(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR[:2])
    refused = await analyst.post(f"/bi-chat/sessions/{session}/compact", htmx=True)
    assert (refused.status_code, "There is nothing to summarise yet" in refused.text) == (409, True)
    gate = asyncio.Event()
    model.add([gate, final_answer("Three.")])
    await analyst.ask("Third?", session)
    assert (await analyst.post(f"/bi-chat/sessions/{session}/compact")).status_code == 409
    gate.set()
    await analyst.until(session, "completed")
    summary = await compacted(analyst, model, session)
    assert (await analyst.post(f"/bi-chat/sessions/{session}/compact")).status_code == 409
    gate.clear()
    model.add([gate, final_answer("Four.")])
    await analyst.ask("Fourth?", session)
    assert (await analyst.post(f"/bi-chat/summaries/{summary}/undo")).status_code == 409
    gate.set()
    await analyst.until(session, "completed")


async def test_a_failing_model_changes_nothing_and_says_so(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    for failing in ([ModelError("overloaded", "secret cause")], ["  "]):
        model.add(failing)
        refused = await analyst.post(f"/bi-chat/sessions/{session}/compact", htmx=True)
        assert refused.status_code == 503
        assert "The summary could not be written, and nothing was changed." in refused.text
        assert "secret" not in refused.text
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "First?" in page
    assert "summary-turn" not in page


async def test_two_summaries_at_once_become_one(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    gate = asyncio.Event()
    model.add([gate, "One summary."], [gate, "Other summary."])
    both = [asyncio.create_task(analyst.post(f"/bi-chat/sessions/{session}/compact")) for _ in range(2)]
    while len(model.requests) < 6:
        await asyncio.sleep(0.01)
    gate.set()
    assert sorted(answer.status_code for answer in await asyncio.gather(*both)) == [303, 409]


async def test_the_call_is_noted_counted_and_audited(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    await compacted(analyst, model, session)
    async with chat.database.reading() as db:
        assert await db.scalar(select(func.count()).where(ModelCall.run_id.is_(None), ModelCall.session_id.is_not(None))) == 1
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "session.compacted"))).one()
    assert {"turns": 2, "messages": 4, "artifacts": 0}.items() <= entry.details.items()
    session = await talk(analyst, model, *FOUR)
    async with chat.database.writing() as db:
        await db.execute(update(Tenant).values(cap_user_tokens=1))
    spent = await analyst.post(f"/bi-chat/sessions/{session}/compact", htmx=True)
    assert spent.status_code == 429
    assert "You have used up your budget" in spent.text


async def test_programs_summarise_too_and_others_may_not(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *FOUR)
    call = {"id": "1", "method": "bichat.session.compact", "params": {"id": session}}
    for email, code in (("viewer@one.test", "not_found"), ("auditor@one.test", "forbidden"), ("analyst@two.test", "not_found")):
        async with chat.program(email) as other:
            assert (await other.post("/bi-chat/rpc", json=call)).json()["error"]["code"] == code
    model.add(["In short."])
    async with chat.program("analyst@one.test") as program:
        done = (await program.post("/bi-chat/rpc", json=call)).json()["result"]
        got = (await program.post("/bi-chat/rpc", json={**call, "method": "bichat.session.get"})).json()["result"]
        again = (await program.post("/bi-chat/rpc", json=call)).json()["error"]
    assert done == {"success": True, "summary": "In short.", "deletedMessages": 4, "deletedArtifacts": 0}
    assert (got["summary"]["content"], got["summary"]["turns"], len(got["turns"])) == ("In short.", 2, 2)
    assert again["code"] == "conflict"
    async with chat.program("analyst@one.test") as program:
        undo = {**call, "method": "bichat.session.uncompact"}
        back = (await program.post("/bi-chat/rpc", json=undo)).json()["result"]["session"]
        whole = (await program.post("/bi-chat/rpc", json={**call, "method": "bichat.session.get"})).json()["result"]
        nothing = (await program.post("/bi-chat/rpc", json=undo)).json()["error"]
        model.add(["In short."])
        await program.post("/bi-chat/rpc", json=call)
        got = (await program.post("/bi-chat/rpc", json={**call, "method": "bichat.session.get"})).json()["result"]
    assert (back["id"], len(whole["turns"]), "summary" in whole) == (session, 4, False)
    assert nothing["code"] == "not_found"
    summary = got["summary"]["id"]
    for email, reads, writes in (
        ("viewer@one.test", 404, 404), ("auditor@one.test", 200, 403), ("analyst@two.test", 404, 404),
        ("nobody@one.test", 403, 403),
    ):  # fmt: skip
        async with chat.person(email) as other:
            assert (await other.get(f"/bi-chat/summaries/{summary}")).status_code == reads
            assert (await other.post(f"/bi-chat/summaries/{summary}/undo")).status_code == writes
            page = await other.get(f"/bi-chat/sessions/{session}")
            assert "summary-undo" not in page.text


@ON_EACH_ENGINE
async def test_after_a_month_only_the_summary_is_left(
    chat: Chat, analyst: Person, model: ScriptedModel, chat_settings: Settings
) -> None:
    session = await talk(analyst, model, *FOUR)
    summary = await compacted(analyst, model, session)
    storage = open_storage(chat_settings.storage_url)
    await purge(chat.database, storage, now())
    assert (await analyst.get(f"/bi-chat/summaries/{summary}")).status_code == 200
    async with chat.database.writing() as db:
        await db.execute(update(Message).where(Message.id == uuid.UUID(summary)).values(created_at=now() - KEPT))
    assert (await analyst.get(f"/bi-chat/summaries/{summary}")).status_code == 404
    assert (await analyst.post(f"/bi-chat/summaries/{summary}/undo")).status_code == 409
    await purge(chat.database, storage, now())
    async with chat.database.reading() as db:
        assert await db.scalar(select(func.count()).select_from(Message).where(Message.summary_id.is_not(None))) == 0
        assert await db.scalar(select(func.count()).select_from(Run)) == 2
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "What it replaced was removed after 30 days." in page
    assert "Fourth?" in page
    model.add([final_answer("Five.")])
    await analyst.ask("Fifth?", session)
    assert "Five." in await analyst.until(session, "completed")
    assert len(model.requests[-1].messages) == 6
