"""What helps against each failure of a provider, and how long to wait before it is asked again."""

import itertools
from typing import get_args

import pytest

from app.agent import faults
from app.agent.faults import Code
from app.chat import sentences


def test_the_family_is_closed_and_every_member_has_a_sentence() -> None:
    assert set(faults.FAULTS) == set(get_args(Code))
    assert set(faults.FAULTS) <= set(sentences.ERRORS)


@pytest.mark.parametrize("code", [code for code, help_ in faults.FAULTS.items() if help_.again])
def test_people_are_told_to_try_again_what_is_tried_again_for_them(code: Code) -> None:
    assert sentences.failure(code).is_retryable


def test_waits_grow_and_are_never_the_same() -> None:
    waits = [[faults.pause("unavailable", None, attempt, 120) or 0 for _ in range(50)] for attempt in range(3)]
    assert all(max(earlier) < min(later) for earlier, later in itertools.pairwise(waits))
    assert all(len(set(same)) > 1 for same in waits)


def test_nobody_comes_back_sooner_than_asked_nor_all_at_once() -> None:
    waits = [faults.pause("rate_limited", 3.0, 0, 120) or 0 for _ in range(50)]
    assert min(waits) >= 3.0
    assert max(waits) < 4.0
    assert len(set(waits)) > 1


@pytest.mark.parametrize(
    ("code", "retry_after", "patience"),
    [("rate_limited", 60.0, 10.0), ("model_auth", None, 120.0), ("quota", 1.0, 120.0), ("unavailable", None, 0.0)],
)
def test_waiting_that_does_not_help_is_not_done(code: Code, retry_after: float | None, patience: float) -> None:
    assert faults.pause(code, retry_after, 0, patience) is None
