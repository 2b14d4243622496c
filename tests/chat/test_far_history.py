"""What is said beyond the number of messages that the model is shown is told it in a few words, the same for many turns."""

import itertools
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from app.agent.context.shortening import SUMMARISED
from app.agent.model import ModelMessage, UserText
from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.chat.test_versions import talk
from tests.scripted_model import Call, ScriptedModel, final_answer

MOST = 8


@pytest.fixture
async def shown_little(chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Person]:
    settings = msgspec.structs.replace(chat_settings, max_history_messages=MOST)
    async with served(settings, model) as url:
        database = Database(settings.database_url)
        async with Chat(url, model, database).person("analyst@one.test") as analyst:
            yield analyst
        await database.close()


def exchanges(count: int) -> list[tuple[str, str]]:
    return [(f"Question {number}?", f"Answer {number}.") for number in range(count)]


def begins_with(longer: Sequence[ModelMessage], shorter: Sequence[ModelMessage]) -> bool:
    return list(longer[: len(shorter)]) == list(shorter)


async def test_it_is_told_in_a_few_words_that_stay_the_same_while_what_is_shown_grows(
    shown_little: Person, model: ScriptedModel
) -> None:
    await talk(shown_little, model, *exchanges(12))
    seen = [request.messages for request in model.requests]
    for number, messages in enumerate(seen):
        whole = [text for pair in exchanges(number) for text in pair]
        shown = [message.content for message in messages if not message.content.startswith(SUMMARISED)]
        assert shown == [*whole, f"Question {number}?"][-len(shown) :]
        assert len(shown) <= MOST
        told = messages[0].content if len(shown) < len(whole) else ""
        assert all(f"- Asked: {text}" in told or text in shown for text in whole if text.startswith("Question"))
    changes = [not begins_with(after, before) for before, after in itertools.pairwise(seen)]
    assert sum(changes) == 4
    assert UserText("Question 11?") in seen[-1]


async def test_a_turn_of_more_steps_than_are_shown_leaves_the_question(shown_little: Person, model: ScriptedModel) -> None:
    model.add(*[[Call("get_current_time")]] * 6, [final_answer("Late.")])
    session, _ = await shown_little.ask("How late is it?")
    await shown_little.until(session, "completed")
    model.add([final_answer("Fine.")])
    await shown_little.ask("And now?", session)
    await shown_little.until(session, "completed")
    told, question = model.requests[-1].messages
    assert told == UserText(f"{SUMMARISED}- Asked: How late is it?\n  Answered: Late.")
    assert question == UserText("And now?")
