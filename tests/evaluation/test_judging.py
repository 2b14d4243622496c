"""The judge finds facts however they are written, and misses what is not there."""

from decimal import Decimal
from typing import Any

import pytest

from app.evaluation.judging import KnownFact, Said, judge
from app.evaluation.suite import Language, Turn

TURN = Turn("How much?")


def missed(answer: str, cell: Any, language: Language = "en", **more: Any) -> int:
    fact = KnownFact("fact", [cell], more.pop("tolerance", 0.0))
    return judge(TURN, language, Said(answer, **more), [fact], []).missed


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "Revenue was **1,234,567 UZS**."),
        ("ru", "Выручка: **1\u00a0234\u00a0567 сум**."),
        ("ru", "Выручка: 1,23 млн сум."),
        ("uz", "Tushum: 1 234 567 soʻm."),
        ("uz", "Tushum: 1,2 mln soʻm."),
        ("en", "About 1.2 million."),
    ],
)
def test_a_figure_is_found_in_the_formats_of_each_language(language: Language, answer: str) -> None:
    assert missed(answer, 1_234_567, language) == 0


@pytest.mark.parametrize("answer", ["It was 1,234,568.", "It was 1,334,567.", "It was 1.3 million.", "It was −1,234,567.", ""])
def test_a_figure_that_is_off_by_a_digit_is_missed(answer: str) -> None:
    assert missed(answer, 1_234_567) == 1


def test_a_tolerance_lets_near_figures_pass() -> None:
    assert missed("It was 1,240,000.", 1_234_567, tolerance=0.01) == 0
    assert missed("It was 1,250,000.", 1_234_567, tolerance=0.01) == 1


def test_results_that_are_shown_count_like_words() -> None:
    assert missed("See the table.", Decimal("12.5"), rows=[["Samarqand", Decimal("12.5")]]) == 0
    assert missed("See the table.", "Samarqand", rows=[["Samarqand", 1]]) == 0
    assert missed("See the table.", "Samar", rows=[["Samarqand", 1]]) == 1


def test_names_are_found_whatever_their_apostrophes() -> None:
    assert missed("Fargʻona leads.", "Farg'ona") == 0


def test_words_are_checked_by_language() -> None:
    turn = Turn("How?", must={"en": ("not begun|to come",), "ru": ("не начался",)}, must_not=("guess",))
    assert judge(turn, "en", Said("It is to come."), [], []).faults == ()
    assert judge(turn, "ru", Said("Not begun"), [], []).faults == ("does not say 'не начался'",)
    assert judge(turn, "en", Said("Not begun, I guess."), [], []).faults == ("says 'guess'",)


def test_a_refusal_shows_nothing_and_tells_no_figures_but_those_of_the_question() -> None:
    turn = Turn("revenue in 2,099,000 shops", refuses=True)
    assert judge(turn, "en", Said("I cannot tell of 2,099,000 shops."), [], []).faults == ()
    assert judge(turn, "en", Said("It was 5,000,000."), [], []).faults == ("tells figures instead of refusing",)
    assert judge(turn, "en", Said("Here.", shows_result=True), [], []).faults == ("shows a result instead of refusing",)


def test_what_must_not_be_told_is_noticed() -> None:
    secret = KnownFact("theirs", [7_654_321])
    assert judge(TURN, "en", Said("It was 7,654,321."), [], [secret]).faults == ("theirs is told",)
    assert judge(TURN, "en", Said("It was 1."), [], [secret]).faults == ()


def test_options_have_to_tell_their_figures_and_the_answer_does_not_stand_in_for_them() -> None:
    small, large = KnownFact("small", [9_000]), KnownFact("large", [14_500])
    said = Said("It costs 14,500.", asked=1, offered="0.5 l: UZS 9,000\n1.5 l: UZS 14,500")
    assert judge(TURN, "en", said, [large], [], [small, large]).faults == ()
    said = Said("It costs 14,500.", asked=1, offered="0.5 l: UZS 9,000\n1.5 l: UZS 14,600")
    assert judge(TURN, "en", said, [large], [], [small, large]).faults == ("large is on no option",)


def test_a_failed_run_does_not_pass() -> None:
    assert judge(TURN, "en", Said(failure="timeout"), [], []).faults == ("the run failed: timeout",)
