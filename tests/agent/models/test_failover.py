"""Another provider is asked when one fails; what was written is neither lost nor said twice."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.agent.answer_writer import AnswerWriter
from app.agent.breaker import Breaker
from app.agent.failover import MOST_BREAKS, Failover, Provider
from app.agent.model import (
    Abandoned,
    ModelError,
    ModelEvent,
    ModelResponse,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    TurnedTo,
)
from app.agent.openai_api import Api
from app.agent.openai_client import Endpoint, OpenAIModel
from tests.agent.models.conftest import KEY, a_request
from tests.model_scripts import conversation
from tests.model_server import ModelServer
from tests.scripted_model import ScriptedModel

ANSWER = "There are 8 branches in Tashkent, and 4 of them sell bread."
HALVES = ANSWER[:24], ANSWER[24:]
Make = Callable[..., Failover]


@pytest.fixture
async def other() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def make(api: Api, server: ModelServer, other: ModelServer) -> AsyncIterator[Make]:
    """Return a function that makes one model of two providers, or of the first alone."""
    async with contextlib.AsyncExitStack() as stack:

        def make(*, alone: bool = False, clock: Callable[[], float] = lambda: 0.0, **options: Any) -> Failover:
            places = [(server, "usual-model"), (other, "other-model")][: 1 if alone else 2]
            models = [OpenAIModel(api, Endpoint(place.url, name, KEY), **{"retries": 0, **options}) for place, name in places]
            named = [Provider(model, name, Breaker(clock=clock)) for model, (_, name) in zip(models, places, strict=True)]
            model = Failover(named)
            stack.push_async_callback(model.close)
            return model

        yield make


async def told(asked: Failover, **fields: Any) -> tuple[str, list[ModelEvent], ModelError | None]:
    """Return what a reader gets to see, every event, and the failure."""
    writer, events, failure = AnswerWriter(), [], None
    try:
        async for event in asked.stream(a_request(**fields)):
            events.append(event)
            if isinstance(event, TextDelta | ToolCallStarted | ToolArgumentsDelta):
                writer.take(event)
    except ModelError as error:
        failure = error
    return writer.text, events, failure


def response_of(events: list[ModelEvent]) -> ModelResponse:
    assert isinstance(events[-1], ModelResponse)
    return events[-1]


def written_before(request: dict[str, Any]) -> list[tuple[str, str]]:
    return conversation(request)[-2:]


@pytest.mark.parametrize(
    "failing",
    [
        {"status": 401},
        {"status": 402},
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"body": "<html>Welcome</html>", "content_type": "text/html"},
        {"body": "", "content_type": "text/event-stream"},
        {"parts": [], "failure": {"code": "server_error"}},
        {"parts": [], "ending": "reset"},
        {"delay": 60},
    ],
    ids=str,
)
async def test_another_provider_answers_where_one_fails(
    make: Make, server: ModelServer, other: ModelServer, failing: dict[str, Any]
) -> None:
    server.script, other.script = [failing], [ANSWER]
    text, events, failure = await told(make(read_timeout=1.0 if "delay" in failing else 60.0), model="chosen-model")
    assert (text, failure) == (ANSWER, None)
    assert [event.model for event in events if isinstance(event, TurnedTo)] == ["other-model"]
    assert response_of(events).model == "other-model"
    assert [entry["body"]["model"] for entry in (*server.log, *other.log)] == ["chosen-model", "other-model"]


@pytest.mark.parametrize(
    ("refusing", "code"),
    [
        ({"status": 400, "error": {"code": "invalid_value"}}, "validation"),
        ({"status": 400, "error": {"code": "context_length_exceeded"}}, "context_length"),
        ({"status": 400, "error": {"code": "content_filter"}}, "content_filter"),
    ],
)
async def test_nobody_else_is_asked_what_was_refused_for_good(
    make: Make, server: ModelServer, other: ModelServer, refusing: dict[str, Any], code: str
) -> None:
    server.script = [refusing]
    _, _, failure = await told(make())
    assert failure
    assert (failure.code, other.log) == (code, [])


@pytest.mark.parametrize(
    ("usual", "another", "code"),
    [(401, 429, "rate_limited"), (503, 401, "overloaded"), (500, 503, "unavailable"), (401, 402, "model_auth")],
)
async def test_when_all_fail_a_failure_that_passes_is_told_or_the_usual_providers(
    make: Make, server: ModelServer, other: ModelServer, usual: int, another: int, code: str
) -> None:
    server.script, other.script = [{"status": usual}], [{"status": another}]
    _, _, failure = await told(make())
    assert failure
    assert failure.code == code
    assert len(server.log) == len(other.log) == 1


@pytest.mark.parametrize("ending", ["reset", "early"])
@pytest.mark.parametrize("repeated", [0, 24, 12], ids=["nothing", "everything", "the last words"])
@pytest.mark.parametrize("kind", ["text", "final_answer"])
async def test_a_broken_answer_is_gone_on_with(
    make: Make, server: ModelServer, other: ModelServer, ending: str, repeated: int, kind: str
) -> None:
    begun: Any = HALVES[0]
    if kind == "final_answer":
        begun = {"call": {"name": "final_answer", "arguments": '{"answer": "' + HALVES[0], "pieces": 4}}
    again = HALVES[0][len(HALVES[0]) - repeated :] + HALVES[1]
    server.script = [{"parts": [begun, {"sleep": 0.02}], "ending": ending}, {"parts": [{"text": again, "pieces": 7}]}]
    text, events, failure = await told(make())
    assert (text, failure) == (ANSWER, None)
    assert response_of(events).text == ANSWER
    assert response_of(events).tool_calls == ()
    (role, said), (_, asked) = written_before(server.log[1]["body"])
    assert (role, said) == ("assistant", HALVES[0].rstrip())
    assert "Tashkent" not in asked
    assert other.log == []


async def test_the_rest_may_come_as_a_final_answer_too(make: Make, server: ModelServer) -> None:
    rest = {"call": {"name": "final_answer", "arguments": {"answer": HALVES[0][-12:] + HALVES[1]}, "pieces": 9}}
    server.script = [{"parts": [HALVES[0], {"sleep": 0.02}], "ending": "reset"}, {"parts": [rest]}]
    text, events, _ = await told(make(alone=True))
    assert text == ANSWER
    assert response_of(events).tool_calls == ()


async def test_half_a_call_of_a_tool_is_written_again(make: Make, server: ModelServer) -> None:
    half = {"name": "sql_execute", "arguments": '{"query": "SEL', "pieces": 3}
    whole = {"name": "sql_execute", "arguments": {"query": "SELECT 1"}, "pieces": 3}
    server.script = [{"parts": ["Let me look. ", {"call": half}], "ending": "close"}, {"parts": [{"call": whole}]}]
    text, events, _ = await told(make(alone=True))
    assert text == "Let me look. "
    assert [call.arguments for call in response_of(events).tool_calls] == ['{"query": "SELECT 1"}']


async def test_a_provider_that_keeps_breaking_off_is_asked_a_few_times_only(make: Make, server: ModelServer) -> None:
    server.script = lambda _request: {"parts": [f"part {len(server.log)} "], "ending": "reset"}
    text, _, failure = await told(make(alone=True))
    assert failure
    assert failure.code == "network"
    assert len(server.log) == MOST_BREAKS + 1
    assert text == "part 0 part 1 part 2 part 3 "


async def test_the_other_provider_goes_on_where_the_first_one_fails_again(
    make: Make, server: ModelServer, other: ModelServer
) -> None:
    server.script = [{"parts": [HALVES[0]], "ending": "reset"}, {"status": 503}]
    other.script = [HALVES[0][-12:] + HALVES[1]]
    text, events, _ = await told(make())
    assert text == ANSWER
    assert [type(event) for event in events if isinstance(event, Abandoned | TurnedTo)] == [Abandoned, TurnedTo]


async def test_what_a_broken_call_used_is_told(make: Make, server: ModelServer) -> None:
    server.script = [{"parts": [HALVES[0]], "ending": "reset"}, HALVES[1]]
    _, events, _ = await told(make(alone=True))
    (spent,) = [event.response for event in events if isinstance(event, Abandoned)]
    assert (spent.finish_reason, spent.model, spent.text) == ("network", "usual-model", HALVES[0])
    assert spent.usage.is_estimated
    assert spent.usage.output_tokens > 0
    assert response_of(events).usage.output_tokens == 30


async def test_a_provider_that_failed_often_is_left_alone_until_it_may_be_back(
    make: Make, server: ModelServer, other: ModelServer
) -> None:
    now = 0.0
    model = make(clock=lambda: now)
    server.script, other.script = lambda _request: {"status": 500}, lambda _request: "here"
    for _ in range(5):
        assert (await told(model))[0] == "here"
    assert (len(server.log), model.providers[0].breaker.state) == (3, "open")
    now = 31.0
    assert model.providers[0].breaker.state == "half-open"
    await told(model)
    assert (len(server.log), model.providers[0].breaker.state) == (4, "open")
    now = 62.0
    server.script = lambda _request: "back"
    assert [(await told(model))[0] for _ in range(2)] == ["back", "back"]
    assert model.providers[0].breaker.state == "closed"


async def test_one_call_alone_tries_whether_a_provider_is_back(make: Make, server: ModelServer, other: ModelServer) -> None:
    now = 0.0
    model = make(clock=lambda: now)
    server.script, other.script = lambda _request: {"status": 500}, lambda _request: "here"
    for _ in range(3):
        await told(model)
    now = 31.0
    server.script = lambda _request: {"parts": ["back", {"sleep": 60}]}
    async with contextlib.aclosing(model.stream(a_request())) as trial:
        assert await anext(trial) == TextDelta("back")
        assert (await told(model))[0] == "here"
    assert model.providers[0].breaker.state == "half-open"
    server.script = lambda _request: "back"
    assert (await told(model))[0] == "back"


async def test_a_lone_provider_is_asked_however_often_it_failed(make: Make, server: ModelServer) -> None:
    model = make(alone=True)
    server.script = [*[{"status": 500}] * 6, "here"]
    for _ in range(6):
        await told(model)
    assert (await told(model))[0] == "here"


async def test_a_model_that_the_company_does_not_allow_stands_in_for_nobody(make: Make, server: ModelServer, other: ModelServer):
    server.script = {"rules": [{"turns": [{"status": 401}]}]}
    other.script = {"rules": [{"turns": [ANSWER]}]}
    asked = make()
    _, _, failure = await told(asked, models_allowed=("usual-model", "third-model"))
    assert (failure and failure.code, other.log) == ("model_auth", [])
    text, _, failure = await told(asked, models_allowed=("usual-model", "other-model"))
    assert (text, failure) == (ANSWER, None)


async def test_the_tools_of_a_provider_itself_are_the_usual_ones_alone() -> None:
    usual, other = ScriptedModel([ModelError("overloaded", "busy")]), ScriptedModel([[ANSWER]])
    asked = Failover([Provider(usual, "usual-model"), Provider(other, "other-model")])
    assert (await told(asked, hosted=("web_search", "code_interpreter"), model="chosen-model"))[2] is None
    (first,), (second,) = usual.requests, other.requests
    assert (first.hosted, first.model) == (("web_search", "code_interpreter"), "chosen-model")
    assert (second.hosted, second.model) == ((), None)
