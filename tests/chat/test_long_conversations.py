"""A conversation that is longer than the model's window goes on, and stays whole for people."""

from typing import Any

import msgspec
import pytest

from app.agent.context.blocks import blocks_of
from app.agent.context.shortening import SUMMARISED
from app.agent.model import ModelError, ModelRequest, UserText
from app.database import Database
from app.settings import Settings
from app.telemetry.bus import ContextCompiled, ContextOverflowed, Event
from tests.chat.conftest import Chat, Person, served
from tests.chat.test_versions import talk
from tests.scripted_model import ScriptedModel, final_answer

BUDGET = 12_000
TOO_LONG = ModelError("context_length", "too long")
LONG = "The Chilonzor branch sold more than the others. " * 100
EARLIER = [(f"Question {number}?", f"Answer {number}. {LONG}") for number in range(12)]
SENTENCE = "This conversation has become too long for the language model. Start a new chat."


@pytest.fixture
def narrow(chat_settings: Settings, request: pytest.FixtureRequest) -> Settings:
    strategy = getattr(request, "param", "compact")
    return msgspec.structs.replace(
        chat_settings, context_window=BUDGET + 1000, completion_reserve=1000, overflow_strategy=strategy
    )


def size(request: ModelRequest) -> int:
    return sum(block.count("gpt-5.2") for block in blocks_of(request, 0))


async def asked(settings: Settings, model: ScriptedModel, status: str, *, debug: bool = False, **embedded: Any) -> str:
    """Return the page of a long conversation after one more question."""
    async with served(settings, model, **embedded) as url:
        database = Database(settings.database_url)
        async with Chat(url, model, database).person("analyst@one.test") as analyst:
            page = await one_more(analyst, model, status, debug=debug)
        await database.close()
    return page


async def one_more(analyst: Person, model: ScriptedModel, status: str, *, debug: bool) -> str:
    session = await talk(analyst, model, *EARLIER)
    model.add([final_answer("That is how it is.")])
    if debug:
        await analyst.post("/bi-chat/messages", content="/debug")
    await analyst.ask("And now?", session)
    return await analyst.until(session, status)


async def test_the_model_gets_what_fits_and_people_keep_everything(narrow: Settings, model: ScriptedModel) -> None:
    heard: list[Event] = []

    async def hear(one: Event) -> None:
        heard.append(one)

    page = await asked(narrow, model, "completed", debug=True, handlers=[hear])
    last = model.requests[-1]
    assert size(last) <= BUDGET
    assert last.messages[0].content.startswith(f"{SUMMARISED}- Asked: Question 0?\n  Answered: Answer 0. The Chilonzor branch")
    assert last.messages[-1] == UserText("And now?")
    assert all(f"Answer {number}." in page for number in range(12))
    assert "1 shortened" in page
    told = [one for one in heard if isinstance(one, ContextOverflowed)][-1]
    assert (told.strategy, told.budget, told.is_over) == ("compact", BUDGET, False)
    assert told.tokens > BUDGET >= told.tokens_left == size(last)
    assert [one.tokens for one in heard if isinstance(one, ContextCompiled)][-1] == told.tokens_left


@pytest.mark.parametrize("narrow", ["error"], indirect=True)
async def test_with_the_strategy_error_people_read_why_there_is_no_answer(narrow: Settings, model: ScriptedModel) -> None:
    async with served(narrow, model) as url:
        database = Database(narrow.database_url)
        async with Chat(url, model, database).person("analyst@one.test") as analyst:
            session = await talk(analyst, model, *EARLIER[:6])
            await analyst.ask(LONG * 4, session)
            page = await analyst.until(session, "failed")
        await database.close()
    assert SENTENCE in page


async def test_a_question_that_is_too_long_by_itself_is_told_so(narrow: Settings, model: ScriptedModel) -> None:
    async with served(msgspec.structs.replace(narrow, max_message_chars=200_000), model) as url:
        database = Database(narrow.database_url)
        chat = Chat(url, model, database)
        async with chat.person("analyst@one.test") as analyst, chat.program("analyst@one.test") as program:
            session, _ = await analyst.ask(LONG * 16)
            page = await analyst.until(session, "failed")
            told = (await chat.stream(program, content=LONG * 16))[-1]
        await database.close()
    assert "This question is too long for the language model." in page
    assert (told["code"], told["retryable"]) == ("context_length", False)
    assert told["error"].startswith("This question is too long")
    assert model.requests == []


async def test_a_provider_that_finds_it_too_long_even_so_gets_people_a_sentence(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, *EARLIER[:2])
    model.add([TOO_LONG], [final_answer("Fine.")])
    await analyst.ask("Well?", session)
    assert "Fine." in await analyst.until(session, "completed")
    model.add([TOO_LONG], [TOO_LONG])
    await analyst.ask("And now?", session)
    assert SENTENCE in await analyst.until(session, "failed")
