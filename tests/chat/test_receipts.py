"""A file of a result tells all that the strip above the result tells."""

import datetime as dt

from app.data.exports.receipt import LABELS
from app.data.strip_wording import ChipKind
from tests.chat.conftest import Chat, Person
from tests.chat.test_exports import fetched, made, settings, sheets, with_table

__all__ = ["settings"]
"""The business data is that of the tests of exports."""


def around_today() -> str:
    today = dt.datetime.now(dt.UTC).date()
    first, after = today - dt.timedelta(days=3), today + dt.timedelta(days=3)
    return f"SELECT id, city, amount FROM sales WHERE sold_on >= '{first}' AND sold_on < '{after}'"


async def test_a_result_whose_period_is_not_over_becomes_every_kind_of_file(chat: Chat, analyst: Person) -> None:
    session, table, run = await with_table(chat, analyst, around_today())
    content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel"))
    assert "was not over yet on" in sheets(content)[1]["Not over yet"]
    await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="csv"))
    for path in (f"/bi-chat/runs/{run}/exports", f"/bi-chat/sessions/{session}/exports"):
        assert (await fetched(analyst, await made(analyst, path)))[0].startswith(b"%PDF")


def test_every_kind_of_chip_has_its_label_in_a_receipt() -> None:
    assert set(LABELS) == set(ChipKind)
