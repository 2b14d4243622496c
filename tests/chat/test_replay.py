"""Coming back to a run's events at any place loses nothing and repeats nothing, whatever happened in the run."""

import asyncio
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.agent.events import Delegated, Finished, Reset, Status, Text, TextBlockEnd, Thinking, ThinkingEnd, ToolEnd, ToolStart
from app.agent.model import ToolCall
from app.agent.tool import NewArtifact
from app.chat.event_log import Failed, Follower, LoggedEvent, RunLog
from app.chat.run_view import RunFold
from app.chat.view import RunView

CALLS = [ToolCall(f"call-{number}", "schema_list", "{}") for number in range(3)]
TEXTS = st.text(alphabet="ab *_`|<>-#\n1.", min_size=1, max_size=12)
EVENTS = st.one_of(
    TEXTS.map(Text),
    TEXTS.map(Thinking),
    st.builds(ThinkingEnd, st.just(1.0), st.booleans()),
    st.sampled_from(["thinking", "writing"]).map(Status),
    st.integers(0, 2).map(TextBlockEnd),
    st.integers(0, 2).map(Reset),
    st.sampled_from(CALLS).map(ToolStart),
    st.builds(ToolEnd, st.sampled_from(CALLS), st.just("{}"), st.sampled_from([None, "timeout"]), st.just(1.0)),
)
ATTEMPTS = st.lists(st.lists(EVENTS, max_size=12), min_size=1, max_size=3)
ENDS = st.one_of(st.none(), st.sampled_from([Finished("stop"), Finished("stopped"), Failed("timeout")]))
thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def log_of(attempts: list[list[Any]], end: Any) -> RunLog:
    log = RunLog(uuid.uuid4())
    for number, events in enumerate(attempts, 1):
        log.begin(number)
        for event in events:
            log.append(event)
    if end:
        log.append(end)
    return log


def fold(events: list[LoggedEvent]) -> RunFold:
    folded = RunFold(RunView(uuid.UUID(int=1), uuid.UUID(int=2), "running"))
    for logged in events:
        folded.apply(logged.event)
    return folded


def test_what_was_committed_stands_when_a_run_is_tried_again() -> None:
    task, whole, half = ToolCall("t", "task", "{}"), ToolCall("w", "schema_list", "{}"), ToolCall("h", "schema_list", "{}")
    within = Delegated("t", "sql_analyst")
    table = NewArtifact(uuid.UUID(int=7), "table", "Sales", {})
    first = [
        ToolStart(CALLS[0]), ToolEnd(CALLS[0], "{}", None, 1.0, {}, (table,)), ToolStart(task), ToolStart(whole, within),
        ToolEnd(whole, "{}", None, 1.0, within=within), ToolStart(half, within), ToolStart(CALLS[1]), Text("Half"),
        TextBlockEnd(0), Failed("timeout"),
    ]  # fmt: skip
    view = fold(list(log_of([first, [Reset(0), Text("All")]], None).events))
    assert [(step.key, step.state) for step in view.view.every_step] == [("call-0", "ok"), ("t", "running"), ("w", "ok")]
    assert view.artifacts == [table.id]
    assert view.settle().answer_markdown == "All"


@thorough
@given(attempts=ATTEMPTS, end=ENDS)
def test_what_follows_an_id_is_everything_after_it(attempts: list[list[Any]], end: Any) -> None:
    log = log_of(attempts, end)
    whole = list(log.events)
    assert len({logged.id for logged in whole}) == len(whole)
    for cut, logged in enumerate(whole, 1):
        position = log.position_after(logged.id)
        assert position is not None
        assert whole[:cut] + list(log.since(position)) == whole


@thorough
@given(attempts=ATTEMPTS, end=ENDS, data=st.data())
def test_a_page_that_comes_back_shows_the_same_as_one_that_stayed(attempts: list[list[Any]], end: Any, data: Any) -> None:
    whole = list(log_of(attempts, end).events)
    cut = data.draw(st.integers(0, len(whole)))
    stayed, returning = fold(whole), fold(whole[:cut])
    returning.settle()  # what was on the page before is drawn there
    for logged in whole[cut:]:
        returning.apply(logged.event)
        returning.take_blocks()
    assert returning.settle() == stayed.settle()


@thorough
@given(attempts=ATTEMPTS, end=ENDS, data=st.data())
def test_closing_a_log_keeps_its_text_and_the_places_of_the_ids_that_it_still_knows(
    attempts: list[list[Any]], end: Any, data: Any
) -> None:
    long = [Text(f"{number} ") for number in range(150)]
    log = log_of([[*events, *long] for events in attempts], end)
    before = list(log.events)
    log.close()
    whole = fold(before).settle()
    assert fold(log.events).settle() == whole
    index = data.draw(st.integers(0, len(before) - 1))
    position = log.position_after(before[index].id)
    if position is not None:
        assert fold([*before[: index + 1], *log.since(position)]).settle() == whole


@thorough
@given(events=st.lists(EVENTS, max_size=20), at=st.integers(0, 20), steps=st.lists(st.integers(1, 4), max_size=20))
async def test_a_reader_of_a_growing_log_gets_each_event_once(events: list[Any], at: int, steps: list[int]) -> None:
    log, got, written = RunLog(uuid.uuid4()), list[LoggedEvent](), 0
    log.begin(1)
    for event in events[:at]:
        log.append(event)
    written = min(at, len(events))

    async def read() -> None:
        async for batch in Follower(log, 0).batches():
            got.extend(batch)

    reading = asyncio.create_task(read())
    for step in [*steps, len(events)]:
        for event in events[written : written + step]:
            log.append(event)
        written += len(events[written : written + step])
        await asyncio.sleep(0)
    log.is_closed = True
    for follower in log.followers:
        follower.wake(urgent=True)
    await reading
    assert got == log.events
