"""Managers read what people say of answers, and how such an answer came about."""

import re

import pytest
from sqlalchemy import select

from app.admin import feedback
from app.chat.models import Feedback
from tests.admin.words import actions, details_of
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, final_answer
from tests.site import ON_EACH_ENGINE

FEEDBACK = "/bi-chat/manage/feedback"
LINE = re.compile(r'href="(/bi-chat/manage/feedback/[0-9a-f-]{36})"')
OLDER = re.compile(r'hx-get="([^"]+after=[^"]+)"')


async def said(site: Chat, email: str, question: str, **fields: str) -> tuple[str, str]:
    """Let somebody ask and say what they think of the answer; returns the ids of the session and the run."""
    async with site.person(email) as person:
        site.model.add([Call("sql_execute", {"query": "SELECT secret FROM nowhere"})], [final_answer("**Ten.**")])
        session, run = await person.ask(question)
        await person.until(session, "completed")
        assert (await person.post(f"/bi-chat/runs/{run}/feedback", **fields)).status_code == 303
    return session, run


def lines(page: str) -> int:
    return page.count('data-testid="feedback-line"')


@ON_EACH_ENGINE
async def test_managers_read_what_was_said_and_filter_it(admin: Person, site: Chat) -> None:
    assert "Nobody has said yet" in (await admin.get(FEEDBACK)).text
    await said(site, "analyst@one.test", "What <b>now</b>?", verdict="down", reason="slow", comment="Took <i>ages</i>")
    await said(site, "viewer@one.test", "And then?", verdict="up")
    await said(site, "analyst@two.test", "A secret?", verdict="up", comment="Theirs")
    page = (await admin.get(FEEDBACK)).text
    assert lines(page) == 2
    assert "What &lt;b&gt;now&lt;/b&gt;?" in page
    assert "Took &lt;i&gt;ages&lt;/i&gt;" in page
    assert "secret" not in page
    viewer = re.search(r'<option value="([^"]+)"[^>]*>[^<]*viewer@one\.test', page)
    assert viewer
    for query, count in (
        ("verdict=down", 1), ("reason=slow", 1), ("reason=other", 0), (f"who={viewer[1]}", 1), ("days=7", 2),
        (f"who={viewer[1]}&verdict=down", 0),
    ):  # fmt: skip
        assert lines((await admin.get(f"{FEEDBACK}?{query}")).text) == count, query
    assert "Nothing matches." in (await admin.get(f"{FEEDBACK}?reason=other")).text
    for query in ("verdict=x", "reason=x", "who=x", "days=x", "days=2", "after=x", "after=9999999999999999999999-1"):
        answer = await admin.get(f"{FEEDBACK}?{query}")
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), query


async def test_older_ones_come_by_the_page(admin: Person, site: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "PAGE", 1)
    await said(site, "analyst@one.test", "First?", verdict="up")
    await said(site, "viewer@one.test", "Second?", verdict="up", comment="Well done")
    page = (await admin.get(FEEDBACK, params={"verdict": "up"})).text
    assert ("First?" in page, "Second?" in page) == (False, True)
    older = OLDER.findall(page)[0].replace("&amp;", "&")
    assert "verdict=up" in older
    rest = (await admin.get(older, headers={"HX-Request": "true"})).text
    assert ("First?" in rest, "Second?" in rest, "<html" in rest) == (True, False, False)
    assert "Back to the newest ones" in (await admin.get(older)).text


@ON_EACH_ENGINE
async def test_each_leads_to_how_the_answer_came_about(admin: Person, site: Chat) -> None:
    session, _ = await said(site, "analyst@one.test", "How many?", verdict="down", reason="wrong_figures", comment="Eleven!")
    line = LINE.findall((await admin.get(FEEDBACK)).text)[0]
    assert "session.opened" not in await actions(site)
    page = (await admin.get(line)).text
    for text in (
        "How many?",
        "Eleven!",
        "Wrong figures",
        "<strong>Ten.</strong>",
        "sql_execute",
        "Calls of the model",
        "scripted",
    ):
        assert text in page, text
    assert f'href="/bi-chat/sessions/{session}?turn=' in page
    assert 'class="feedback"' not in page
    assert (await details_of(site, "session.opened"))["session_id"] == session
    await admin.get(line)
    assert (await actions(site)).count("session.opened") == 1


async def test_it_names_who_asked_and_not_whose_the_chat_is(admin: Person, site: Chat) -> None:
    async with site.person("analyst@one.test") as analyst, site.person("viewer@one.test") as editor:
        site.model.add([final_answer("Nine.")], [final_answer("Ten.")])
        session, _ = await analyst.ask("First?")
        await analyst.until(session, "completed")
        await analyst.post(f"/bi-chat/sessions/{session}/members", email="viewer@one.test", role="editor")
        _, run = await editor.ask("Second?", session)
        await editor.until(session, "completed")
        await analyst.post(f"/bi-chat/runs/{run}/feedback", verdict="up")
    page = (await admin.get(LINE.findall((await admin.get(FEEDBACK)).text)[0])).text
    question = page[page.index('id="trace-question"') : page.index('id="trace-steps"')]
    assert ("viewer@one.test" in question, "analyst@one.test" in question) == (True, False)


async def test_only_managers_of_the_company_see_it(admin: Person, site: Chat) -> None:
    await said(site, "analyst@two.test", "A secret?", verdict="up")
    async with site.database.reading() as db:
        theirs = await db.scalar(select(Feedback.id))
    assert (await admin.get(f"{FEEDBACK}/{theirs}")).status_code == 404
    async with site.person("analyst@two.test") as stranger:
        assert (await stranger.get(FEEDBACK)).status_code == 403
        assert (await stranger.get(f"{FEEDBACK}/{theirs}")).status_code == 403


async def test_of_a_chat_that_was_emptied_the_verdict_stays_and_no_word(admin: Person, site: Chat) -> None:
    session, _ = await said(site, "analyst@one.test", "How many?", verdict="down", reason="other")
    line = LINE.findall((await admin.get(FEEDBACK)).text)[0]
    async with site.person("analyst@one.test") as analyst:
        await analyst.post(f"/bi-chat/sessions/{session}/clear")
        page = (await admin.get(FEEDBACK)).text
        assert lines(page) == 1
        assert ("How many?" in page, "The chat was emptied since." in page, line in page) == (False, True, False)
        assert (await admin.get(line)).status_code == 404
        await analyst.post(f"/bi-chat/sessions/{session}/delete")
    assert lines((await admin.get(FEEDBACK)).text) == 0
