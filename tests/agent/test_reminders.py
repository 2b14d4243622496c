"""An agent is told when its steps run out, at the end of what it is asked, and never has more than it was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent.events import AssistantStep, Finished
from app.agent.model import Reminder
from app.agent.reminders import reminder
from tests.agent.test_loop import played
from tests.scripted_model import Call


@pytest.mark.parametrize(
    ("used", "told"), [(0, None), (15, None), (16, "16 of your 20"), (18, "18 of your 20"), (19, "only 1 left"), (20, "all your")]
)
def test_it_is_told_at_eighty_and_at_ninety_five_parts_of_a_hundred(used: int, told: str | None) -> None:
    said = reminder(used, 20)
    assert (said is None) if told is None else (said is not None and told in said.content)


@given(budget=st.integers(1, 200), used=st.integers(0, 400))
def test_reminders_grow_more_pressing_and_never_stop(budget: int, used: int) -> None:
    said, later = reminder(used, budget), reminder(used + 1, budget)
    assert said is None or later is not None
    assert (said is None) == (used < budget and used * 100 < budget * 80)
    assert (reminder(budget, budget) or Reminder("")).content.startswith("You have used all")


async def test_reminders_stand_at_the_end_and_leave_all_before_them_as_it_was() -> None:
    events, model = await played(*[[Call("wait")]] * 10, "Enough.", max_iterations=10)
    assert events[-1] == Finished("max_iterations")
    said = [[message for message in request.messages if isinstance(message, Reminder)] for request in model.requests]
    assert [len(each) for each in said] == [0] * 8 + [1, 1, 1]
    for before, after in zip(model.requests, model.requests[1:], strict=False):
        lasting = [message for message in before.messages if not isinstance(message, Reminder)]
        assert list(after.messages[: len(lasting)]) == lasting
        assert (after.system, after.tools) == (before.system, before.tools)
    assert all(isinstance(request.messages[-1], Reminder) for request in model.requests[8:])


@pytest.mark.parametrize("budget", [1, 2, 5])
async def test_no_agent_has_more_steps_than_it_was_given(budget: int) -> None:
    events, model = await played(*[[Call("wait")]] * budget, "Out of steps.", max_iterations=budget)
    assert len(model.requests) == budget + 1
    assert not model.requests[-1].may_call_tools
    assert sum(isinstance(event, AssistantStep) for event in events) == budget + 1
