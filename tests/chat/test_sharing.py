"""Conversations with members: who sees what, and what ends when somebody is let out."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.chat.models import Run
from app.identity import users
from app.identity.models import User
from tests.chat.conftest import PATIENCE, Chat, Person
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

OWNER, COLLEAGUE = "analyst@one.test", "viewer@one.test"
MARK = "icon-people"


@pytest.fixture
async def colleague(chat: Chat) -> AsyncIterator[Person]:
    async with chat.person(COLLEAGUE) as person:
        yield person


async def asked(analyst: Person, model: ScriptedModel, answer: str = "Forty-two.") -> tuple[str, str]:
    model.add([final_answer(answer)])
    session, run = await analyst.ask("How many?")
    await analyst.until(session, "completed")
    return session, run


async def share(owner: Person, session: str, role: str = "viewer", email: str = COLLEAGUE) -> httpx.Response:
    answer = await owner.post(f"/bi-chat/sessions/{session}/members", email=email, role=role)
    assert answer.status_code == 303, answer.text
    return answer


async def id_of(chat: Chat, email: str) -> uuid.UUID:
    async with chat.database.reading() as db:
        return (await db.scalars(select(User.id).where(User.email == email))).one()


async def remove(chat: Chat, owner: Person, session: str, email: str = COLLEAGUE) -> None:
    answer = await owner.post(f"/bi-chat/sessions/{session}/members/{await id_of(chat, email)}/remove")
    assert answer.status_code == 303


@contextlib.asynccontextmanager
async def following(client: httpx.AsyncClient, path: str, until: str) -> AsyncIterator[asyncio.Task[str]]:
    """Give what a stream says, which has said `until` already, once it ends."""
    heard, text = asyncio.Event(), ""

    async def read() -> str:
        nonlocal text
        async with client.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_text():
                text += piece
                if until in text:
                    heard.set()
        return text

    reading = asyncio.create_task(read())
    await asyncio.wait_for(heard.wait(), PATIENCE)
    yield reading
    reading.cancel()


async def actions(chat: Chat, *, of: str) -> list[str]:
    mine = select(AuditEntry.action).where(AuditEntry.user_id == await id_of(chat, of), AuditEntry.action.like("session.%"))
    async with chat.database.reading() as db:
        return list((await db.scalars(mine.order_by(AuditEntry.created_at, AuditEntry.id))).all())


@ON_EACH_ENGINE
async def test_a_shared_conversation_is_in_both_lists_and_says_whose_it_is(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    own, _ = await colleague.ask("Mine")
    assert session not in (await colleague.get("/bi-chat")).text
    await share(analyst, session)
    page = (await colleague.get("/bi-chat")).text
    assert page.index(own) < page.index(session)
    assert page.count(MARK) == 1
    assert MARK not in (await analyst.get("/bi-chat")).text.split("</nav>")[0]
    opened = (await colleague.get(f"/bi-chat/sessions/{session}")).text
    assert "Forty-two." in opened
    assert 'id="composer-input"' not in opened
    async with chat.program(COLLEAGUE) as program:
        listed = (await program.post("/bi-chat/rpc", json={"method": "bichat.session.list"})).json()["result"]
        assert [each["id"] for each in listed["sessions"]] == [own]
        got = (await program.post("/bi-chat/rpc", json={"method": "bichat.session.get", "params": {"id": session}})).json()
        assert got["result"]["session"]["access"] == {"role": "viewer", "canRead": True, "canWrite": False}


async def test_what_the_owner_pins_and_archives_stays_where_it_is_for_others(
    analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session)
    await analyst.post(f"/bi-chat/sessions/{session}/pin")
    assert "Pinned" not in (await colleague.get("/bi-chat")).text
    await analyst.post(f"/bi-chat/sessions/{session}/archive")
    assert session in (await colleague.get("/bi-chat")).text
    await analyst.post(f"/bi-chat/sessions/{session}/delete")
    assert session not in (await colleague.get("/bi-chat")).text
    assert (await colleague.get(f"/bi-chat/sessions/{session}")).status_code == 404


async def test_a_viewer_sees_the_same_live_stream(analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add(["Partly ", gate, final_answer("And wholly.")])
    session, run = await analyst.ask("How many?")
    await share(analyst, session)
    path = f"/bi-chat/runs/{run}/events"
    async with following(analyst.client, path, "Partly") as owners, following(colleague.client, path, "Partly") as theirs:
        gate.set()
        first, second = await asyncio.gather(owners, theirs)
    assert "And wholly." in second
    assert [line for line in first.splitlines() if line.startswith(("id:", "event:"))] == [
        line for line in second.splitlines() if line.startswith(("id:", "event:"))
    ]


@ON_EACH_ENGINE
async def test_removal_ends_what_is_open_at_once(chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    model.add(["Partly ", asyncio.Event()])
    session, run = await analyst.ask("How many?")
    await share(analyst, session)
    async with (
        chat.program(COLLEAGUE) as program,
        following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly") as page,
        following(program, f"/bi-chat/stream/events?runId={run}", "Partly") as tail,
    ):
        await remove(chat, analyst, session)
        async with asyncio.timeout(1):
            await asyncio.gather(page, tail)
        for path in (f"/bi-chat/sessions/{session}", f"/bi-chat/runs/{run}/events", f"/bi-chat/stream/events?runId={run}"):
            assert (await program.get(path)).status_code == 404
    await analyst.post(f"/bi-chat/runs/{run}/stop")


async def test_an_answer_says_who_stopped_it_unless_that_was_its_asker(
    analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    model.add(["Partly ", asyncio.Event()], ["Again ", asyncio.Event()])
    session, run = await analyst.ask("How many?")
    await share(analyst, session, "editor")
    async with following(analyst.client, f"/bi-chat/runs/{run}/events", "Partly") as page:
        await colleague.post(f"/bi-chat/runs/{run}/stop")
        assert "Stopped by" in await page
    assert "Stopped by" in await analyst.until(session, "stopped")
    await analyst.post(f"/bi-chat/runs/{run}/retry")
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    page_now = await colleague.until(session, "stopped")
    assert "Stopped by" not in page_now
    assert "Stopped</span>" in page_now


async def test_leaving_ends_what_is_open_and_leaves_the_list(analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    model.add(["Partly ", asyncio.Event()])
    session, run = await analyst.ask("How many?")
    await share(analyst, session)
    async with following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly") as page:
        assert (await colleague.post(f"/bi-chat/sessions/{session}/leave")).headers["location"] == "/bi-chat"
        await asyncio.wait_for(page, 1)
    assert session not in (await colleague.get("/bi-chat")).text
    assert (await colleague.get(f"/bi-chat/sessions/{session}")).status_code == 404
    assert (await analyst.post(f"/bi-chat/sessions/{session}/leave")).status_code == 409
    await analyst.post(f"/bi-chat/runs/{run}/stop")


@ON_EACH_ENGINE
async def test_an_editor_asks_as_themselves_and_the_author_finds_it(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session, "editor")
    model.add([final_answer("Of warehouses: seven.")])
    _, run = await colleague.ask("Warehouses?", session)
    assert "seven" in await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        assert (await db.get_one(Run, uuid.UUID(run))).user_id == await id_of(chat, COLLEAGUE)
    assert session in (await analyst.get("/bi-chat/search?q=warehouses")).text
    assert (await colleague.post(f"/bi-chat/sessions/{session}/title", title="Taken")).status_code == 403


async def test_an_editor_may_summarise_and_not_empty_what_is_somebody_elses(
    analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session, "editor")
    page, menu = [(await colleague.get(f"/bi-chat/sessions/{session}{part}")).text for part in ("", "/menu")]
    assert ('data-command="/compact"' in page, 'data-command="/clear"' in page) == (True, False)
    assert ("session-compact" in menu, "session-delete" in menu) == (True, False)
    for path, expected in (("/compact", 409), ("/clear", 403)):
        sent = await colleague.post(f"/bi-chat/sessions/{session}/messages", content=path)
        posted = await colleague.post(f"/bi-chat/sessions/{session}{path}")
        assert (sent.status_code, posted.status_code) == (expected, expected)
    assert 'data-command="/clear"' in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_losing_the_right_to_write_ends_what_was_asked_and_refuses_more(
    analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session, "editor")
    model.add(["Partly ", asyncio.Event()])
    _, run = await colleague.ask("And now?", session)
    async with following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly"):
        await share(analyst, session, "viewer")
    page = await colleague.until(session, "failed")
    assert 'id="composer-input"' not in page
    refused = await colleague.post(f"/bi-chat/sessions/{session}/messages", content="More?")
    assert refused.status_code == 403
    assert model.cancelled == 1


async def test_what_an_editor_left_unfinished_goes_on_as_the_authors(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session, "editor")
    model.add(["Partly ", asyncio.Event()], [final_answer("Wholly.")])
    _, run = await colleague.ask("And now?", session)
    async with following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly"):
        await remove(chat, analyst, session)
    await analyst.until(session, "failed")
    assert (await analyst.post(f"/bi-chat/runs/{run}/retry")).status_code == 303
    await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        assert (await db.get_one(Run, uuid.UUID(run))).user_id == await id_of(chat, OWNER)


@ON_EACH_ENGINE
async def test_a_link_opens_for_colleagues_until_it_is_closed(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    model.add(["Partly ", asyncio.Event()])
    session, run = await analyst.ask("How many?")
    address = f"/bi-chat/sessions/{session}"
    assert (await colleague.get(address)).status_code == 404
    await analyst.post(f"{address}/link", role="viewer")
    assert "keep-session" in (await colleague.get(address)).text
    assert session not in (await colleague.get("/bi-chat")).text
    await colleague.post(f"{address}/keep")
    assert session in (await colleague.get("/bi-chat")).text
    async with chat.person("analyst@two.test") as stranger:
        assert (await stranger.get(address)).status_code == 404
    async with chat.person("nobody@one.test") as nobody:
        assert (await nobody.get(address)).status_code == 403
    async with following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly") as page:
        await analyst.post(f"{address}/link", role="")
        await asyncio.wait_for(page, 1)
    assert session not in (await colleague.get("/bi-chat")).text
    assert (await colleague.get(address)).status_code == 404
    await analyst.post(f"/bi-chat/runs/{run}/stop")


@pytest.mark.parametrize(
    "email", ["nobody@one.test", "analyst@two.test", "who@one.test", OWNER, "", "x" * 500, "\x00", "gone@one.test"]
)
async def test_only_colleagues_who_may_use_the_chat_are_let_in(chat: Chat, analyst: Person, email: str) -> None:
    async with chat.database.writing() as db:
        await db.execute(update(User).where(User.email == "auditor@one.test").values(email="gone@one.test", is_active=False))
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    answer = await analyst.post(f"/bi-chat/sessions/{session}/members", email=email, role="viewer")
    assert answer.status_code == 422
    assert "form-error" in answer.text
    assert (await analyst.post(f"/bi-chat/sessions/{session}/members", email=COLLEAGUE, role="owner")).status_code == 422
    assert (await analyst.post(f"/bi-chat/sessions/{session}/link", role="owner")).status_code == 422


async def test_people_are_found_by_parts_of_their_names(chat: Chat, analyst: Person) -> None:
    async with chat.database.writing() as db:
        await db.execute(update(User).where(User.email == COLLEAGUE).values(first_name="Гулнора", last_name="Ахмедова"))
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    path = f"/bi-chat/sessions/{session}/colleagues"

    async def found(words: str) -> str:
        return (await analyst.client.get(path, params={"email": words}, headers={"HX-Request": "true"})).text

    assert COLLEAGUE in await found("ахм гул")
    assert COLLEAGUE not in await found("two.test")
    everybody = await found("")
    assert all(email not in everybody for email in (OWNER, "nobody@one.test", "analyst@two.test"))
    await share(analyst, session)
    assert COLLEAGUE not in await found("ахм")


async def test_losing_access_to_the_chat_ends_what_a_member_has_open(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    model.add(["Partly ", asyncio.Event()])
    session, run = await analyst.ask("How many?")
    await share(analyst, session)
    async with following(colleague.client, f"/bi-chat/runs/{run}/events", "Partly") as page:
        await users.set_role(chat.database, COLLEAGUE, None)
        await asyncio.wait_for(page, 5)
    await analyst.post(f"/bi-chat/runs/{run}/stop")


async def test_an_auditor_who_is_a_member_keeps_reading_without_readall(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.add(["Partly ", gate, final_answer("And wholly.")])
    session, run = await analyst.ask("How many?")
    await share(analyst, session, email="auditor@one.test")
    async with (
        chat.person("auditor@one.test") as auditor,
        following(auditor.client, f"/bi-chat/runs/{run}/events", "Partly") as page,
    ):
        await users.set_role(chat.database, "auditor@one.test", "Viewer")
        await share(analyst, session)  # Has all look at once what is open.
        gate.set()
        assert "And wholly." in await page


async def test_everything_is_in_the_record(chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session)
    await share(analyst, session)
    await share(analyst, session, "editor")
    await remove(chat, analyst, session)
    await analyst.post(f"/bi-chat/sessions/{session}/link", role="viewer")
    await analyst.post(f"/bi-chat/sessions/{session}/link", role="viewer")
    await analyst.post(f"/bi-chat/sessions/{session}/link", role="")
    await share(analyst, session)
    await colleague.post(f"/bi-chat/sessions/{session}/leave")
    assert await actions(chat, of=OWNER) == [
        "session.shared", "session.member_role_changed", "session.unshared", "session.link_opened", "session.link_closed",
        "session.shared",
    ]  # fmt: skip
    assert await actions(chat, of=COLLEAGUE) == ["session.left"]


DOORS = (
    "/bi-chat/sessions/{session}", "/bi-chat/sessions/{session}/turns", "/bi-chat/sessions/{session}/artifacts",
    "/bi-chat/sessions/{session}/sharing", "/bi-chat/runs/{run}/events", "/bi-chat/stream/events?runId={run}",
    "/bi-chat/stream/status?sessionId={session}", "rpc bichat.session.get id", "rpc bichat.session.artifacts sessionId",
    "graphql session(id: $s) { id }", "graphql messages(sessionId: $s) { id }",
)  # fmt: skip


async def test_every_opening_of_somebody_elses_conversation_is_in_the_record(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    async with chat.program("auditor@one.test") as program:
        for number, door in enumerate(DOORS, start=1):
            session, run = await asked(analyst, model)
            kind, _, rest = door.partition(" ")
            if kind == "rpc":
                method, name = rest.split()
                answer = await program.post("/bi-chat/rpc", json={"method": method, "params": {name: session}})
            elif kind == "graphql":
                query = f"query($s: ID!) {{ {rest} }}"
                answer = await program.post("/bi-chat/graphql", json={"query": query, "variables": {"s": session}})
                assert "errors" not in answer.json()
            else:
                answer = await program.get(door.format(session=session, run=run))
            assert answer.status_code == 200, door
            async with chat.database.reading() as db:
                opened = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "session.opened")
                assert await db.scalar(opened) == number, door


async def test_each_page_is_an_opening_and_what_comes_after_a_removal_too(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    parts = f"/bi-chat/sessions/{session}/artifacts"
    await share(analyst, session)
    await colleague.get(f"/bi-chat/sessions/{session}")
    await colleague.get(parts)
    assert await actions(chat, of=COLLEAGUE) == ["session.opened"]
    await colleague.get(f"/bi-chat/sessions/{session}")
    assert await actions(chat, of=COLLEAGUE) == ["session.opened"] * 2
    await remove(chat, analyst, session)
    assert (await colleague.get(parts)).status_code == 404
    await share(analyst, session)
    await colleague.get(parts)
    await colleague.get(parts)
    assert await actions(chat, of=COLLEAGUE) == ["session.opened"] * 3


async def test_who_keeps_a_chat_by_its_link_is_among_its_people(analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    address = f"/bi-chat/sessions/{session}"
    assert "copy-link" not in (await analyst.get(f"{address}/sharing")).text
    await analyst.post(f"{address}/link", role="viewer")
    await colleague.post(f"{address}/keep")
    people = (await analyst.get(f"{address}/sharing")).text
    assert "copy-link" in people
    assert people.count("share-keeper") == 1
    assert COLLEAGUE in people
    await analyst.post(f"{address}/link", role="")
    people = (await analyst.get(f"{address}/sharing")).text
    assert "copy-link" not in people
    assert COLLEAGUE not in people


async def test_the_menu_empties_a_chat_for_its_author_only(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session, "editor")
    menu = f"/bi-chat/sessions/{session}/menu"
    assert f'href="/bi-chat/sessions/{session}/clear"' in (await analyst.get(menu)).text
    async with chat.person(COLLEAGUE) as colleague:
        answer = await colleague.get(menu)
        assert (answer.status_code, f"{session}/clear" in answer.text) == (200, False)
