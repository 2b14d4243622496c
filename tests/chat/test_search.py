"""Search finds questions, answers and titles in what stands in a person's list, whatever the form or spelling of a word."""

import importlib
import re
import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from app.agent.model import ModelError
from app.chat import organising, search, turns
from app.chat.excerpts import Piece, excerpt, marked, wanted_of
from app.chat.models import Message, SearchEntry, Session
from app.chat.view import SearchHits
from app.database import Database, new_id
from app.errors import Invalid
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import User
from tests.chat.conftest import Chat, Person
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

TURN = re.compile(r'data-turn-id="([^"]+)"')


async def talk(person: Person, model: ScriptedModel, *exchanges: tuple[str, str]) -> str:
    session = ""
    for question, answer in exchanges:
        model.add([final_answer(answer)])
        session, _ = await person.ask(question, session)
        await person.until(session, "completed")
    return session


async def actor_of(database: Database, email: str) -> Actor:
    async with database.reading() as db:
        user_id = (await db.execute(select(User.id).where(User.email == email))).scalar_one()
    actor = await sign_in.by_user_id(database, user_id)
    assert actor
    return actor


async def find(chat: Chat, words: str, email: str = "analyst@one.test", **options: object) -> SearchHits:
    return await search.search(chat.database, await actor_of(chat.database, email), words, **options)  # type: ignore[arg-type]  # passed on as they are


def told(found: SearchHits) -> list[str]:
    return ["".join(piece.text for piece in hit.excerpt or hit.title) for hit in found.hits]


@ON_EACH_ENGINE
async def test_words_are_found_in_any_form_in_questions_before_answers_and_newest_first(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await talk(analyst, model, ("Какая была выручка по филиалам?", "Выросла."), ("Show overdue payments", "None in Samarqand."))
    await talk(analyst, model, ("Samarqand filiallari boʻyicha tushum", "Koʻp."), ("Выручкой довольны?", "Да, в Самарканде."))
    assert told(await find(chat, "выручки")) == ["Выручкой довольны?", "Какая была выручка по филиалам?"]
    assert told(await find(chat, "samarqandda")) == ["Samarqand filiallari boʻyicha tushum", "None in Samarqand."]
    assert told(await find(chat, "payment samarqand")) == ["None in Samarqand."]
    assert told(await find(chat, "overd")) == ["Show overdue payments"]
    for spelling in ("bo'yicha", "boʻyicha", "bo`yicha", "boyicha", "бўйича"):
        assert told(await find(chat, spelling)) == ["Samarqand filiallari boʻyicha tushum"], spelling
    for nothing in ("nowhere", "s", "", "  ", '" OR *', "' & | !", "payment nowhere"):
        assert told(await find(chat, nothing)) == [], nothing


@ON_EACH_ENGINE
async def test_pages_of_hits_follow_each_other_without_gaps(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    await talk(analyst, model, *((f"Stock {number}?", "Enough.") for number in range(3)), ("And then?", "No stock."))
    hits, after = [], None
    for _ in range(4):
        page = await find(chat, "stock", limit=1, after=after)
        hits, after = hits + told(page), page.after
    assert hits == ["Stock 2?", "Stock 1?", "Stock 0?", "No stock."]
    assert after is None
    with pytest.raises(Invalid):
        await find(chat, "stock", after="1-x")


@ON_EACH_ENGINE
async def test_what_is_not_shown_is_not_found(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    first = await talk(analyst, model, ("Revenue of January?", "One."))
    turn = TURN.findall((await analyst.get(f"/bi-chat/sessions/{first}")).text)[0]
    model.add([final_answer("Two.")])
    await analyst.post(f"/bi-chat/turns/{turn}/versions", htmx=True, content="Revenue of March?")
    await analyst.until(first, "completed")
    assert told(await find(chat, "revenue march")) == ["Revenue of March?"]
    assert told(await find(chat, "january")) == ["Revenue of January?"], "the title still says it"
    assert told(await find(chat, "two")) == ["Two."]
    assert told(await find(chat, "one")) == []
    await analyst.post(f"/bi-chat/turns/{turn}/show", htmx=True)
    assert told(await find(chat, "two")) == []
    assert told(await find(chat, "one")) == ["One."]

    actor, session_id = await actor_of(chat.database, "analyst@one.test"), uuid.UUID(first)
    async with chat.database.writing() as db:
        await organising.rename(db, actor, session_id, "Winter figures")
        await organising.archive(db, actor, session_id, archived=True)
    found = await find(chat, "winter")
    assert (told(found), found.hits[0].is_archived, found.hits[0].message_id) == (["Winter figures"], True, None)
    async with chat.database.writing() as db:
        await organising.clear(db, actor, session_id)
    assert told(await find(chat, "january")) == []
    assert told(await find(chat, "winter")) == ["Winter figures"]
    async with chat.database.writing() as db:
        await organising.delete(db, actor, session_id)
    assert told(await find(chat, "winter")) == []
    async with chat.database.writing() as db:
        await organising.restore(db, actor, session_id)
    assert told(await find(chat, "winter")) == ["Winter figures"]


@ON_EACH_ENGINE
async def test_a_person_finds_only_their_own(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    await talk(analyst, model, ("Secret revenue?", "Secret figures."))
    for email in ("viewer@one.test", "auditor@one.test", "admin@one.test", "analyst@two.test"):
        async with chat.person(email) as other:
            page = await other.get("/bi-chat/search?q=secret")
            assert page.status_code == 200
            assert "search-hit" not in page.text.replace("search-hits", "")
    mine = await actor_of(chat.database, "analyst@one.test")
    assert told(await find(chat, mine.user_id.hex, "viewer@one.test")) == []
    assert told(await find(chat, "secret")) == ["Secret revenue?"]
    for beginning in (mine.user_id.hex[:2], mine.user_id.hex[:8], mine.user_id.hex):
        assert told(await find(chat, beginning)) == [], "ids are no words"


@ON_EACH_ENGINE
async def test_what_others_share_is_found_as_long_as_they_do(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Secret revenue?", "Ten umbrellas."))
    await talk(analyst, model, ("Secret stock?", "Nobody else sees umbrellas."))
    address, member = f"/bi-chat/sessions/{session}", "viewer@one.test"
    await analyst.post(f"{address}/members", email=member, role="viewer")
    await analyst.post(f"{address}/archive")
    found = await find(chat, "secret", member)
    assert told(found) == ["Secret revenue?"]
    assert (found.hits[0].owner, found.hits[0].is_archived) == ("analyst@one.test", False), "it is archived for its owner only"
    assert told(await find(chat, "umbrella", member)) == ["Ten umbrellas."]
    assert len((await find(chat, "secret")).hits) == 2
    for email in ("auditor@one.test", "admin@one.test", "analyst@two.test"):
        assert told(await find(chat, "secret", email)) == [], email
    async with chat.person(member) as viewer:
        assert "Shared by analyst@one.test" in (await viewer.get("/bi-chat/search?q=secret")).text
    key = (await actor_of(chat.database, member)).user_id
    await analyst.post(f"{address}/members/{key}/remove")
    assert told(await find(chat, "secret umbrella", member)) == []


@ON_EACH_ENGINE
async def test_what_an_address_opens_is_found_by_who_keeps_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Secret revenue?", "Ten."))
    address, email = f"/bi-chat/sessions/{session}", "viewer@one.test"
    await analyst.post(f"{address}/link", role="viewer")
    async with chat.person(email) as viewer:
        assert told(await find(chat, "secret", email)) == []
        await viewer.post(f"{address}/keep")
        assert told(await find(chat, "secret", email)) == ["Secret revenue?"]
    await analyst.post(f"{address}/delete")
    assert told(await find(chat, "secret", email)) == []
    await analyst.post(f"{address}/restore")
    assert told(await find(chat, "secret", email)) == ["Secret revenue?"]
    await analyst.post(f"{address}/link", role="")
    assert told(await find(chat, "secret", email)) == []


@ON_EACH_ENGINE
async def test_rows_that_go_leave_no_words_behind(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Revenue?", "Ten."))
    async with chat.database.writing() as db:
        await db.execute(delete(Message).where(Message.session_id == uuid.UUID(session), Message.role != "user"))
        await db.execute(delete(Session).where(Session.id == uuid.UUID(session)))
    assert told(await find(chat, "revenue")) == []
    async with chat.database.writing() as db:
        assert (await db.execute(select(SearchEntry))).first() is None
        if chat.database.is_sqlite:
            for name in ("bichat_words_asked", "bichat_words_said"):
                await db.execute(text(f"INSERT INTO {name}({name}) VALUES ('integrity-check')"))


async def test_half_an_answer_is_found_until_it_is_tried_again(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half of it", ModelError("overloaded", "busy")])
    session, run = await analyst.ask("Revenue?")
    await analyst.until(session, "failed")
    assert told(await find(chat, "half")) == ["Half of it"]
    model.add([final_answer("All of it.")])
    await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)
    await analyst.until(session, "completed")
    assert told(await find(chat, "half")) == []
    assert told(await find(chat, "all of it")) == ["All of it."]


async def test_the_page_works_without_scripts_and_leads_to_the_turn(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Revenue <b>now</b>?", "Ten & more."), ("Stock?", "None."))
    turn = TURN.findall((await analyst.get(f"/bi-chat/sessions/{session}")).text)[0]
    page = await analyst.get("/bi-chat/search?q=revenues")
    assert f'href="/bi-chat/sessions/{session}?turn={turn}#turn-{turn}"' in page.text
    assert "<mark>Revenue</mark> &lt;b" in page.text
    partial = await analyst.client.get("/bi-chat/search?q=nowhere", headers={"HX-Request": "true"})
    assert "<html" not in partial.text
    assert "nowhere" in partial.text
    assert "Type at least two letters." in (await analyst.get("/bi-chat/search?q=x")).text
    assert (await analyst.get("/bi-chat/search?q=stock&after=7")).status_code == 400


async def test_a_turn_of_long_ago_is_opened_with_what_followed(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Question 0?", "Yes."))
    actor = await actor_of(chat.database, "analyst@one.test")
    common = {"tenant_id": actor.tenant_id, "session_id": uuid.UUID(session), "author_id": actor.user_id, "role": "user"}
    later = [Message(**common, id=new_id(), content=f"Question {number}?") for number in range(1, turns.PAGE + 1)]
    async with chat.database.writing() as db:
        first = (await db.execute(select(Message.id).where(Message.content == "Question 0?"))).scalar_one()
        db.add_all(later)
    early = await analyst.get(f"/bi-chat/sessions/{session}?turn={first}")
    assert TURN.findall(early.text) == [str(first), *(str(message.id) for message in later[:20])]
    assert "latest-turns" in early.text
    for latest in (later[0].id, later[-1].id, uuid.uuid4(), "nonsense"):
        page = await analyst.get(f"/bi-chat/sessions/{session}?turn={latest}")
        assert TURN.findall(page.text)[-1] == str(later[-1].id)
        assert "latest-turns" not in page.text


async def test_excerpts_are_made_beside_the_event_loop(
    chat: Chat, analyst: Person, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(analyst, model, ("How much?", "Sales in Samarqand grew."))
    threads: list[threading.Thread] = []

    def noted(*given: Any) -> tuple[Piece, ...]:
        threads.append(threading.current_thread())
        return excerpt(*given)

    monkeypatch.setattr(search, "excerpt", noted)
    assert told(await find(chat, "samarqand")) == ["Sales in Samarqand grew."]
    assert threads
    assert threading.main_thread() not in threads


def test_excerpts_hold_the_words_and_no_markup() -> None:
    long = "**Intro** " * 60 + "| Chilonzor | 412 |\n|---|---|\n tushum oʻsdi " + "end " * 80
    pieces = excerpt(long, wanted_of("chilonzorda tushumi"))
    shown = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.is_hit] == ["Chilonzor", "tushum"]
    assert not set("*|") & set(shown)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 180
    assert [piece.text for piece in marked("Ещё отчёт", wanted_of("отчет")) if piece.is_hit] == ["отчёт"]


@ON_EACH_ENGINE
async def test_what_was_said_before_there_was_a_search_is_found(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("Revenue of January?", "One."), ("Stock?", "Two."))
    actor = await actor_of(chat.database, "analyst@one.test")
    async with chat.database.writing() as db:
        await organising.rename(db, actor, uuid.UUID(session), "Winter figures")
    every = select(
        SearchEntry.session_id, SearchEntry.message_id, SearchEntry.answer_id, SearchEntry.asked, SearchEntry.told
    ).order_by(SearchEntry.asked)
    async with chat.database.reading() as db:
        written = (await db.execute(every)).all()
    migration = importlib.import_module("migrations.versions.0007_find_what_was_said")
    async with chat.database.writing() as db:
        await db.execute(delete(SearchEntry))
        await (await db.connection()).run_sync(migration.fill)
    async with chat.database.reading() as db:
        assert (await db.execute(every)).all() == written
    assert len(written) == 3
    assert told(await find(chat, "winter")) == ["Winter figures"]
