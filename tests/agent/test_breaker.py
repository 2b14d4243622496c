"""A provider that fails again and again is left alone, for as long as it wants to be; then one call tries it."""

import contextlib

import pytest

from app.agent.breaker import FAILURES, SECONDS, Breaker
from app.agent.faults import Code
from app.agent.model import ModelError


class Clock:
    """Stands still between steps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def fail(breaker: Breaker, code: Code = "overloaded", retry_after: float | None = None) -> None:
    with contextlib.suppress(ModelError), breaker.watching():
        raise ModelError(code, "no", retry_after=retry_after)


def test_it_opens_after_failures_in_a_row_and_lets_one_call_through_after_a_while(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        assert breaker.state == "closed"
        fail(breaker)
    assert (breaker.state, breaker.lets_through) == ("open", False)
    clock.now = SECONDS
    assert (breaker.state, breaker.lets_through) == ("half-open", True)
    with breaker.watching():
        assert not breaker.lets_through
    assert breaker.state == "closed"


def test_a_request_that_is_refused_for_itself_shows_that_the_provider_is_there(breaker: Breaker) -> None:
    for code in ("overloaded", "overloaded", "validation", "overloaded", "overloaded"):
        fail(breaker, code)
    assert breaker.state == "closed"


def test_it_stays_open_as_long_as_the_provider_asked_for(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        fail(breaker, retry_after=SECONDS * 4)
    clock.now = SECONDS * 4 - 1
    assert breaker.state == "open"
    clock.now = SECONDS * 4
    assert breaker.state == "half-open"


def test_a_call_that_is_given_up_teaches_nothing(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        fail(breaker)
    clock.now = SECONDS
    with contextlib.suppress(GeneratorExit), breaker.watching():
        raise GeneratorExit
    assert (breaker.state, breaker.lets_through) == ("half-open", True)
