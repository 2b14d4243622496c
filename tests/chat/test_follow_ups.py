"""Under the strip stands what a question kept, added and dropped against the result that it builds on."""

import re
from pathlib import Path

import msgspec
import pytest

from app.agent.model import ModelRequest
from tests.chat.conftest import Chat, Person
from tests.chat.test_sharing import share
from tests.chat.test_tables import make_shop, settings, shop
from tests.chat.test_withheld_tables import keep_for_managers
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("settings", "shop")

FIRST = "SELECT shop, sum(amount) AS total FROM sales WHERE amount > 10 AND shop <> 'Shop 9' GROUP BY shop"
SECOND = FIRST.replace("amount > 10", "amount > 20")
CHANGE = re.compile(r'data-testid="strip-change".*?</dl>', re.DOTALL)
PART = re.compile(r'data-change="(\w+)">\s*<dt>([^<]+)</dt>(.*?)</div>', re.DOTALL)
CHIP = re.compile(r"<dd[^>]*>(?:<code>)?([^<]*)")


def changes(page: str) -> list[dict[str, tuple[str, list[str]]]]:
    return [{name: (label, CHIP.findall(chips)) for name, label, chips in PART.findall(part)} for part in CHANGE.findall(page)]


def table(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)["result_id"]
    return [Call("render_table", {"result_id": result, "title": "Shops"}), final_answer("Here.")]


async def asked(person: Person, model: ScriptedModel, sql: str, session: str = "") -> tuple[str, str]:
    model.add([Call("sql_execute", {"query": sql})], table)
    session, _ = await person.ask("Sales?", session)
    return session, await person.until(session, "completed")


async def test_a_changed_filter_is_told_beside_what_was_kept(analyst: Person, model: ScriptedModel) -> None:
    session, page = await asked(analyst, model, FIRST)
    assert changes(page) == []
    _, page = await asked(analyst, model, SECOND, session)
    (found,) = changes(page)
    assert found["added"] == ("added:", ["amount &gt; 20"])
    assert found["dropped"] == ("dropped:", ["amount &gt; 10"])
    assert found["kept"][1] == ["shop ≠ “Shop 9”", "by shop"]
    _, page = await asked(analyst, model, SECOND, session)
    assert list(changes(page)[-1]) == ["kept"]


async def test_only_the_turn_right_before_is_a_base(analyst: Person, model: ScriptedModel, shop: Path) -> None:
    make_shop(shop, "others")
    session, _ = await asked(analyst, model, FIRST)
    await asked(analyst, model, FIRST.replace("sales", "others"), session)
    _, page = await asked(analyst, model, SECOND, session)
    assert changes(page) == []
    _, page = await asked(analyst, model, FIRST, session)
    assert len(changes(page)) == 1
    model.add([final_answer("You are welcome.")])
    await analyst.ask("Thanks!", session)
    await analyst.until(session, "completed")
    _, page = await asked(analyst, model, SECOND, session)
    assert len(changes(page)) == 1


@pytest.mark.parametrize(
    ("locale", "labels"),
    [("ru", ["осталось:", "добавлено:", "убрано:"]), ("uz", ["qoldi:", "qoʻshildi:", "olib tashlandi:"])],
)
async def test_it_is_told_in_the_readers_language(analyst: Person, model: ScriptedModel, locale: str, labels: list[str]) -> None:
    await analyst.post("/locale", locale=locale, next="/bi-chat")
    session, _ = await asked(analyst, model, FIRST)
    _, page = await asked(analyst, model, SECOND, session)
    assert [label for label, _ in changes(page)[0].values()] == labels


async def test_an_earlier_result_that_is_kept_from_the_reader_tells_nothing(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model, FIRST)
    await asked(analyst, model, SECOND, session)
    await share(analyst, session)
    async with chat.person("viewer@one.test") as colleague:
        assert len(changes((await colleague.get(f"/bi-chat/sessions/{session}")).text)) == 1
        await keep_for_managers(chat)
        assert changes((await colleague.get(f"/bi-chat/sessions/{session}")).text) == []


async def test_a_turn_that_is_not_shown_any_more_is_no_base(analyst: Person, model: ScriptedModel) -> None:
    session, page = await asked(analyst, model, FIRST)
    turn = re.findall(r'data-turn-id="([^"]+)"', page)[0]
    model.add([Call("sql_execute", {"query": SECOND})], table)
    answer = await analyst.post(f"/bi-chat/turns/{turn}/versions", htmx=True, content="Sales above 20?")
    assert answer.status_code == 200
    assert changes(await analyst.until(session, "completed")) == []


async def test_a_question_that_begins_anew_is_not_compared(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model, "SELECT shop, sum(amount) AS total FROM sales WHERE amount > 10 GROUP BY shop")
    _, page = await asked(analyst, model, "SELECT max(amount) AS largest FROM sales WHERE shop <> 'Shop 9'", session)
    assert 'class="chip' in page
    assert changes(page) == []
    _, page = await asked(analyst, model, "SELECT max(amount) AS largest FROM sales WHERE shop <> 'Shop 8'", session)
    assert list(changes(page)[-1]) == ["added", "dropped"]
