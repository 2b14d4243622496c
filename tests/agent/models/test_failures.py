import io
import logging
import traceback
from collections.abc import Callable, Iterator

import pytest
import structlog

from app.agent.model import ModelError
from app.agent.openai_api import Api
from app.agent.openai_client import Endpoint, OpenAIModel
from tests.agent.models.conftest import KEY, QUESTION, answer_of, failure_of
from tests.model_server import ModelServer


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    caplog.set_level(logging.DEBUG)
    output = io.StringIO()
    configuration = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(output), cache_logger_on_first_use=False)
    yield output
    structlog.configure(**configuration)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (429, {"code": "rate_limit_exceeded", "type": "requests"}, "rate_limited"),
        (429, {"code": "insufficient_quota", "type": "insufficient_quota"}, "quota"),
        (402, {"message": "top up"}, "quota"),
        (401, {"code": "invalid_api_key"}, "model_auth"),
        (403, {"message": "not for you"}, "model_auth"),
        (400, {"code": "context_length_exceeded", "type": "invalid_request_error"}, "context_length"),
        (400, {"message": "This model's maximum context length is 8192 tokens", "code": None}, "context_length"),
        (413, {"message": "too large"}, "context_length"),
        (400, {"code": "content_filter", "message": "The response was filtered"}, "content_filter"),
        (400, {"code": "invalid_value", "type": "invalid_request_error"}, "validation"),
        (404, {"code": "model_not_found"}, "validation"),
        (409, {}, "unavailable"),
        (422, {"message": "temperature is not supported"}, "validation"),
        (408, {}, "timeout"),
        (500, {"type": "server_error"}, "unavailable"),
        (502, {}, "unavailable"),
        (503, {"message": "The engine is currently overloaded"}, "overloaded"),
        (529, {"type": "overloaded_error"}, "overloaded"),
    ],
)
async def test_every_refusal_has_its_code(model: OpenAIModel, server: ModelServer, status: int, error: dict, code: str) -> None:
    server.script = [{"status": status, "error": error}]
    _, failure = await failure_of(model)
    assert failure.code == code


@pytest.mark.parametrize(
    "body", ["", "<html>Bad gateway</html>", "[]", '[{"error": {"code": 500}}]', '{"error": "text"}', "null"]
)
async def test_a_refusal_with_any_body_is_a_refusal(model: OpenAIModel, server: ModelServer, body: str) -> None:
    server.script = [{"status": 500, "body": body}]
    _, failure = await failure_of(model)
    assert failure.code == "unavailable"


async def test_429_is_tried_again_after_the_time_the_server_asks_for(
    api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer
) -> None:
    server.script = [{"status": 429, "headers": {"retry-after": "1"}}, "here"]
    _, response = await answer_of(make_model(api))
    assert response.text == "here"
    first, second = (entry["received"] for entry in server.log)
    assert second - first > 0.99


async def test_the_time_to_wait_is_told_when_it_stays_429(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"status": 429, "headers": {"retry-after": "7"}}]
    _, failure = await failure_of(model)
    assert (failure.code, failure.retry_after) == ("rate_limited", 7)


async def test_500s_are_tried_again_a_few_times(api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer) -> None:
    server.script = [{"status": 500}, {"status": 503}, "here"]
    _, response = await answer_of(make_model(api, retries=2))
    assert response.text == "here"
    assert len(server.log) == 3


async def test_an_answer_that_has_begun_is_never_asked_for_again(
    api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer
) -> None:
    server.script = [{"parts": ["begun"], "ending": "reset"}, "again"]
    text, failure = await failure_of(make_model(api, retries=2))
    assert (text, failure.code, len(server.log)) == ("begun", "network", 1)


@pytest.mark.parametrize("ending", ["reset", "close", "early"])
@pytest.mark.parametrize(
    "parts", [["half an "], [], [{"call": {"name": "f", "arguments": "{"}}]], ids=["text", "nothing", "call"]
)
async def test_a_stream_that_breaks_is_a_network_failure(
    model: OpenAIModel, server: ModelServer, ending: str, parts: list
) -> None:
    server.script = [{"parts": [*parts, {"sleep": 0.02}], "ending": ending}]
    text, failure = await failure_of(model)
    assert failure.code == "network"
    assert text == "".join(part for part in parts if isinstance(part, str))


async def test_a_break_in_the_middle_of_a_character_loses_nothing_before_it(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": ["начало", {"raw": 'data: {"choices":[{"delta":{"content":"\xd0'}], "ending": "close"}]
    text, failure = await failure_of(model)
    assert (text, failure.code) == ("начало", "network")


async def test_an_empty_stream_is_a_network_failure(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"body": "", "content_type": "text/event-stream"}]
    _, failure = await failure_of(model)
    assert failure.code == "network"


async def test_silence_is_a_timeout(api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer) -> None:
    server.script = [{"parts": ["begun", {"sleep": 5}]}, {"delay": 5}]
    model = make_model(api, read_timeout=0.1, retries=0)
    assert [(text, failure.code) for text, failure in [await failure_of(model), await failure_of(model)]] == [
        ("begun", "timeout"),
        ("", "timeout"),
    ]


SIGNS_OF_LIFE = [": keep-alive\n\n", "event: ping\ndata: {}\n\n", 'data: {"type": "keepalive", "sequence_number": 3}\n\n']


@pytest.mark.parametrize("sign", SIGNS_OF_LIFE, ids=["comment", "ping", "keepalive"])
async def test_signs_of_life_that_bring_nothing_do_not_hide_a_stall(
    api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer, sign: str
) -> None:
    server.script = [{"parts": ["begun", *[{"sleep": 0.05}, {"raw": sign}] * 1200]}]
    text, failure = await failure_of(make_model(api, read_timeout=1.0, retries=0))
    assert (text, failure.code) == ("begun", "timeout")
    await server.until("cut")


async def test_signs_of_life_between_the_pieces_are_passed_over(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": [{"raw": SIGNS_OF_LIFE[0]}, "one ", {"raw": SIGNS_OF_LIFE[1]}, {"raw": SIGNS_OF_LIFE[2]}, "two"]}]
    _, response = await answer_of(model)
    assert response.text == "one two"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after-ms": "1500"}, 1.5), ({"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}, 1e9), ({"retry-after": "soon"}, None)],
)
async def test_the_time_to_wait_is_read_however_it_is_written(
    model: OpenAIModel, server: ModelServer, headers: dict[str, str], seconds: float | None
) -> None:
    server.script = [{"status": 429, "headers": headers}]
    _, failure = await failure_of(model)
    assert failure.retry_after == seconds or (failure.retry_after or 0) > (seconds or 0) > 2


async def test_nobody_waits_longer_than_the_patience_for_a_provider(
    api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer
) -> None:
    server.script = [{"status": 429, "headers": {"retry-after": "60"}}]
    _, failure = await failure_of(make_model(api, patience=10.0))
    assert (failure.code, len(server.log)) == ("rate_limited", 1)


async def test_a_server_that_is_not_there_is_a_network_failure(api: Api) -> None:
    model = OpenAIModel(api, Endpoint("http://127.0.0.1:9/v1", "m", KEY), retries=0)
    _, failure = await failure_of(model)
    await model.close()
    assert failure.code == "network"


async def test_a_server_that_hangs_up_before_it_answers_is_a_network_failure(model: OpenAIModel, server: ModelServer) -> None:
    def hang_up(_: dict) -> None:
        for connection in server.connections:
            connection.abort()
        return {"delay": 0.1}

    server.script = hang_up
    _, failure = await failure_of(model)
    assert failure.code == "network"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "rate_limit_exceeded", "message": "slow"}, "rate_limited"),
        ({"code": "insufficient_quota", "message": ""}, "quota"),
        ({"code": "server_error", "message": ""}, "unavailable"),
        ({"code": 429, "message": "upstream"}, "rate_limited"),
        ({"code": 502, "message": "upstream"}, "unavailable"),
        ({"code": "context_length_exceeded", "message": ""}, "context_length"),
        ({"type": "overloaded_error", "message": "busy"}, "overloaded"),
        ({"message": "who knows"}, "bad_response"),
    ],
)
async def test_a_failure_in_the_stream_has_its_code(model: OpenAIModel, server: ModelServer, error: dict, code: str) -> None:
    server.script = [
        {"parts": ["so far"], "failure": error},
        {"parts": [], "failure": {**error, "status": "failed"}},
    ]
    text, failure = await failure_of(model)
    assert (text, failure.code) == ("so far", code)
    assert (await failure_of(model))[1].code == code


async def test_malformed_json_in_the_stream_is_a_bad_answer(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": ["so far", {"raw": 'data: {"choices": [\n\n'}]}]
    text, failure = await failure_of(model)
    assert (text, failure.code) == ("so far", "bad_response")


async def test_a_web_page_is_a_bad_answer(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"body": "<html>Welcome</html>", "content_type": "text/html; charset=utf-8"}]
    _, failure = await failure_of(model)
    assert failure.code == "bad_response"


@pytest.mark.parametrize(
    "turn",
    [
        {"status": 401, "error": {"code": KEY, "type": KEY, "message": f"Incorrect API key provided: {KEY}. {QUESTION}"}},
        {"status": 400, "error": {"message": QUESTION}},
        {"status": 500, "body": f"{KEY} {QUESTION}"},
        {"parts": [], "failure": {"code": KEY, "message": f"{KEY} {QUESTION}"}},
        {"parts": ["x", {"raw": f"data: {{{KEY} {QUESTION}\n\n"}]},
        {"parts": ["x"], "ending": "reset"},
        "all is well",
    ],
)
async def test_no_key_and_no_message_text_gets_into_errors_or_logs(
    model: OpenAIModel, server: ModelServer, logged: io.StringIO, caplog: pytest.LogCaptureFixture, turn: dict
) -> None:
    server.script = [turn]
    told = ""
    try:
        await answer_of(model)
    except ModelError as error:
        assert "OpenAI API request failed" in logged.getvalue()
        told = "".join(traceback.format_exception(error))
    for secret in (KEY, QUESTION):
        assert secret not in told + logged.getvalue() + caplog.text
