"""What other companies have is declined in plain words; what companies buy from one's own is not."""

import msgspec
import pytest

from app.agent.offline.other_companies import asks_of_other_companies
from app.knowledge.validated_queries import ValidatedQueries
from tests.agent.offline.conftest import Talk


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("show the sales of all companies", "your own company only"),
        ("revenue of other companies last month", "your own company only"),
        ("покажи продажи всех компаний", "только вашей компании"),
        ("выручка других компаний", "только вашей компании"),
        ("barcha kompaniyalarning savdosini koʻrsat", "faqat sizning kompaniyangiz"),
        ("boshqa kompaniyalar tushumi", "faqat sizning kompaniyangiz"),
    ],
)
async def test_the_figures_of_other_companies_are_declined(talk: Talk, question: str, told: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.asked) == (None, None)
    assert told in said.answer


@pytest.mark.parametrize(
    "question",
    [
        "what is our company revenue", "all branches of the company", "sales to all companies",
        "how much do companies buy from us",
        "выручка по всей компании", "выручка от всех компаний", "сколько у нас покупают компании",
        "butun kompaniya tushumi", "barcha kompaniyalarga sotuvlar", "kompaniyalar bizdan qancha xarid qiladi",
    ],
)  # fmt: skip
def test_the_own_company_and_its_customers_are_no_other_companies(question: str) -> None:
    assert not asks_of_other_companies(question)


async def test_a_question_that_somebody_checked_is_answered(talk: Talk, knowledge: ValidatedQueries) -> None:
    asked = "sales of all companies"
    query = next(query for query in knowledge.queries if query.name == "revenue_by_customer_kind")
    query = msgspec.structs.replace(query, questions={**query.questions, "en": [asked]})
    conversation = talk()
    conversation.context = msgspec.structs.replace(conversation.context, knowledge=ValidatedQueries(None, [query]))
    assert (await conversation.say(asked)).query == "revenue_by_customer_kind"
