"""Managers see what answers cost and which are being worked on, and stop one."""

import asyncio
import csv
import datetime as dt
import io
import re
import uuid
from decimal import Decimal
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import select

from app.admin import usage_file
from app.chat.models import ModelCall
from app.identity import users
from app.identity.models import User
from tests.admin.words import details_of
from tests.chat.conftest import Chat, Person
from tests.scripted_model import final_answer
from tests.site import ON_EACH_ENGINE

TURN = re.compile(r'data-turn-id="([^"]+)"')
USAGE, RUNS = "/bi-chat/manage/usage", "/bi-chat/manage/runs"


async def called(site: Chat, email: str, *, model: str = "gpt", cost: str | None = None, days_ago: int = 0, **more: Any) -> None:
    """Keep a call of a model by somebody, of 100 tokens in, 40 of them cached, and 7 out."""
    async with site.database.writing() as db:
        person = (await db.scalars(select(User).where(User.email == email))).one()
        db.add(ModelCall(
            tenant_id=person.tenant_id, user_id=person.id, step=0, provider="p", model=model, input_tokens=100, cached_tokens=40,
            output_tokens=7, cost=None if cost is None else Decimal(cost), duration_ms=1, finish_reason="stop",
            created_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago), **more,
        ))  # fmt: skip


@ON_EACH_ENGINE
async def test_usage_is_summed_by_day_person_and_model_of_the_own_company(admin: Person, site: Chat) -> None:
    assert "No language model was asked" in (await admin.get(USAGE)).text
    await called(site, "analyst@one.test", cost="0.5")
    await called(site, "viewer@one.test", model="=mini")
    await called(site, "viewer@one.test", days_ago=20)
    await called(site, "analyst@two.test", model="theirs")
    page = (await admin.get(USAGE)).text
    assert "300 tokens in (120 of them cached), 21 out" in page
    assert "and unknown" in page
    assert "theirs" not in page
    assert "200 tokens in" in (await admin.get(f"{USAGE}?days=7")).text
    text = (await admin.get(f"{USAGE}.csv?days=7")).content.decode("utf-8-sig")
    rows = {row["email"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"analyst@one.test", "viewer@one.test"}
    assert Decimal(rows["analyst@one.test"]["cost_usd"]) == Decimal("0.5")
    assert (rows["viewer@one.test"]["cost_usd"], rows["viewer@one.test"]["calls_of_unknown_cost"]) == ("", "1")
    assert not rows["viewer@one.test"]["model"].startswith("=")
    assert await details_of(site, "usage.downloaded") == {"days": 7} | {"request_id": ANY}


async def test_usage_tells_conversations_apart_and_marks_what_is_estimated(admin: Person, site: Chat) -> None:
    await called(site, "viewer@one.test", model="told", cost="0.25")
    assert "≈" not in (await admin.get(USAGE)).text
    first, second = uuid.uuid4(), uuid.uuid4()
    await called(site, "analyst@one.test", model="guessed", cost="0.5", session_id=first, is_estimated=True)
    await called(site, "analyst@one.test", model="guessed", cost="1.5", session_id=second)
    lines = {
        line.split("<td>")[1].split("</td>")[0]: line for line in (await admin.get(USAGE)).text.split("<tr>") if "<td>" in line
    }
    assert ("≈ 200" in lines["guessed"], "≈" in lines["told"]) == (True, False)
    text = (await admin.get(f"{USAGE}.csv?days=7")).content.decode("utf-8-sig")
    rows = {row["conversation"]: row for row in csv.DictReader(io.StringIO(text))}
    assert {key: Decimal(row["cost_usd"]) for key, row in rows.items()} == {
        str(first): Decimal("0.5"), str(second): Decimal("1.5"), "": Decimal("0.25"),
    }  # fmt: skip
    assert (rows[str(first)]["calls_with_estimated_tokens"], rows[str(second)]["calls_with_estimated_tokens"]) == ("1", "0")


@ON_EACH_ENGINE
async def test_the_file_comes_in_pages_and_misses_nothing(admin: Person, site: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_file, "PAGE", 2)
    chats = [uuid.uuid4() for _ in range(3)]
    for email in ("analyst@one.test", "viewer@one.test"):
        for model in ("large", "small"):
            for chat in (*chats, chats[0], None):
                await called(site, email, model=model, cost="0.5", session_id=chat)
    await called(site, "viewer@one.test", session_id=chats[0], days_ago=1)
    text = (await admin.get(f"{USAGE}.csv?days=7")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    keys = [(row["day"], row["email"], row["model"], row["conversation"]) for row in rows]
    assert (len(keys), len(set(keys))) == (2 * 2 * 4 + 1, 2 * 2 * 4 + 1)
    assert sum(Decimal(row["cost_usd"] or 0) for row in rows) == Decimal(10)
    assert {row["input_tokens"] for row in rows if row["conversation"] == str(chats[0])} == {"100", "200"}


def lines_of(page: str, name: str = "chat") -> list[str]:
    """Return the lines of a table of conversations."""
    table = page.partition(f'data-testid="usage-{name}"')[2].partition("</table>")[0]
    return [line for line in table.split("<tr>") if "<td>" in line]


@ON_EACH_ENGINE
async def test_the_costliest_chats_are_listed_with_titles_for_those_who_may_read_them(admin: Person, site: Chat) -> None:
    site.model.add([asyncio.Event()], [asyncio.Event()])
    async with site.person("analyst@one.test") as analyst, site.person("analyst@two.test") as stranger:
        session, _ = await analyst.ask("Who leaves us?")
        theirs, _ = await stranger.ask("Their secret?")
    removed = str(uuid.uuid4())
    await called(site, "analyst@one.test", cost="0.5", session_id=uuid.UUID(session))
    await called(site, "viewer@one.test", cost="2.5", session_id=uuid.UUID(removed))
    await called(site, "analyst@two.test", cost="9", session_id=uuid.UUID(theirs))
    first, second = lines_of((await admin.get(USAGE)).text)
    assert removed in first
    assert f'<a href="/bi-chat/sessions/{session}">Who leaves us?</a>' in second
    await admin.post("/bi-chat/manage/roles", name="Keeper", permission=["BiChat.Access", "BiChat.Manage"])
    await users.set_role(site.database, "viewer@one.test", "Keeper")
    async with site.person("viewer@one.test") as keeper:
        first, second = lines_of((await keeper.get(USAGE)).text)
    assert session in second
    assert "Who leaves us?" not in second


@ON_EACH_ENGINE
async def test_chats_of_unknown_cost_are_told_apart_by_their_tokens(admin: Person, site: Chat) -> None:
    few, many, paid = (uuid.uuid4() for _ in range(3))
    await called(site, "analyst@one.test", session_id=few)
    for _ in range(2):
        await called(site, "analyst@one.test", session_id=many)
    await called(site, "analyst@one.test", session_id=paid, cost="0.01")
    await called(site, "analyst@one.test", session_id=paid)
    page = (await admin.get(USAGE)).text
    (costly,) = lines_of(page)
    assert (str(paid) in costly, "and unknown" in costly) == (True, True)
    first, second = lines_of(page, "unpriced")
    assert (str(many) in first, str(few) in second) == (True, True)


@ON_EACH_ENGINE
async def test_answers_with_figures_that_no_result_holds_are_counted_and_listed(admin: Person, site: Chat) -> None:
    site.model.add([final_answer("It was 4321 and 8765.")], [final_answer("It was 99 999.")])
    async with site.person("analyst@one.test") as analyst, site.person("analyst@two.test") as stranger:
        session, run = await analyst.ask("How much?")
        await analyst.until(session, "completed")
        theirs, their_run = await stranger.ask("How much?")
        await stranger.until(theirs, "completed")
    page = (await admin.get(USAGE)).text
    assert "Figures: 2. Answers with such figures: 1." in page
    (turn,) = set(TURN.findall((await admin.get(f"/bi-chat/sessions/{session}")).text))
    assert f'<a href="/bi-chat/sessions/{session}?turn={turn}#turn-{turn}">How much?</a>' in page
    assert their_run not in page
    await admin.post("/bi-chat/manage/roles", name="Keeper", permission=["BiChat.Access", "BiChat.Manage"])
    await users.set_role(site.database, "viewer@one.test", "Keeper")
    async with site.person("viewer@one.test") as keeper:
        page = (await keeper.get(USAGE)).text
    assert run in page
    assert f'href="/bi-chat/sessions/{session}?' not in page


@ON_EACH_ENGINE
async def test_a_running_answer_is_listed_and_stopped(admin: Person, site: Chat) -> None:
    site.model.add([asyncio.Event()], [asyncio.Event()])
    async with site.person("analyst@one.test") as analyst, site.person("analyst@two.test") as stranger:
        session, run = await analyst.ask("What <b>about</b> sales?")
        _, theirs = await stranger.ask("A secret?")
        page = (await admin.get(RUNS)).text
        assert "What &lt;b&gt;about&lt;/b&gt; sales?" in page
        assert "A secret?" not in page
        assert (await analyst.post(f"{RUNS}/{run}/stop")).status_code == 403
        assert (await admin.post(f"{RUNS}/{theirs}/stop")).status_code == 404
        assert (await admin.post(f"{RUNS}/{run}/stop")).status_code == 303
        assert "Stopped by " in await analyst.until(session, "stopped")
    assert "No answer is being worked on." in (await admin.get(RUNS)).text
    assert (await details_of(site, "run.stopped"))["run_id"] == run
    assert (await admin.post(f"{RUNS}/{run}/stop")).status_code == 404
