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
        ("revenue last month excel", "revenue last month", ("excel",)),
        ("продажи эксель", "продажи", ("excel",)),
        ("oʻtgan oy tushumi pdf", "oʻtgan oy tushumi", ("pdf",)),
        ("Excel: выручка за октябрь", "выручка за октябрь", ("excel",)),
        ("sales of excel", "sales of excel", ()),
        ("сколько excel", "сколько excel", ()),
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
        ("выгрузи выручку по филиалам за прошлый месяц", "выручку по филиалам за прошлый месяц", ("excel",)),
        ("скачайте, пожалуйста, выручку за март", "пожалуйста, выручку за март", ("excel",)),
        ("download revenue last month", "revenue last month", ("excel",)),
        ("Could you export revenue last month?", "revenue last month?", ("excel",)),
        ("revenue last month and download it", "revenue last month", ("excel",)),
        ("save revenue last month", "revenue last month", ()),
        ("oʻtgan oy tushumini yuklab ber", "oʻtgan oy tushumini", ("excel",)),
        ("oʻtgan oy tushumini saqlab bering", "oʻtgan oy tushumini", ()),
        ("скачать выручку за март pdf", "выручку за март", ("pdf",)),
        ("а теперь выгрузи за март", "а теперь за март", ("excel",)),
        ("скачай", "", ("excel",)),
        ("and download it", "", ("excel",)),
        (" revenue:  October 2026.", " revenue:  October 2026.", ()),
        ("export of goods by country", "export of goods by country", ()),
        ("how much did we save last month", "how much did we save last month", ()),
        ("revenue last month, do not download it", "revenue last month, do not download it", ()),
        ("revenue last month without excel", "revenue last month without excel", ()),
        ("branches with no Excel", "branches with no Excel", ()),
        ("выручка без excel и pdf", "выручка без excel и pdf", ()),
        ("oʻtgan oy tushumi excelsiz", "oʻtgan oy tushumi excelsiz", ()),
        ("not in excel", "not in excel", ()),
        ("revenue last month, not in excel or pdf", "revenue last month", ()),
        ("выручка за март не в excel, а в pdf", "выручка за март", ("pdf",)),
        ("выгрузи выручку за март, но в эксель не надо", "выручку за март, но", ()),
        ("oʻtgan oy tushumi excelda emas, pdf qilib", "oʻtgan oy tushumi", ("pdf",)),
        ("No, to excel please", "", ("excel",)),
        ("How many Excel licences did we sell?", "How many Excel licences did we sell?", ()),
        ("How many Excel licences did we sell, as pdf", "How many Excel licences did we sell", ("pdf",)),
        ("Show Excel files sold by branch", "Show Excel files sold by branch", ()),
        ("выручка по лицензиям Excel за март", "выручка по лицензиям Excel за март", ()),
        ("give me an Excel file of revenue last month", "of revenue last month", ("excel",)),
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


@pytest.mark.parametrize(
    ("first", "second"), [("revenue by branch last month", "and for this month?"), ("revenue last month", "and this month?")]
)
async def test_a_file_that_is_asked_for_afterwards_is_called_as_in_one_sentence(talk: Talk, first: str, second: str) -> None:
    at_once = await talk(tools=tools()).say(f"{first} to excel".replace("last", "this"))
    conversation = talk(tools=tools())
    await conversation.say(first)
    await conversation.say(second)
    said = await conversation.say("to excel")
    (expected,) = [arguments["title"] for name, arguments, _ in at_once.calls if name == EXCEL]
    assert [arguments["title"] for name, arguments, _ in said.calls if name == EXCEL] == [expected]
    assert ": " in expected


@pytest.mark.parametrize(
    ("locale", "question", "plain"),
    [
        ("en", "download revenue by branch last month", "revenue by branch last month"),
        ("ru", "выгрузи выручку по филиалам за прошлый месяц", "выручку по филиалам за прошлый месяц"),
        ("uz", "oʻtgan oyda filiallar boʻyicha tushumni yuklab ber", "oʻtgan oyda filiallar boʻyicha tushumni"),
    ],
)
async def test_an_order_without_a_format_means_an_excel_file(talk: Talk, locale: str, question: str, plain: str) -> None:
    said = await talk(locale, tools=tools()).say(question)
    figures = (await talk(locale, tools=tools()).say(plain)).answer
    assert said.answer.startswith(f"{figures}\n\n")
    assert said.tools.count(EXCEL) == 1


@pytest.mark.parametrize(
    "question", ["revenue by branch last month, not in excel", "выручка по филиалам за прошлый месяц не в эксель"]
)
async def test_a_file_that_is_not_wanted_is_not_made(talk: Talk, question: str) -> None:
    said = await talk(tools=tools()).say(question)
    assert said.executed
    assert EXCEL not in said.tools


async def test_a_format_that_is_asked_about_is_not_cut_out(talk: Talk) -> None:
    said = await talk(tools=tools()).say("How many Excel licences did we sell last month?")
    assert "“excel”" in said.answer
    assert not said.executed


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
