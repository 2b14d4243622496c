"""Suites held over the demo by the offline analyst."""

import msgspec
import pytest

from app import evaluating
from app.chat.desk import Desk
from app.evaluation import reports, scores, suite_file
from app.evaluation.suite_file import FaultySuite
from tests.evaluation.conftest import Write, hold, small


@pytest.mark.timeout(400)  # every turn of the suite that comes with BiChat
async def test_the_offline_analyst_passes_all_that_comes_with_bichat(desk: Desk) -> None:
    outcomes = await hold(desk, evaluating.SHIPPED)
    assert [reports.failed(outcome) for outcome in outcomes if not outcome.passed] == []
    spoken = {language: sum(outcome.language == language for outcome in outcomes) for language in ("en", "ru", "uz")}
    assert min(spoken.values()) >= 60


async def test_a_fact_that_is_off_by_one_digit_fails_in_every_language(desk: Desk, write: Write) -> None:
    assert all(outcome.passed for outcome in await hold(desk, write(small())))
    for more in (" + 1", " + 1000"):
        outcomes = await hold(desk, write(small(more)))
        assert [outcome.missed for outcome in outcomes] == [1, 1, 1]
        assert all(outcome.faults[0].startswith("revenue is missed: ") for outcome in outcomes)


async def test_a_drop_is_told_and_an_old_failure_is_not(desk: Desk, write: Write) -> None:
    good = scores.scores("small", "model", await hold(desk, write(small())))
    bad = scores.scores("small", "model", await hold(desk, write(small(" + 1"))))
    told = scores.drops(good, bad)
    assert "revenue/1/uz: passed before, does not pass" in told
    assert "passed: 0 of 3, before 3 of 3" in told
    assert scores.drops(bad, bad) == scores.drops(bad, good) == scores.drops(good, good) == []
    assert scores.drops(good, msgspec.structs.replace(good, turns={})) == [
        f"revenue/1/{language}: passed before, is gone" for language in ("en", "ru", "uz")
    ]


async def test_an_unexpected_question_and_a_missing_one_fail(desk: Desk, write: Write) -> None:
    asking = '[[conversations]]\nname = "asking"\nlanguages = ["en"]\n'
    asking += '[[conversations.turns]]\nask = "price of lemonade chinor"\nmust_not = ["weather"]\n'
    asking += '[[conversations.turns]]\nask = "revenue last month"\nanswers = ["the whole company"]\n'
    outcomes = (await hold(desk, write(small() + asking)))[3:]
    assert outcomes[0].faults == ("asked what nothing in the suite answers",)
    assert outcomes[1].faults == ("did not ask",)


async def test_facts_that_cannot_be_read_are_told_before_anything_is_asked(desk: Desk, write: Write) -> None:
    text = small().replace("FROM sales", "FROM nowhere") + '[[conversations]]\nname = "other"\nperson = "nobody@demo.test"\n'
    text += '[[conversations.turns]]\nask = "revenue"\nrefuses = true\n'
    path = write(text)
    with pytest.raises(FaultySuite) as caught:
        await hold(desk, path)
    assert caught.value.faults[0].startswith(f"{path}:5: facts.revenue: sql: ")
    assert caught.value.faults[1] == f"{path}:15: conversations[1]: there is nobody with the address 'nobody@demo.test'"
    assert suite_file.load(path)[0].asked == 6


async def test_what_no_person_could_send_is_told_before_anything_is_asked(desk: Desk, write: Write) -> None:
    text = small().replace('"revenue last month"', f'"{"revenue " * 2600}"') + f'answers = ["{"x" * 2001}"]\n'
    path = write(text)
    with pytest.raises(FaultySuite) as caught:
        await hold(desk, path)
    place = f"{path}:10: conversations[0].turns[0]"
    assert caught.value.faults == [
        f"{place}: ask: at most 20000 characters can be sent", f"{place}: answers: at most 2000 characters can be sent",
    ]  # fmt: skip
