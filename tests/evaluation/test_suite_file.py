"""A suite's file is read whole, and everything wrong with it is told with its place."""

import pytest

from app import evaluating
from app.evaluation import suite_file
from app.evaluation.suite import LANGUAGES, question_in
from app.evaluation.suite_file import FaultySuite
from tests.evaluation.conftest import Write, small

WRONG = """name = "wrong"
person = "analyst@demo.test"
[facts.one]
sequel = "SELECT 1"
[[conversations]]
name = "first"
[[conversations.turns]]
ask = 7
[[conversations]]
name = "second"
languages = ["de"]
"""
INCONSISTENT = """name = "inconsistent"
person = "analyst@demo.test"
[[conversations]]
name = "twice"
[[conversations.turns]]
ask.en = "sales?"
facts = ["unknown"]
[[conversations]]
name = "twice"
languages = ["en"]
[[conversations.turns]]
ask = "sales?"
[[conversations.turns]]
ask = "sales?"
offers = ["neither"]
must = ["some"]
"""


def faults(write: Write, text: str) -> list[str]:
    path = write(text)
    with pytest.raises(FaultySuite) as caught:
        suite_file.load(path)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


def test_what_comes_with_bichat_can_be_held_in_three_languages() -> None:
    suite, _ = suite_file.load(evaluating.SHIPPED)
    turns = [turn for conversation in suite.conversations for turn in conversation.turns]
    assert all(len({question_in(language, turn) for turn in turns}) >= 60 for language in LANGUAGES)
    assert {language for conversation in suite.conversations for language in conversation.languages} == {"en", "ru", "uz"}


def test_each_part_of_the_wrong_kind_is_told_by_its_line(write: Write) -> None:
    found = faults(write, WRONG)
    assert [fault.split(": ")[:2] for fault in found] == [
        ["3", "facts.one"], ["7", "conversations[0].turns[0]"], ["9", "conversations[1]"],
    ]  # fmt: skip
    assert "ask: Expected" in found[1]


def test_a_question_of_spaces_is_told_by_its_line(write: Write) -> None:
    found = faults(write, small().replace('"revenue last month"', '"  "'))
    assert len(found) == 1
    assert found[0].startswith("10: conversations[0].turns[0]: ")


def test_what_does_not_fit_together_is_told(write: Write) -> None:
    found = faults(write, INCONSISTENT)
    assert "5: conversations[0].turns[0]: ask: there is no question in ru" in found
    assert "5: conversations[0].turns[0]: there is no [facts.unknown]" in found
    assert "8: conversations[1]: there is another conversation 'twice'" in found
    assert any(fault.startswith("11: conversations[1].turns[0]: nothing is expected") for fault in found)
    assert "13: conversations[1].turns[1]: there is no [facts.neither]" in found
    assert any(fault.startswith("13: conversations[1].turns[1]: what is offered is only read of a question") for fault in found)


def test_what_is_no_toml_is_told_by_its_line(write: Write) -> None:
    assert faults(write, small() + "\nname =\n")[0].startswith("16: ")
