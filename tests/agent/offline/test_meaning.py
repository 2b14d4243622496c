"""What a word means is answered from the company's own knowledge, with the source named; nobody else's is read."""

import msgspec
import pytest
from sqlalchemy import insert

from app.database import Database
from app.demo.companies import companies
from app.identity.models import Tenant
from app.knowledge import store
from app.knowledge.drafts import Draft
from app.knowledge.library import Library
from tests.agent.offline.conftest import Talk
from tests.agent.offline.conversation import Conversation

KNOWN = [
    Draft("metric", "net_revenue", "Net revenue", "Paid amounts without returns."),
    Draft("definition", "regular", "Постоянный клиент", "Клиент с тремя заказами за год."),
]


@pytest.fixture
async def library(database: Database) -> Library:
    async with database.writing() as db:
        for company in companies():
            await db.execute(insert(Tenant).values(id=company.tenant_id, name=company.name))
    await store.load(database, companies()[0].tenant_id, KNOWN, "sqlite")
    return Library(database)


def knowing(talk: Talk, library: Library, locale: str, company: int = 0) -> Conversation:
    conversation = talk(locale, company)
    conversation.context = msgspec.structs.replace(conversation.context, library=library)
    return conversation


@pytest.mark.parametrize(
    ("locale", "question", "says"),
    [
        ("en", "what is revenue", "Paid amounts"),
        ("en", "What does net revenue mean?", "Paid amounts"),
        ("ru", "что такое выручка", "Paid amounts"),
        ("ru", "Что значит «постоянный клиент»?", "тремя заказами"),
        ("uz", "tushum nima", "Paid amounts"),
        ("uz", "Tushum nima degani?", "Paid amounts"),
    ],
)
async def test_a_meaning_is_told_with_its_source(talk: Talk, library: Library, locale: str, question: str, says: str) -> None:
    said = await knowing(talk, library, locale).say(question)
    assert says in said.answer
    assert ("Net revenue" in said.answer) != ("Постоянный клиент" in said.answer)
    assert said.tools == ["kb_search"]


async def test_what_another_company_knows_is_not_told(talk: Talk, library: Library) -> None:
    said = await knowing(talk, library, "en", company=1).say("what is revenue")
    assert said.query == "revenue_total"
    assert "Paid amounts" not in said.answer


@pytest.mark.parametrize("question", ["what is our revenue", "what is revenue this month", "какая выручка", "tushum qancha"])
async def test_a_question_for_a_figure_is_answered_by_it(talk: Talk, library: Library, question: str) -> None:
    said = await knowing(talk, library, "en").say(question)
    assert said.query == "revenue_total"


async def test_what_nobody_wrote_down_is_not_made_up(talk: Talk, library: Library) -> None:
    said = await knowing(talk, library, "en").say("what is churn")
    assert "no checked query" in said.answer
