"""One suite, held over each API of a provider: the same turns pass, by the same calls and with the same figures."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from app import evaluating
from app import settings as settings_module
from app.chat.desk import Desk
from app.evaluation import reports, scores, suite_file
from app.evaluation.holding import Evaluation, Outcome
from app.evaluation.suite import LANGUAGES, Suite
from app.evaluation.suite_file import Places
from tests.evaluation.analyst_server import analyst
from tests.model_server import ModelServer

HELD = {
    "revenue and what follows", "files", "asked back", "asked only when it matters", "unanswerable", "the other company",
}  # fmt: skip
MODEL = "gpt-5.2"


@pytest.fixture
async def provider() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


def served(folder: Path, **environ: str) -> AbstractAsyncContextManager[Desk]:
    quiet = {"BICHAT_DATA_DIR": str(folder), "BICHAT_AUTOMATIC_TITLES": "false", "LOG_LEVEL": "ERROR"}
    return evaluating.scratch(settings_module.load(quiet | environ))


async def held(desk: Desk, suite: Suite, places: Places, before: Callable[[str], None]) -> list[Outcome]:
    outcomes = []
    for language in LANGUAGES:
        before(language)
        spoken = [each for each in suite.conversations if language in each.languages]
        alone = tuple(msgspec.structs.replace(each, languages=(language,)) for each in spoken)
        outcomes += await Evaluation(desk, msgspec.structs.replace(suite, conversations=alone), places).run(lambda _: None)
    return outcomes


def part() -> tuple[Suite, Places]:
    suite, places = suite_file.load(evaluating.SHIPPED)
    chosen = tuple(each for each in suite.conversations if each.name in HELD)
    assert len(chosen) == len(HELD)
    return msgspec.structs.replace(suite, conversations=chosen), places


@pytest.mark.timeout(300)
async def test_a_suite_comes_to_the_same_over_both_apis(tmp_path: Path, provider: ModelServer) -> None:
    async def over(api: str) -> list[Outcome]:
        place = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": provider.url, "OPENAI_MODEL": MODEL, "BICHAT_MODEL_API": api}
        async with served(tmp_path / api, **place) as desk:

            def speak(language: str) -> None:
                provider.script = analyst(language)

            return await held(desk, suite, places, speak)

    suite, places = part()
    async with served(tmp_path / "offline", BICHAT_MODEL="offline") as desk:
        alone = await held(desk, suite, places, lambda _: None)
    chat, responses = await over("chat"), await over("responses")
    for outcomes in (alone, chat, responses):
        assert [reports.failed(outcome) for outcome in outcomes if not outcome.passed] == []
    assert [told(outcome) for outcome in chat] == [told(outcome) for outcome in responses] == [told(outcome) for outcome in alone]
    sums = [scores.score(outcomes) for outcomes in (chat, responses)]
    assert sums[0].cost == sums[1].cost
    assert sums[0].tokens == sums[1].tokens
    assert sums[0].cost
    assert {entry["path"] for entry in provider.log} == {"/v1/chat/completions", "/v1/responses"}


def told(outcome: Outcome) -> tuple[str, str, int]:
    return outcome.key, outcome.answer, outcome.spent.tool_calls
