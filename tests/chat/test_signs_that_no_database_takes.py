"""Models, tools and data may bring the sign NUL, which PostgreSQL takes in no text: it is left out, and the answer is kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines import as_json
from tests.chat.conftest import Person
from tests.scripted_model import Call, Part, ScriptedModel, Thought, final_answer
from tests.site import ON_EACH_ENGINE

STEPS: dict[str, list[Part]] = {
    "text": ["Let me\x00 look.", Call("get_current_time")],
    "thought": [Thought("Well\x00."), Call("get_current_time")],
    "statement": [Call("sql_execute", {"query": "SELECT 1\x00"})],
    "value": [Call("sql_execute", {"query": "SELECT 'a' || char(0) || 'b' AS x"})],
    "parameter": [Call("sql_execute", {"query": "SELECT :x AS x", "params": {"x": "a\x00b"}})],
    "name": [Call("no\x00tool")],
    "agent": [Call("task", {"agent": "nobody\x00", "instructions": "Go\x00."})],
    "search": [Call("search_validated_queries", {"question": "revenue\x00 by branch"})],
    "id": [Call("get_current_time", id="call\x00")],
}


@ON_EACH_ENGINE
@pytest.mark.parametrize("what", STEPS)
async def test_they_end_no_answer(analyst: Person, model: ScriptedModel, what: str) -> None:
    model.add(STEPS[what], [final_answer("It is\x00 noon.")])
    session, _ = await analyst.ask("What time is it?")
    assert "It is noon." in await analyst.until(session, "completed")


@given(st.text(alphabet='\x00\\u0"a'))
def test_nothing_else_is_left_out(text: str) -> None:
    assert json.loads(as_json({"x": [text]})) == {"x": [text.replace("\x00", "")]}
