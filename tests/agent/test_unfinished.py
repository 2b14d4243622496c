"""What goes on with a text joins it without a gap and without a repetition, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent.unfinished import Seam, tail_of

TEXT = (
    "Chilonzor sold 1 200 000 soʻm in March.\n\n| Branch | Sum |\n| --- | --- |\n| Chilonzor | 1,5 |\n| Yunusobod | 2,5 |\n\n"
    "Больше всего — хлеба."
)


def joined(before: str, *pieces: str) -> str:
    seam = Seam(before)
    return before + "".join([*(seam.take(piece) for piece in pieces), seam.rest()])


@given(st.integers(1, len(TEXT) - 1), st.integers(1, 9))
def test_the_last_words_are_not_said_twice(cut: int, size: int) -> None:
    before = TEXT[:cut]
    following = tail_of(before) + TEXT[len(before.rstrip()) :]
    pieces = [following[at : at + size] for at in range(0, len(following), size)]
    assert joined(before, *pieces) == TEXT


@given(st.integers(1, len(TEXT) - 1), st.integers(1, 9))
def test_starting_over_says_nothing_twice(cut: int, size: int) -> None:
    pieces = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    assert joined(TEXT[:cut], *pieces) == TEXT


@pytest.mark.parametrize(
    ("before", "following", "whole"),
    [
        ("It was 1", "1,000 in all", "It was 11,000 in all"),
        ("It was 10", "0,000", "It was 100,000"),
        ("in Tashkent", " and Samarkand", "in Tashkent and Samarkand"),
        ("in Tashkent", "in Tashkent and Samarkand", "in Tashkent and Samarkand"),
        ("in Tashkent", "“in Tashkent and Samarkand", "in Tashkent and Samarkand"),
        ("in Tashkent ", "Tashkent and Samarkand", "in Tashkent and Samarkand"),
        ("sold", "", "sold"),
        ("", "sold", "sold"),
    ],
)
def test_what_only_looks_alike_stays(before: str, following: str, whole: str) -> None:
    assert joined(before, *following) == whole
