"""A question that wishes for a file is answered as without that, and the file is made of what is shown."""

from typing import Any

import msgspec
import pytest

from app.agent.approvals import Approvals, Policy
from app.agent.offline.wishes import wished
from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.registry import BUILT_IN
from tests.agent.offline.conftest import Talk

EXCEL, PDF = "export_data_to_excel", "export_to_pdf"


class Excel(msgspec.Struct):
    result_id: str
    title: str


class Pdf(msgspec.Struct):
    scope: str
    title: str
    text: str


async def made(_context: ToolContext, _arguments: Any) -> ToolOutcome:
    return ToolOutcome({"url": "/a-file"})


async def not_made(_context: ToolContext, _arguments: Any) -> ToolOutcome:
    raise ToolError("failed", "the disk is full")


def tools(run: Any = made) -> dict[str, Tool]:
    usual = {tool.name: tool for tool in BUILT_IN if not tool.name.startswith("export_")}
    return usual | {EXCEL: Tool(EXCEL, "", Excel, run), PDF: Tool(PDF, "", Pdf, run)}


@pytest.mark.parametrize(
    ("question", "rest", "files"),
    [
        ("revenue by branch last month to excel", "revenue by branch last month", ("excel",)),
        ("export revenue last month to Excel please", "revenue last month", ("excel",)),
        ("Show revenue last month in an Excel file", "Show revenue last month", ("excel",)),
        ("выручка по филиалам за прошлый месяц в эксель", "выручка по филиалам за прошлый месяц", ("excel",)),
        ("выгрузи выручку по филиалам в Excel и pdf", "выручку по филиалам", ("excel", "pdf")),
        ("oʻtgan oyda filiallar boʻyicha tushum excelga", "oʻtgan oyda filiallar boʻyicha tushum", ("excel",)),
        ("oʻtgan oy tushumini Excel fayl qilib ber", "oʻtgan oy tushumini", ("excel",)),
        ("PDF shaklida oʻtgan oy tushumi", "oʻtgan oy tushumi", ("pdf",)),
        ("and to excel?", "", ("excel",)),
        ("а теперь в эксель", "", ("excel",)),
        ("excellent revenue", "excellent revenue", ()),
        ("convert to euro", "convert to euro", ()),
    ],
)
def test_what_says_of_files_is_told_from_the_question(question: str, rest: str, files: tuple[str, ...]) -> None:
    assert wished(question) == (rest, files)


@pytest.mark.parametrize(
    ("locale", "question", "plain", "told"),
    [
        ("en", "revenue by branch last month to excel", "revenue by branch last month", "The Excel file is ready."),
        ("ru", "выручка по филиалам за прошлый месяц в эксель", "выручка по филиалам за прошлый месяц", "Файл Excel готов."),
        ("uz", "oʻtgan oyda filiallar boʻyicha tushum excelga", "oʻtgan oyda filiallar boʻyicha tushum", "Excel fayli tayyor."),
    ],
)
async def test_the_file_holds_the_result_that_is_answered(talk: Talk, locale: str, question: str, plain: str, told: str) -> None:
    said = await talk(locale, tools=tools()).say(question)
    assert said.answer == f"{(await talk(locale, tools=tools()).say(plain)).answer}\n\n{told}"
    assert said.executed
    exported = [arguments for name, arguments, _ in said.calls if name == EXCEL]
    assert [each["result_id"] for each in exported] == [said.executed[2]["result_id"]]


async def test_a_document_holds_the_answer(talk: Talk) -> None:
    said = await talk(tools=tools()).say("revenue by branch last month as PDF")
    (document,) = [arguments for name, arguments, _ in said.calls if name == PDF]
    assert (document["scope"], f"{document['text']}\n\nThe PDF file is ready.") == ("answer", said.answer)


async def test_an_answer_is_put_into_a_file_afterwards(talk: Talk) -> None:
    conversation = talk(tools=tools())
    assert "no result yet" in (await conversation.say("to excel")).answer
    before = await conversation.say("revenue by branch last month")
    said = await conversation.say("and to excel?")
    assert before.executed
    assert said.answer == "The Excel file is ready."
    assert [arguments["result_id"] for _, arguments, _ in said.calls] == [before.executed[2]["result_id"]]
    said = await conversation.say("pdf")
    assert said.calls[0][1]["scope"] == "conversation"


async def test_a_file_that_is_not_made_is_told_beside_the_figures(talk: Talk) -> None:
    question = "revenue by branch last month"
    figures = (await talk(tools=tools()).say(question)).answer
    said = await talk(tools=tools(not_made)).say(f"{question} to excel")
    assert said.answer == f"{figures}\n\nThe file could not be made. Try again later."
    said = await talk(tools=tools(), approvals=Approvals({EXCEL: Policy.DENY})).say(f"{question} to excel")
    assert said.answer == f"{figures}\n\nThere is no file: making files is not allowed to you here."
    conversation = talk(tools=tools(), approvals=Approvals({EXCEL: Policy.ASK}))
    said = await conversation.decide((await conversation.say(f"{question} to excel")).asked, is_allowed=False)
    assert said.answer == f"{figures}\n\nThere is no file, since you did not allow it."
    empty = await talk(tools=tools()).say("revenue in 2099 to excel")
    assert EXCEL not in empty.tools
