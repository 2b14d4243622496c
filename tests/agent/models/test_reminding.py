"""What an agent is reminded of goes over the wire last, so that what providers keep of the request before still holds."""

from collections.abc import Callable

import pytest

from app.agent.model import Reminder
from app.agent.openai_api import Api
from app.agent.openai_chat import CHAT
from app.agent.openai_client import OpenAIModel
from app.agent.openai_responses import RESPONSES
from tests.agent.models.conftest import a_request, answer_of
from tests.agent.models.test_requests import CONVERSATION
from tests.model_server import ModelServer


@pytest.mark.parametrize(("api", "part"), [(CHAT, "messages"), (RESPONSES, "input")])
async def test_a_reminder_is_added_at_the_end_and_changes_nothing_before(
    make_model: Callable[..., OpenAIModel], server: ModelServer, api: Api, part: str
) -> None:
    server.script = ["fine", "fine"]
    model = make_model(api)
    await answer_of(model, a_request(*CONVERSATION))
    await answer_of(model, a_request(*CONVERSATION, Reminder("Hurry.")))
    plain, reminded = (entry["body"] for entry in server.log)
    assert reminded[part][: len(plain[part])] == plain[part]
    assert "Hurry." in str(reminded[part][-1])
    assert {name: value for name, value in plain.items() if name != part} == {
        name: value for name, value in reminded.items() if name != part
    }
