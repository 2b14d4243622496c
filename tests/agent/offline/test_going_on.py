"""What is offered to be asked next is answered by the offline analyst, without asking back, in each language."""

import datetime as dt

import pytest

from app.data.periods import Calendar
from app.knowledge.going_on import Answered, suggested, tables_of
from app.knowledge.loading import LOCALES, Query
from app.knowledge.validated_queries import ValidatedQueries
from tests.agent.offline.conftest import Talk

ZONE = Calendar("Asia/Tashkent", 0)


def offered(knowledge: ValidatedQueries, query: Query | None, now: dt.datetime, locale: str, **given: object) -> list[str]:
    params = {"period_from": "2020-01-01", "period_to": "2020-02-01"}
    answered = Answered(query, params) if query else Answered(None, tables=frozenset({"orders"}))
    everything = {"may_read": lambda _: True, **given}
    return suggested(knowledge.queries, answered, locale=locale, calendar=ZONE, now=now, **everything)


@pytest.mark.parametrize("locale", LOCALES)
async def test_each_is_answered(talk: Talk, knowledge: ValidatedQueries, now: dt.datetime, locale: str) -> None:
    texts = [text for query in knowledge.queries for text in offered(knowledge, query, now, locale)]
    for text in dict.fromkeys(texts):
        said = await talk(locale).say(text)
        assert (said.asked, said.query is not None) == (None, True), f"{text}: {said.answer}"


@pytest.mark.parametrize("locale", LOCALES)
def test_there_are_three_after_whatever_was_answered(knowledge: ValidatedQueries, now: dt.datetime, locale: str) -> None:
    for query in [*knowledge.queries, None]:
        texts = offered(knowledge, query, now, locale)
        assert len(set(texts)) == 3, query.name if query else None
        assert set(offered(knowledge, query, now, locale, said=texts)).isdisjoint(texts)


def test_they_go_on_from_what_was_answered(knowledge: ValidatedQueries, now: dt.datetime) -> None:
    query = next(query for query in knowledge.queries if query.name == "revenue_by_branch")
    assert offered(knowledge, query, now, "en")[0] == "Revenue by branch last month"
    assert all("revenue" in text.lower() or "branch" in text.lower() for text in offered(knowledge, query, now, "en"))
    assert offered(knowledge, query, now, "ru")[0] == "Выручка по филиалам за прошлый месяц"
    assert offered(knowledge, query, now, "uz")[0] == "Oʻtgan oyda filiallar boʻyicha tushum"


def test_only_what_the_person_may_read_is_offered(knowledge: ValidatedQueries, now: dt.datetime) -> None:
    query = next(query for query in knowledge.queries if query.name == "revenue_by_city")
    assert tables_of(query) == {"sales"}
    texts = offered(knowledge, query, now, "en", may_read=lambda tables: "sales" not in tables)
    assert texts
    assert not any("evenue" in text for text in texts)
    assert offered(knowledge, query, now, "en", may_read=lambda _: False) == []
