"""The provider's own search of the web on the Responses API, with the sources that an answer names."""

import json
from collections.abc import Callable

import pytest

from app.agent.hosted import WEB_SEARCH, Citation
from app.agent.model import HostedStarted
from app.agent.openai_client import OpenAIModel
from app.agent.openai_responses import RESPONSES
from tests.agent.models.conftest import a_request, answer_of
from tests.model_server import ModelServer

SEARCH = {"type": "web_search_call", "action": {"type": "search", "query": "dollar rate"}}


def source(start: int, end: int, url: str = "https://cbu.uz/rates", title: str = "Rates") -> dict:
    return {"annotation": {"type": "url_citation", "start_index": start, "end_index": end, "url": url, "title": title}}


@pytest.fixture
def model(make_model: Callable[..., OpenAIModel]) -> OpenAIModel:
    return make_model(RESPONSES, retries=0)


async def test_they_are_offered_where_the_request_names_them(model: OpenAIModel, server: ModelServer) -> None:
    server.script = ["fine", "fine"]
    await answer_of(model, a_request(hosted=(WEB_SEARCH,)))
    await answer_of(model)
    with_them, without = (entry["body"] for entry in server.log)
    assert [tool["type"] for tool in with_them["tools"]] == ["function", "web_search"]
    assert with_them["tools"][1]["user_location"] == {"type": "approximate"}
    assert [tool["type"] for tool in without["tools"]] == ["function"]


async def test_sources_stand_at_their_places_in_the_whole_text(model: OpenAIModel, server: ModelServer) -> None:
    parts = ["Ищу. ", {"hosted": SEARCH}, "Курс 12 650.", source(5, 11), source(0, 4, "https://cbu.uz/other", ""), source(5, 11)]
    server.script = [{"parts": parts}]
    events, response = await answer_of(model, a_request(hosted=(WEB_SEARCH,)))
    assert response.text == "Ищу. \n\nКурс 12 650."
    assert response.citations == (
        Citation("Rates", "https://cbu.uz/rates", 12, 18),
        Citation("cbu.uz", "https://cbu.uz/other", 7, 11),
    )
    assert [response.text[found.start : found.end] for found in response.citations] == ["12 650", "Курс"]
    assert HostedStarted("web_search") in events
    (call,) = response.hosted
    assert (call.name, call.arguments, call.error) == ("web_search", {"action": "search", "query": "dollar rate"}, None)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "//cbu.uz/", "/relative", "https://", "ftp://cbu.uz/", "https://cbu.uz/ a",
        "https://user:pass@cbu.uz/", "https://cbu.uz/\u202egnp", 'https://cbu.uz/"><b>', "https://cbu.uz/" + "a" * 2000,
        "https://[cbu", None, 7,
    ],
)  # fmt: skip
async def test_an_address_that_leads_to_no_page_is_no_source(model: OpenAIModel, server: ModelServer, url: str) -> None:
    server.script = [{"parts": ["Text.", source(0, 4, url), source(2, 90), source(4, 2), source(1, 4)]}]
    _, response = await answer_of(model)
    assert [found.url for found in response.citations] == ["https://cbu.uz/rates"]


async def test_a_whole_answer_has_its_sources_too(model: OpenAIModel, server: ModelServer) -> None:
    said = {"type": "output_text", "text": "It is 5.", "annotations": [source(6, 7)["annotation"], "?"]}
    items = [{**SEARCH, "status": "completed"}, {"type": "message", "role": "assistant", "content": [said]}]

    body = json.dumps({"object": "response", "status": "completed", "output": items})
    server.script = [{"body": body, "content_type": "application/json"}]
    _, response = await answer_of(model)
    assert [response.text[found.start : found.end] for found in response.citations] == ["5"]
    assert [call.name for call in response.hosted] == ["web_search"]
