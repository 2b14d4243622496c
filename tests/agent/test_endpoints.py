"""Each server of models is asked in the way it understands, and the one that answers is named."""

import msgspec
import pytest

from app.agent.breaker import State
from app.agent.endpoints import Endpoint, Endpoints, headers
from app.settings import ANTHROPIC, Settings
from tests.model_server import ModelServer

AT_ANTHROPIC = Endpoint("fallback", ANTHROPIC, "secret", "m", "chat", "BICHAT_FALLBACK_BASE_URL", "ANTHROPIC_API_KEY")


def test_a_key_of_anthropic_goes_where_it_looks_for_it() -> None:
    assert headers(AT_ANTHROPIC)["x-api-key"] == "secret"
    elsewhere = msgspec.structs.replace(AT_ANTHROPIC, base_url="https://api.anthropic.com.example/v1")
    assert headers(elsewhere) == {"Authorization": "Bearer secret"}


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ((), "ok usual at {usual} answers, other at {other} next"),
        (("closed", "closed"), "ok usual at {usual} answers, other at {other} next"),
        (
            ("open", "closed"),
            "warn other at {other} answers, as usual at {usual} has failed several times in a row",
        ),
        (
            ("closed", "half-open"),
            "warn usual at {usual} answers, other at {other} has failed several times in a row next",
        ),
        (
            ("open", "open"),
            "fail usual at {usual} has failed several times in a row, other at {other} has failed",
        ),
    ],
)
async def test_health_names_who_answers(states: tuple[State, ...], found: str) -> None:
    async with ModelServer() as usual, ModelServer() as other:
        settings = Settings(
            openai_api_key="k", openai_base_url=usual.url, openai_model="usual",
            fallback_api_key="k", fallback_base_url=other.url, fallback_model="other",
            fallback_api="responses",
        )  # fmt: skip
        finding = await Endpoints(settings, lambda: states).answering()
        assert f"{finding.state} {finding.what}".startswith(
            found.format(usual=f"{usual.url} (Chat Completions)", other=f"{other.url} (Responses API)")
        )
