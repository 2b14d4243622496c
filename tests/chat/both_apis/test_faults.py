"""Every way in which a provider fails comes to the same end over both APIs: for people, for programs and in the database."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Uuid, bindparam, text

from tests.chat.conftest import Chat, Person
from tests.model_server import ModelServer

BEGUN = "There are 8 branches in "
REFUSED: dict[str, Any] = {"status": 401}
SENTENCES = {
    "model_auth": "refuses BiChat's key",
    "quota": "budget",
    "rate_limited": "too many questions",
    "context_length": "too long",
    "content_filter": "refused to answer",
    "validation": "did not accept",
    "overloaded": "overloaded",
    "unavailable": "did not answer",
    "timeout": "too long",
    "network": "connection",
    "bad_response": "could not be read",
}
LASTING = {"model_auth", "quota", "context_length", "content_filter", "validation"}
BEFORE: list[tuple[dict[str, Any], str]] = [
    ({"status": 401}, "model_auth"),
    ({"status": 429, "error": {"code": "insufficient_quota"}}, "quota"),
    ({"status": 429, "headers": {"retry-after": "600"}}, "rate_limited"),
    ({"status": 400, "error": {"code": "context_length_exceeded"}}, "context_length"),
    ({"status": 400, "error": {"code": "content_filter"}}, "content_filter"),
    ({"status": 400, "error": {"code": "invalid_value"}}, "validation"),
    ({"status": 503}, "overloaded"),
    ({"status": 500}, "unavailable"),
    ({"status": 408}, "timeout"),
    ({"parts": [], "ending": "reset"}, "network"),
    ({"body": "<html>Hello</html>", "content_type": "text/html"}, "bad_response"),
    ({"parts": [{"raw": "data: {\n\n"}]}, "bad_response"),
    ({"parts": [], "failure": {"code": "insufficient_quota"}}, "quota"),
    ({"parts": [], "failure": {"code": "rate_limit_exceeded"}}, "rate_limited"),
    ({"parts": [], "failure": {"code": "context_length_exceeded"}}, "context_length"),
    ({"parts": [], "failure": {"type": "overloaded_error"}}, "overloaded"),
    ({"parts": [], "failure": {"code": "server_error"}}, "unavailable"),
    ({"parts": [], "failure": {"code": "timeout"}}, "timeout"),
]
AFTER: list[tuple[dict[str, Any], str]] = [
    ({"ending": "reset"}, "network"),
    ({"ending": "early"}, "network"),
    ({"parts": [BEGUN, {"raw": "data: {\n\n"}]}, "bad_response"),
    ({"failure": {"code": "rate_limit_exceeded"}}, "rate_limited"),
    ({"failure": {"type": "overloaded_error"}}, "overloaded"),
    ({"failure": {"code": "server_error"}}, "unavailable"),
    ({"failure": {"code": "insufficient_quota"}}, "quota"),
    ({"failure": {"code": "content_filter"}}, "content_filter"),
]
OF_SESSION = bindparam("session", type_=Uuid())
RUN = text("SELECT status, error_code FROM bichat_runs WHERE session_id = :session").bindparams(OF_SESSION)
SAID = text(
    "SELECT content, partial FROM bichat_messages WHERE role = 'assistant' AND session_id = :session ORDER BY id"
).bindparams(OF_SESSION)
CALLS = text(
    "SELECT finish_reason, is_estimated FROM bichat_model_calls WHERE session_id = :session ORDER BY created_at, id"
).bindparams(OF_SESSION)


class Outcome:
    """What one question came to."""

    def __init__(self, events: list[dict[str, Any]], **kept: list[tuple[Any, ...]]) -> None:
        self.session = events[0]["sessionId"]
        self.last = events[-1]
        self.content = "".join(event["content"] for event in events if event["type"] == "content")
        self.run, self.said, self.calls = kept["run"], kept["said"], kept["calls"]

    def check_failed(self, code: str) -> None:
        """Check what programs are told and what the run is stored as."""
        told = {"bad_response": "internal"}.get(code, code)
        assert (self.last["type"], self.last["code"], self.last["retryable"]) == ("error", told, code not in LASTING), code
        assert SENTENCES[code] in self.last["error"]
        assert self.run == [("failed", code)]


async def outcome(chat: Chat, question: str = "How many?") -> Outcome:
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content=question)
    known = {"session": uuid.UUID(events[0]["sessionId"])}
    queries = {"run": RUN, "said": SAID, "calls": CALLS}
    kept = {name: [tuple(row) for row in await chat.database.rows(query, known)] for name, query in queries.items()}
    return Outcome(events, **kept)


@pytest.fixture
async def person(hasty: Chat) -> AsyncIterator[Person]:
    async with hasty.person("analyst@one.test") as person:
        yield person


async def test_before_the_first_word(hasty: Chat, person: Person, provider: ModelServer) -> None:
    for failing, code in BEFORE:
        provider.script = lambda _request, failing=failing: failing
        came = await outcome(hasty)
        came.check_failed(code)
        assert (came.content, came.said, came.calls) == ("", [], []), failing
        page = (await person.get(f"/bi-chat/sessions/{came.session}")).text
        assert 'data-testid="run-error"' in page
        assert ('data-testid="retry"' in page) == (code not in LASTING)


async def test_after_the_first_word(hasty: Chat, provider: ModelServer) -> None:
    """What was written is kept, and where another call cannot go on either, the failure that broke it is told."""
    for failing, code in AFTER:
        provider.script, provider.played = [{"parts": [BEGUN], **failing}, REFUSED], 0
        came = await outcome(hasty)
        came.check_failed(code)
        assert (came.content, came.said, came.calls) == (BEGUN, [(BEGUN, True)], [(code, True)]), failing


@pytest.mark.parametrize("longest_silence", [1.0], indirect=True)
async def test_a_stream_that_stalls(hasty: Chat, provider: ModelServer) -> None:
    for parts in ([], [BEGUN]):
        provider.script, provider.played = [{"parts": parts, "ending": "hang"}, REFUSED], 0
        came = await outcome(hasty)
        came.check_failed("timeout")
        assert came.content == "".join(parts)
        assert came.said == [(text, True) for text in parts]
        assert came.calls == [("timeout", True) for _ in parts]


async def test_an_answer_that_is_cut_off_is_an_answer(hasty: Chat, provider: ModelServer) -> None:
    for reason in ("content_filter", "length"):
        provider.script, provider.played = [{"parts": [BEGUN], "finish_reason": reason}], 0
        came = await outcome(hasty)
        assert (came.last["type"], came.last["finishReason"], came.content) == ("done", reason, BEGUN)
        assert (came.run, came.said, came.calls) == ([("completed", None)], [(BEGUN, False)], [(reason, False)])


async def test_it_is_tried_again_from_the_last_step(hasty: Chat, person: Person, provider: ModelServer) -> None:
    call = {"call": {"name": "get_current_time", "arguments": {}}}
    provider.script = [{"parts": [call]}, {"status": 503}, "It is noon."]
    session, run = await person.ask("What time is it?")
    await person.until(session, "failed")
    assert (await person.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 200
    page = await person.until(session, "completed")
    assert "It is noon." in page
    assert page.count('data-testid="tool-step"') == 1
    assert provider.log[1]["body"] == provider.log[2]["body"]


async def test_the_time_that_a_provider_asks_for_is_waited(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"status": 429, "headers": {"retry-after": "1"}}, BEGUN]
    came = await outcome(chat)
    assert (came.last["type"], came.content, came.calls) == ("done", BEGUN, [("stop", False)])
    first, second = (entry["received"] for entry in provider.log)
    assert second - first > 0.99
