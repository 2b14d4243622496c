"""Figures of an answer that no result holds are marked: live, after a reload, for readers, in files and for programs."""

import io
import re
from typing import Any

import pypdf
import pytest
from sqlalchemy import select

from app.chat.models import Run
from tests.chat.conftest import Chat, Person
from tests.chat.test_approvals import rpc, tail
from tests.chat.test_exports import fetched, made
from tests.chat.test_sharing import share
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import keep_for, keep_for_managers
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("settings", "shop")

SHOPS = "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"
MARKS = re.compile(r'<mark class="unchecked" data-testid="unchecked-claim" title="([^"]+)">([^<]*)</mark>')
NOTE = re.compile(r'data-testid="unchecked-note">(.*?)</p>', re.DOTALL)
RIGHT = "Shop 1 sold for **2,740.5**, 14.3 % of 19,162.5 in all; `99` rows."
WRONG = RIGHT.replace("2,740.5", "2,741.5").replace("19,162", "19,163")


def note(page: str) -> str:
    (found,) = NOTE.findall(page)
    return " ".join(re.sub(r"<[^>]+>", "", found).split())


async def asked(person: Person, model: ScriptedModel, answer: str) -> tuple[str, str, str]:
    """Have a question answered so; returns the session's and the run's id and the page."""
    model.add([Call("sql_execute", {"query": SHOPS})], [final_answer(answer)])
    session, run = await person.ask("What did Shop 1 sell?")
    return session, run, await person.until(session, "completed")


async def test_what_the_results_hold_is_not_marked(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    _, _, page = await asked(analyst, model, RIGHT)
    assert (MARKS.findall(page), NOTE.findall(page)) == ([], [])
    assert await counted(chat) == [0]


async def test_a_changed_digit_is_marked_at_once_and_after_a_reload(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    _, run, page = await asked(analyst, model, WRONG)
    assert [number for _, number in MARKS.findall(page)] == ["2,741.5", "19,163.5"]
    assert note(page) == "2 numbers were not found in the results. They are marked with question marks."
    live = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events", "1-start"))
    drawn = live[live.index('-done" hx-swap="innerMorph"') :]
    assert {number for _, number in MARKS.findall(drawn)} == {"2,741.5", "19,163.5"}
    assert note(drawn) == note(page)
    assert await counted(chat) == [2]


@pytest.mark.parametrize(
    ("locale", "told"), [("ru", "1 число не найдено в результатах."), ("uz", "1 ta son natijalarda topilmadi.")]
)
async def test_it_is_told_in_the_readers_language(analyst: Person, model: ScriptedModel, locale: str, told: str) -> None:
    await analyst.post("/locale", locale=locale, next="/bi-chat")
    _, _, page = await asked(analyst, model, "Sold: 2,741.5.")
    assert note(page).startswith(told)
    assert MARKS.findall(page)[0][0] != "This number was not found in the results"


async def test_nobody_can_forge_a_mark_and_markup_stays_whole(analyst: Person, model: ScriptedModel) -> None:
    forged = '\ufdd055\ufdd1 <mark class="unchecked">66</mark> [a 77](https://example.test/?a=88 "99") **4**4\n\n```\n12\n```'
    _, _, page = await asked(analyst, model, forged)
    assert [number for _, number in MARKS.findall(page)] == ["55", "66", "77", "4", "4"]
    assert "&lt;mark class=" in page
    assert 'href="https://example.test/?a=88"' in page
    assert "<strong><mark" in page


async def test_without_any_result_the_answer_is_said_not_to_come_from_data(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Revenue was 4,567,890.")], [final_answer("I read 1,000 characters.")])
    session, _ = await analyst.ask("Revenue?")
    page = await analyst.until(session, "completed")
    assert MARKS.findall(page) == []
    assert note(page) == "The numbers in this answer do not come from your data: nothing was looked up for it."
    other, _ = await analyst.ask("Hello?")
    assert NOTE.findall(await analyst.until(other, "completed")) == []


async def test_figures_of_earlier_questions_hold(analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model, RIGHT)
    model.add([final_answer("As I said: 2,740.5, not 2,750.5.")])
    await analyst.ask("Again?", session)
    page = await analyst.until(session, "completed")
    assert [number for _, number in MARKS.findall(page)] == ["2,750.5"]


async def test_programs_are_told_with_the_answer_and_when_it_is_done(chat: Chat, model: ScriptedModel) -> None:
    model.add([Call("sql_execute", {"query": SHOPS})], [final_answer(WRONG)])
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="What did Shop 1 sell?")
        places = [(claim["text"], WRONG[claim["startIndex"] : claim["endIndex"]]) for claim in events[-1]["unmatchedClaims"]]
        assert places == [("2,741.5", "2,741.5"), ("19,163.5", "19,163.5")]
        body = {"id": "1", "method": "bichat.session.get", "params": {"id": events[0]["sessionId"]}}
        (turn,) = (await program.post("/bi-chat/rpc", json=body)).json()["result"]["turns"]
        assert turn["assistantTurn"]["unmatchedClaims"] == events[-1]["unmatchedClaims"]


async def test_readers_see_the_marks_unless_a_result_is_kept_from_them(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run, _ = await asked(analyst, model, WRONG)
    await share(analyst, session)
    async with chat.person("viewer@one.test") as colleague:
        assert len(MARKS.findall((await colleague.get(f"/bi-chat/sessions/{session}")).text)) == 2
        await keep_for_managers(chat)
        for path in (f"/bi-chat/sessions/{session}", f"/bi-chat/runs/{run}/events"):
            page = (await colleague.get(path)).text
            assert "2,741.5" in page
            assert (MARKS.findall(page), NOTE.findall(page)) == ([], [])
    async with chat.program("analyst@one.test") as program:
        body: dict[str, Any] = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
        (turn,) = (await program.post("/bi-chat/rpc", json=body)).json()["result"]["turns"]
        assert "unmatchedClaims" not in turn["assistantTurn"]


async def test_files_carry_a_sign_and_a_note(analyst: Person, model: ScriptedModel) -> None:
    session, run, _ = await asked(analyst, model, "Sold: 2,741.5 or 18.9 %.")
    text = (await analyst.get(f"/bi-chat/sessions/{session}/chat.md")).text
    assert "2,741.5 (?) or 18.9 % (?)." in text
    assert "2 numbers were not found in the results" in text
    content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/runs/{run}/exports"))
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    assert "2,741.5 (?)" in "".join(page.extract_text() for page in pages)


async def counted(chat: Chat) -> list[int | None]:
    async with chat.database.reading() as db:
        return list((await db.execute(select(Run.unmatched_claims))).scalars())


OFFERED = [
    ("Shop 1", "Sold for 2,740.5"), ("Shop 2", "Sold for 2,741.5, that is 99.9 %"), ("Top 10", "At most 10 rows"),
    ("Over 5,000", "Only the largest"),
]  # fmt: skip


async def test_figures_that_a_question_offers_are_checked_and_choices_are_not(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    options = [{"id": f"o{at}", "label": label, "description": said} for at, (label, said) in enumerate(OFFERED)]
    question = {"question": "Which of 4,321?", "header": "Shop", "options": options}
    model.add([Call("sql_execute", {"query": SHOPS})], [Call("ask_user_question", {"questions": [question]})])
    session, _ = await analyst.ask("What did the shop sell?")
    page = await analyst.until(session, "waiting")
    assert re.findall(r'question-option-text">([^<]*)<', page) == [
        "Sold for 2,740.5", "Sold for 2,741.5 (?), that is 99.9 % (?)", "At most 10 rows", "Only the largest",
    ]  # fmt: skip
    assert "A number with a question mark was not found in the results." in page
    async with chat.program("analyst@one.test") as program:
        answer = (
            await program.post("/bi-chat/rpc", json={"id": "1", "method": "bichat.session.get", "params": {"id": session}})
        ).json()
    offered = answer["result"]["pendingQuestion"]["questions"][0]["options"]
    assert [option["description"] for option in offered][:2] == ["Sold for 2,740.5", "Sold for 2,741.5 (?), that is 99.9 % (?)"]


async def test_whoever_may_not_see_the_results_is_offered_the_same_without_marks(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    options = [{"id": f"o{at}", "label": label, "description": said} for at, (label, said) in enumerate(OFFERED)]
    asks = Call("ask_user_question", {"questions": [{"question": "Which?", "header": "Shop", "options": options}]})
    model.add([Call("sql_execute", {"query": SHOPS})], [asks], [final_answer("As you like.")])
    session, run = await analyst.ask("What did the shop sell?")
    await analyst.until(session, "waiting")
    await share(analyst, session, "editor")
    for is_kept in (False, True):
        if is_kept:
            await keep_for(chat, "Analyst")
        for email, is_marked in (("analyst@one.test", True), ("viewer@one.test", not is_kept)):
            async with chat.person(email) as reader:
                page = (await reader.get(f"/bi-chat/sessions/{session}")).text
            async with chat.program(email) as program:
                pending = (await rpc(program, "bichat.session.get", id=session))["result"]["pendingQuestion"]
                told = [event for event in await tail(program, run) if event["type"] == "interrupt"]
            assert ("Sold for 2,741.5" in page, "2,741.5 (?)" in page, "unfound-note" in page) == (True, is_marked, is_marked)
            for (asked,) in (pending["questions"], *(event["questions"] for event in told)):
                said = [option["description"] for option in asked["options"]]
                assert said != [said for _, said in OFFERED] if is_marked else said == [said for _, said in OFFERED]
                assert set(asked) == {"id", "text", "header", "type", "options"}
    answer = {"sessionId": session, "checkpointId": pending["checkpointId"], "answers": {asked["id"]: "o0"}}
    async with chat.program("analyst@one.test") as program:
        assert "result" in await rpc(program, "bichat.question.submit", **answer)
    await analyst.until(session, "completed")
    assert "(?)" not in str(model.requests[-1])


async def test_a_question_whose_figures_hold_bears_no_mark(analyst: Person, model: ScriptedModel) -> None:
    options = [{"id": "a", "label": "Shop 1", "description": "2,740.5"}, {"id": "b", "label": "All", "description": "19,162.5"}]
    question = {"question": "Which?", "header": "Shop", "options": options}
    model.add([Call("sql_execute", {"query": SHOPS})], [Call("ask_user_question", {"questions": [question]})])
    session, _ = await analyst.ask("What did the shop sell?")
    page = await analyst.until(session, "waiting")
    assert ("(?)" in page, "unfound-note" in page) == (False, False)
