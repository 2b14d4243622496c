"""Tools that are asked for first: what ends before, what waits, and what is never made."""

import json
from typing import Any

import msgspec
import pytest

from app.agent import loop
from app.agent.approvals import Approvals, Decision, Policy
from app.agent.events import Asked, Finished, LoopEvent, ToolEnd, ToolStart
from app.agent.model import AssistantText, ModelMessage, ToolCall, ToolOutput
from app.agent.tool import Tool, ToolContext, ToolOutcome
from app.agent.tools.ask_user_question import ASK_USER_QUESTION
from tests.agent.test_loop import WAIT, played, work
from tests.letters import Post
from tests.scripted_model import Call, ScriptedModel, final_answer


@pytest.fixture
def post() -> Post:
    return Post()


def tools(post: Post, *more: Tool) -> dict[str, Tool]:
    return {tool.name: tool for tool in (WAIT, ASK_USER_QUESTION, post.tool, *more)}


QUESTION = {"question": "Which?", "header": "Which", "options": [{"label": "A"}, {"label": "B"}]}
BATCH = (
    Call("send_letter", {"to": "a@b.test", "text": "Hello", "copies": ["c@d.test"]}), Call("wait"),
    Call("ask_user_question", {"questions": [QUESTION]}), Call("send_letter", {"to": "e@f.test"}),
)  # fmt: skip


def pending(calls: list[LoopEvent], outputs: list[ToolEnd]) -> tuple[ModelMessage, ...]:
    """Return the steps that are committed after a pause."""
    step = next(event for event in calls if hasattr(event, "tool_calls"))
    ended = [ToolOutput(end.call.id, end.call.name, end.content) for end in outputs]
    return (AssistantText("", step.tool_calls), *ended)


def ends(events: list[LoopEvent]) -> list[ToolEnd]:
    return [event for event in events if isinstance(event, ToolEnd)]


async def test_other_calls_end_first_and_all_approvals_are_one_form(post: Post) -> None:
    events, _ = await played(BATCH, tools=tools(post))
    assert [end.call.name for end in ends(events)] == ["wait"]
    asked = events[-1]
    assert isinstance(asked, Asked)
    assert (asked.is_approval, len(asked.questions), post.sent) == (True, 2, [])
    first = asked.questions[0]
    assert first.text == 'The analyst wants to use send_letter with: to: a@b.test, text: Hello, copies: ["c@d.test"]'
    told = [(argument.name, argument.value) for argument in first.arguments]
    assert told == [("to", "a@b.test"), ("text", "Hello"), ("copies", '["c@d.test"]')]
    assert [option.id for option in first.options] == ["allow", "deny"]
    assert [event.call.name for event in events if isinstance(event, ToolStart)] == ["wait"]


async def test_what_was_allowed_is_done_once_what_was_refused_is_told_and_then_the_agent_asks(post: Post) -> None:
    events, _ = await played(BATCH, tools=tools(post))
    asked = events[-1]
    assert isinstance(asked, Asked)
    allowed, refused = [question.id for question in asked.questions]
    decisions = {allowed: Decision(is_allowed=True), refused: Decision(is_allowed=False, words="write to Ann")}
    again, _ = await played(steps=pending(events, ends(events)), tools=tools(post), approvals=Approvals(decisions=decisions))
    assert post.sent == ["a@b.test"]
    told = {end.call.id: json.loads(end.content) for end in ends(again)}
    assert told[allowed] == {"sent": "a@b.test"}
    assert told[refused]["error"] == "permission_denied"
    assert told[refused]["message"] == "the person did not allow send_letter and wrote: write to Ann"
    assert isinstance(again[-1], Asked)
    assert (again[-1].is_approval, again[-1].call.name) == (False, "ask_user_question")


async def test_a_call_that_would_fail_anyway_is_not_asked_for(post: Post) -> None:
    events, _ = await played([Call("send_letter", {"text": "To nobody"})], ["Done."], tools=tools(post))
    assert [end.error for end in ends(events)] == ["invalid_arguments"]
    assert events[-1] == Finished("stop")


@pytest.mark.parametrize("policy", [Policy.DENY, Policy.ASK])
async def test_what_is_never_used_is_not_offered_and_refuses(post: Post, policy: Policy) -> None:
    some = tools(post)
    if policy is Policy.ASK:
        del some["ask_user_question"]
    model = ScriptedModel([[Call("send_letter", {"to": "a@b.test"})], ["Done."]])
    approvals = Approvals({"send_letter": policy})
    events = [event async for event in loop.run(work(model, tools=some, approvals=approvals))]
    assert [json.loads(end.content)["error"] for end in ends(events)] == ["permission_denied"]
    assert "send_letter" not in {spec.name for spec in model.requests[0].tools}
    assert (post.sent, events[-1]) == ([], Finished("stop"))


async def test_a_company_may_allow_what_asks_and_ask_for_what_does_not(post: Post) -> None:
    letter, freely = [Call("send_letter", {"to": "a@b.test"})], Approvals({"send_letter": Policy.ALLOW})
    allowed, _ = await played(letter, ["Sent."], tools=tools(post), approvals=freely)
    assert (post.sent, allowed[-1]) == (["a@b.test"], Finished("stop"))
    asked, _ = await played([Call("wait")], tools=tools(post), approvals=Approvals({"wait": Policy.ASK}))
    assert isinstance(asked[-1], Asked)


async def test_a_tool_denied_while_its_approval_was_waited_for_is_not_used(post: Post) -> None:
    call = ToolCall("c1", "send_letter", '{"to": "a@b.test"}')
    approvals = Approvals({"send_letter": Policy.DENY}, {"c1": Decision(is_allowed=True)})
    events, _ = await played(["Done."], steps=(AssistantText("", (call,)),), tools=tools(post), approvals=approvals)
    assert (post.sent, ends(events)[0].error) == ([], "permission_denied")


async def test_what_reads_the_answer_waits_for_what_is_allowed(post: Post) -> None:
    seen: list[list[str]] = []

    async def read(_context: ToolContext, _arguments: Any) -> ToolOutcome:
        seen.append(list(post.sent))
        return ToolOutcome({})

    class Nothing(msgspec.Struct):
        pass

    some = tools(post, Tool("read", "Reads.", Nothing, read, reads_the_answer=True))
    calls = [Call("read"), Call("send_letter", {"to": "a@b.test"}), final_answer("Said.")]
    events, _ = await played(calls, tools=some)
    asked = events[-1]
    assert isinstance(asked, Asked)
    assert seen == []
    approvals = Approvals(decisions={asked.questions[0].id: Decision(is_allowed=True)})
    again, _ = await played(steps=pending(events, ends(events)), tools=some, approvals=approvals, is_answered=True)
    assert seen == [["a@b.test"]]
    assert again[-1] == Finished("stop")


async def test_what_misleads_the_eye_in_arguments_is_shown_as_a_sign(post: Post) -> None:
    letter = {"to": "a@b.test\u202e\x00<b>", "text": "x" * 5000, "copies": ["c"] * 900}
    events, _ = await played([Call("send_letter", letter)], tools=tools(post))
    asked = events[-1]
    assert isinstance(asked, Asked)
    shown = {argument.name: argument.value for argument in asked.questions[0].arguments}
    assert shown["to"] == "a@b.test\ufffd\ufffd<b>"
    assert len(shown["text"]) == 5000
    assert len(asked.questions[0].text) <= 601


async def test_all_of_a_call_is_shown_and_one_that_nobody_could_read_is_not_asked_for(post: Post) -> None:
    long = "x" * 5000 + " UNION SELECT secrets"
    events, _ = await played((Call("send_letter", {"to": "a@b.test", "text": long}),), tools=tools(post))
    asked = events[-1]
    assert isinstance(asked, Asked)
    assert asked.questions[0].arguments[1].value == long
    events, _ = await played(
        (Call("send_letter", {"to": "a@b.test", "text": "x" * 30_000}),), final_answer("I cannot."), tools=tools(post)
    )
    assert ([end.error for end in ends(events)], post.sent) == (["invalid_arguments"], [])


async def test_a_form_asks_for_ten_calls_at_most(post: Post) -> None:
    events, _ = await played(tuple(Call("send_letter", {"to": f"{n}@b.test"}) for n in range(12)), tools=tools(post))
    asked = events[-1]
    assert isinstance(asked, Asked)
    assert len(asked.questions) == 10
