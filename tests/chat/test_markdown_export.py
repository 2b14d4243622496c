"""A whole conversation as Markdown: for those who read it and may export, with nothing in it that its reader may not see."""

from collections.abc import Sequence

import msgspec
import pyromark
import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.chat import markdown_export
from app.data.exports import markdown
from tests.chat.conftest import Chat, Person
from tests.chat.test_sharing import COLLEAGUE, share
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import SECRET, SHOPS, asked, keep_for_managers
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

__all__ = ("settings", "shop")
OPTIONS = pyromark.Options.ENABLE_TABLES


def address(session: str) -> str:
    return f"/bi-chat/sessions/{session}/chat.md"


async def text_of(person: Person, session: str) -> str:
    answer = await person.get(address(session))
    assert answer.status_code == 200, answer.text
    return answer.text


@ON_EACH_ENGINE
async def test_it_holds_questions_answers_tables_charts_and_statements(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model)
    answer = await analyst.get(address(session))
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="Sales of each shop')
    text = answer.text
    for part in (
        "# Sales of each shop?", "\n> Sales of each shop?", "\nHere they are.\n", "**Table 1.1. Of each shop**",
        "*Chart “Bars of shops”, drawn from table 1.1*", "*File “File of shops.xlsx”*", f"```sql\n{SHOPS}\n```",
        f"]({chat.url}/bi-chat/sessions/{session}".replace("](", "](<"), "Exported by ", "| --- | ---: |", f"| {SECRET} |",
    ):  # fmt: skip
        assert part in text
    assert text.count("| --- |") == 1
    async with chat.database.reading() as db:
        entries = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "session.exported"))).all()
    assert [(entry.details["turns"], entry.details["tables"], entry.details["session_id"]) for entry in entries] == [
        (1, ["sales"], session)
    ]


async def test_who_may_have_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model)
    expected = {"viewer@one.test": 403, "auditor@one.test": 403, "admin@one.test": 200, "analyst@two.test": 404}
    for email, status in expected.items():
        async with chat.person(email) as person:
            assert (await person.get(address(session))).status_code == status, email
    assert address(session) in (await analyst.get(f"/bi-chat/sessions/{session}/menu")).text
    await share(analyst, session)
    async with chat.person(COLLEAGUE) as colleague:
        assert (await colleague.get(address(session))).status_code == 403
        assert address(session) not in (await colleague.get(f"/bi-chat/sessions/{session}/menu")).text
        assert "Here they are." in (await colleague.get(f"/bi-chat/sessions/{session}")).text


async def test_a_member_who_only_reads_has_it_with_export(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    async with chat.person("admin@one.test") as admin:
        session, _, _ = await asked(admin, model)
        assert (await analyst.get(address(session))).status_code == 404
        await share(admin, session, "viewer", "analyst@one.test")
    assert SECRET in await text_of(analyst, session)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert ('data-testid="export-markdown"' in page, 'data-testid="export-conversation"' in page) == (True, False)


async def test_what_is_kept_from_its_reader_is_left_out(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model)
    await keep_for_managers(chat)
    text = await text_of(analyst, session)
    assert "Here they are." in text
    assert "tables that you may not see" in text
    assert not any(word in text for word in (SECRET, "Of each shop", "Bars of shops", "File of shops", "GROUP BY"))


@pytest.mark.parametrize(("locale", "words"), [("ru", "Таблица 1.1"), ("uz", "1.1-jadval")])
async def test_it_speaks_the_readers_language(analyst: Person, model: ScriptedModel, locale: str, words: str) -> None:
    session, _, _ = await asked(analyst, model)
    await analyst.post("/locale", locale=locale)
    assert f"**{words}. Of each shop**" in await text_of(analyst, session)


async def test_only_the_shown_version_and_the_first_rows_are_in_it(
    analyst: Person, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown_export, "MOST_ROWS", 2)
    session, _, page = await asked(analyst, model)
    question = page.split('data-turn-id="')[1].split('"')[0]
    model.add([Call("sql_execute", {"query": SHOPS})], shown_again, [final_answer("A second time.")])
    await analyst.post(f"/bi-chat/turns/{question}/versions", content="Sales of shops, please")
    await analyst.until(session, "completed")
    text = await text_of(analyst, session)
    assert ("A second time." in text, "Here they are." in text) == (True, False)
    assert text.count("\n| Shop") == 2
    assert "The first 2 of " in text


def shown_again(request: object) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)["result_id"]  # type: ignore[attr-defined]  # a ModelRequest
    return [Call("render_table", {"result_id": result, "title": "Again"})]


async def test_a_long_conversation_is_cut_to_its_last_questions(
    analyst: Person, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown_export, "AT_ONCE", 1)
    monkeypatch.setattr(markdown_export, "MOST_CHARACTERS", 150)
    session = ""
    for number in range(4):
        model.add([final_answer(f"Answer {number}. {'x' * 60}")])
        session, _ = await analyst.ask(f"Question {number}?", session)
        await analyst.until(session, "completed")
    text = await text_of(analyst, session)
    assert ["Answer 0" in text, "Answer 1" in text, "Answer 3" in text] == [False, False, True]
    assert "This document holds the last " in text


HOSTILE = "1. *one* _two_ `three` [four](five) <script>six</script>\n# seven\n- eight | nine\n=== \\ ~~ten~~\n\n+ eleven"


def plain_text(text: str) -> str:
    found = [event["Text"] for event in pyromark.events(text, options=OPTIONS) if isinstance(event, dict) and "Text" in event]
    return " ".join("".join(found).split())


def kinds(text: str) -> set[str]:
    starts = [event["Start"] for event in pyromark.events(text, options=OPTIONS) if isinstance(event, dict) and "Start" in event]
    return {start if isinstance(start, str) else next(iter(start)) for start in starts}


def test_no_question_becomes_markup() -> None:
    assert kinds(markdown.quoted(HOSTILE)) == {"BlockQuote", "Paragraph"}
    assert plain_text(markdown.quoted(HOSTILE)).replace(" ", "") == "".join(HOSTILE.split())


@pytest.mark.parametrize(("code", "fence"), [("SELECT 1", "```"), ("SELECT '```'", "````"), ("-- `````\nSELECT 1", "``````")])
def test_a_fence_is_longer_than_any_inside(code: str, fence: str) -> None:
    assert markdown.fenced(code, "sql") == f"{fence}sql\n{code}\n{fence}"


@pytest.mark.parametrize(
    "answer",
    ["```sql\nSELECT 1", "~~~\n```\nnever ended", "<!-- never ended", "<details><pre>", "````\n```\n", "text `<b>` and <b>bold"],
)
def test_an_answer_swallows_nothing_after_it(answer: str) -> None:
    def headings(text: str) -> Sequence[object]:
        return [event for event in pyromark.events(text, options=OPTIONS) if "Heading" in str(event) and "Start" in str(event)]

    text = f"{markdown.closed(answer)}\n\n## Afterwards"
    assert len(headings(text)) == 1
    assert not kinds(text) & {"HtmlBlock"}
    assert "InlineHtml" not in str(pyromark.events(text, options=OPTIONS))


def test_cells_stay_in_their_columns() -> None:
    written = {"heads": ["a|b", "c\nd"], "figures": [False, True], "rows": [["1|2", "<i>3</i>"]]}
    text = markdown.table(written)
    assert text == "| a\\|b | c d |\n| --- | ---: |\n| 1\\|2 | \\<i\\>3\\</i\\> |"
