"""The list of conversations is grouped by days and months as the calendar of the reader's company has them."""

import datetime as dt
import re
import uuid

import pytest
from sqlalchemy import update

from app.chat.models import Session
from app.chat.routes import shown
from app.identity.models import Tenant
from tests.chat.conftest import Chat, Person

GROUP = re.compile(r"<section[^>]*data-session-group>\s*<h2>\s*([^<]*?)\s*</h2>(.*?)</section>", re.DOTALL)
TITLE = re.compile(r'class="session-item-title">([^<]+)<')
NOW = dt.datetime(2026, 3, 2, 19, 30, tzinfo=dt.UTC)
"""Half past midnight on 3 March in Tashkent, where midnight is 19:00 UTC."""
ACTIVE = {
    "a pinned one": dt.datetime(2026, 3, 2, 19, 20, tzinfo=dt.UTC),
    "at midnight": dt.datetime(2026, 3, 2, 19, 0, tzinfo=dt.UTC),
    "just before midnight": dt.datetime(2026, 3, 2, 18, 59, 59, tzinfo=dt.UTC),
    "at the midnight before": dt.datetime(2026, 3, 1, 19, 0, tzinfo=dt.UTC),
    "just before that one": dt.datetime(2026, 3, 1, 18, 59, 59, tzinfo=dt.UTC),
    "as the month began": dt.datetime(2026, 2, 28, 19, 0, tzinfo=dt.UTC),
    "as the last one ended": dt.datetime(2026, 2, 28, 18, 59, 59, tzinfo=dt.UTC),
    "as that one began": dt.datetime(2026, 1, 31, 19, 0, tzinfo=dt.UTC),
    "as another year ended": dt.datetime(2025, 12, 31, 18, 59, 59, tzinfo=dt.UTC),
    "in March of another year": dt.datetime(2025, 3, 2, 19, 20, tzinfo=dt.UTC),
}
IN_TASHKENT = {
    "Pinned": ["a pinned one"],
    "Today": ["at midnight"],
    "Yesterday": ["just before midnight", "at the midnight before"],
    "Earlier this month": ["just before that one", "as the month began"],
    "February 2026": ["as the last one ended", "as that one began"],
    "December 2025": ["as another year ended"],
    "March 2025": ["in March of another year"],
}
BY_UTC = {
    "Pinned": ["a pinned one"],
    "Today": ["at midnight", "just before midnight"],
    "Yesterday": ["at the midnight before", "just before that one"],
    "February 2026": ["as the month began", "as the last one ended"],
    "January 2026": ["as that one began"],
    "December 2025": ["as another year ended"],
    "March 2025": ["in March of another year"],
}


@pytest.mark.parametrize(("zone", "groups"), [("Asia/Tashkent", IN_TASHKENT), ("UTC", BY_UTC)])
async def test_a_day_begins_at_midnight_of_the_company(
    chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch, zone: str, groups: dict[str, list[str]]
) -> None:
    made = {title: await analyst.post("/bi-chat/sessions", title=title) for title in ACTIVE}
    ids = {title: uuid.UUID(answer.headers["location"][-36:]) for title, answer in made.items()}
    await analyst.post(f"/bi-chat/sessions/{ids['a pinned one']}/pin")
    async with chat.database.writing() as db:
        await db.execute(update(Tenant).values(time_zone=zone))
        for title, moment in ACTIVE.items():
            await db.execute(update(Session).where(Session.id == ids[title]).values(active_at=moment))
    monkeypatch.setattr(shown, "now", lambda: NOW)
    page = (await analyst.get("/bi-chat")).text
    assert {heading: TITLE.findall(lines) for heading, lines in GROUP.findall(page)} == groups
    assert [heading for heading, _ in GROUP.findall(page)] == list(groups)
