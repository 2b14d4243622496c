"""How the bytes of other people's servers are understood, without a network."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent.model import ModelResponse, ReasoningDelta, TextDelta, ToolArgumentsDelta, ToolCall, ToolCallStarted, Usage
from app.agent.openai_api import Api
from app.agent.openai_chat import CHAT
from app.agent.openai_responses import RESPONSES
from app.agent.openai_stream import EventSplitter, WholeBody
from tests.model_frames import ChatFrames, ResponsesFrames, fill

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def understood(api: Api, reads: list[bytes], *, is_whole: bool = False) -> tuple[list, ModelResponse]:
    reader, splitter = api.reader(), WholeBody() if is_whole else EventSplitter()
    events: list = []
    for read in reads:
        reader.read(splitter.feed(read))
        events += reader.answer.take()
    reader.read(splitter.flush())
    events += reader.answer.take()
    return events, reader.answer.response("test")


def wire(api: Api, texts: list[str], arguments: list[str]) -> bytes:
    frames = ChatFrames(1, "m") if api is CHAT else ResponsesFrames(1, "m")
    body = frames.start() + frames.reasoning("ҳм")
    template = frames.text_template()
    body += frames.take_opening() if isinstance(frames, ResponsesFrames) else b""
    body += b"".join(fill(template, text) for text in texts)
    for number, text in enumerate(arguments):
        body += frames.call(f"id{number}", "f") + fill(frames.arguments_template(), text)
    return body + frames.end("tool_calls" if arguments else "stop", {"input": 3, "cached": 1, "output": 2})


@pytest.mark.parametrize("api", [CHAT, RESPONSES], ids=["chat", "responses"])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), arguments=st.lists(TEXTS, max_size=3), data=st.data())
def test_however_the_bytes_are_cut_the_answer_is_the_same(
    api: Api, texts: list[str], arguments: list[str], data: st.DataObject
) -> None:
    line_end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    body = wire(api, texts, arguments).replace(b"\n", line_end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=30)))
    reads = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    events, response = understood(api, reads)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == response.text == "".join(texts)
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "ҳм"
    assert "".join(event.text for event in events if isinstance(event, ToolArgumentsDelta)) == "".join(arguments)
    assert response.tool_calls == tuple(ToolCall(f"id{number}", "f", text) for number, text in enumerate(arguments))
    assert response.usage == Usage(3, 1, 2)


@pytest.mark.parametrize("api", [CHAT, RESPONSES], ids=["chat", "responses"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_cut_at_any_single_byte_changes_nothing(api: Api, line_end: bytes) -> None:
    body = wire(api, ["Oʻzbek ", "рус 📈"], ['{"ж": 1}']).replace(b"\n", line_end)
    whole = understood(api, [body])[1]
    assert whole.text == "Oʻzbek рус 📈"
    for at in range(len(body)):
        assert understood(api, [body[:at], body[at:]])[1] == whole
    assert understood(api, [bytes([byte]) for byte in body])[1] == whole


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [(b"", b"a"), (b"", b"b")]),
        (b"data:a\n\n", [(b"", b"a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [(b"", b"a")]),
        (b": comment\n\n: another\ndata: a\n\n", [(b"", b"a")]),
        (b"id: 7\nevent: x\nretry: 5\ndata: a\n\n", [(b"x", b"a")]),
        (b"event: x\ndata: a\ndata: b\n\n", [(b"x", b"a\nb")]),
        (b"data: a\n\n\n\n\ndata: b\n\n", [(b"", b"a"), (b"", b"b")]),
        (b"data: a\n\ndata: the end has no blank line", [(b"", b"a"), (b"", b"the end has no blank line")]),
        (b"event: nothing\n\n", []),
        (b"data: \n\ndata:\n\nevent: x\ndata: \n\n", []),
        (b"", []),
    ],
)
def test_events_are_read_as_the_standard_says(stream: bytes, events: list[tuple[bytes, bytes]]) -> None:
    splitter = EventSplitter()
    assert [*splitter.feed(stream), *splitter.flush()] == events


def chat(*deltas: dict, end: str = "tool_calls") -> tuple[list, ModelResponse]:
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas] + [
        {"choices": [{"delta": {}, "finish_reason": end}]}
    ]
    return understood(CHAT, [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks])


def call(index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: object = None) -> dict:
    given = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [{key: value for key, value in given.items() if value is not None}]}


WHOLE = '{"x":1}'
BEGIN, END = '{"x":', "1}"


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param(
            [call(0, "a", "f", ""), call(1, "b", "g", "{"), call(0, None, None, WHOLE), call(1, None, None, "}")],
            id="interleaved",
        ),
        pytest.param([call(0, "a", "f", WHOLE), call(1, "b", "g", "{}")], id="in one piece"),
        pytest.param([call(1, "b", "g", "{}"), call(0, "a", "f", WHOLE)], id="in reverse"),
        pytest.param([call(None, "a", "f", WHOLE), call(None, "b", "g", "{}")], id="no index"),
        pytest.param(
            [call(None, "a", "f", BEGIN), call(None, "a", None, END), call(None, "b", "g", "{}")], id="no index, id repeated"
        ),
        pytest.param(
            [call(None, "a", "f", BEGIN), call(None, None, None, END), call(None, "b", "g", "{}")], id="no index, id once"
        ),
        pytest.param([call(0, "a", "f", WHOLE), call(0, "b", "g", "{}")], id="all of index 0"),
        pytest.param([call(0, "a", "f", BEGIN), call(0, "a", "f", END), call(1, "b", "g", "{}")], id="id and name repeated"),
        pytest.param([call(0, "a"), call(0, None, "f", WHOLE), call(1, "b", "g")], id="name after id"),
        pytest.param([call(0, "a", "f", {"x": 1}), call(1, "b", "g", {})], id="arguments as objects"),
        pytest.param([{"tool_calls": call(0, "a", "f", WHOLE)["tool_calls"] + call(1, "b", "g")["tool_calls"]}], id="one delta"),
    ],
)
def test_calls_are_told_apart_however_servers_write_them(deltas: list[dict]) -> None:
    events, response = chat(*deltas)
    assert response.tool_calls == (ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", "{}"))
    assert {event.name for event in events if isinstance(event, ToolCallStarted)} == {"f", "g"}
    assert len([event for event in events if isinstance(event, ToolCallStarted)]) == 2


@pytest.mark.parametrize("call_id", [None, ""])
def test_calls_without_ids_get_ids_of_their_own(call_id: str | None) -> None:
    _, response = chat(call(0, call_id, "f", "{}"), call(1, call_id, "g", "{}"))
    assert len({call.id for call in response.tool_calls} - {""}) == 2


def test_two_calls_of_one_id_stay_two() -> None:
    _, response = chat(call(0, "x", "f", "{}"), call(1, "x", "f", '{"a":1}'))
    assert [call.arguments for call in response.tool_calls] == ["{}", '{"a":1}']


@pytest.mark.parametrize("end", ["stop", "tool_calls", "function_call", "eos"])
def test_an_answer_with_calls_finishes_with_them_whatever_the_server_says(end: str) -> None:
    assert chat(call(0, "a", "f", "{}"), end=end)[1].finish_reason == "tool_calls"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_other_servers_reasoning_is_reasoning(field: str) -> None:
    events, response = chat({field: "hm "}, {field: "hm", "content": None}, {"content": "so"}, end="stop")
    assert events == [ReasoningDelta("hm "), ReasoningDelta("hm"), TextDelta("so")]
    assert response.text == "so"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_that_comes_with_text_comes_before_it(field: str) -> None:
    both = {"role": "assistant", field: "hm", "content": "so"}
    assert chat(both, {"content": " far"}, end="stop")[0] == [ReasoningDelta("hm"), TextDelta("so"), TextDelta(" far")]
    body = json.dumps({"choices": [{"message": both, "finish_reason": "stop"}]}).encode()
    assert understood(CHAT, [body], is_whole=True)[0] == [ReasoningDelta("hm"), TextDelta("so")]


@pytest.mark.parametrize("broken", [rb'"\ud83d"', b'"\xd0"', b'"\xff\xfe"'])
def test_what_is_no_text_becomes_a_replacement_character(broken: bytes) -> None:
    events, _ = understood(CHAT, [b'data: {"choices":[{"delta":{"content":' + broken + b"}}]}\n\n"])
    assert set("".join(event.text for event in events)) == {"�"}


def test_a_server_that_does_not_stream_is_understood_over_chat() -> None:
    message = {"role": "assistant", "content": "whole", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}], "model": "m"}).encode()
    _, response = understood(CHAT, [body[:20], body[20:]], is_whole=True)
    assert (response.text, response.tool_calls) == ("whole", (ToolCall("a", "f", "{}"),))


def test_a_server_that_does_not_stream_is_understood_over_responses() -> None:
    items = [
        {"type": "reasoning", "id": "r", "summary": []},
        {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "whole"}]},
        {"type": "function_call", "id": "fc", "call_id": "a", "name": "f", "arguments": "{}"},
    ]
    body = json.dumps({"object": "response", "status": "completed", "error": None, "output": items, "model": "m"}).encode()
    _, response = understood(RESPONSES, [body], is_whole=True)
    assert (response.text, response.tool_calls) == ("whole", (ToolCall("a", "f", "{}"),))


def responses(*events: dict) -> tuple[list, ModelResponse]:
    return understood(RESPONSES, [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events])


def test_what_was_not_streamed_is_taken_from_the_completed_response() -> None:
    output = [
        {"type": "message", "content": [{"type": "output_text", "text": "whole"}]},
        {"type": "function_call", "id": "fc", "call_id": "a", "name": "f", "arguments": '{"x":1}'},
    ]
    events, response = responses({"type": "response.completed", "response": {"status": "completed", "output": output}})
    assert TextDelta("whole") in events
    assert response.tool_calls == (ToolCall("a", "f", '{"x":1}'),)


SUMMARY = [{"type": "summary_text", "text": "Which year?"}, {"type": "summary_text", "text": "This one."}]
THOUGHT = {"type": "reasoning", "id": "r", "summary": SUMMARY}
TOLD = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "whole"}]}
PIECE = {"type": "response.reasoning_summary_text.delta", "item_id": "r", "output_index": 0, "summary_index": 0}
IN_PIECES = [
    {**PIECE, "delta": "Which year?"},
    {"type": "response.reasoning_summary_part.added"},
    {**PIECE, "delta": "This one."},
]
ITEM_DONE = {"type": "response.output_item.done", "output_index": 0, "item": THOUGHT}
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": [THOUGHT, TOLD]}}


def considered(events: list) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([COMPLETED], id="completed"),
        pytest.param([ITEM_DONE, COMPLETED], id="item and completed"),
        pytest.param([{"type": "response.reasoning_summary_part.added"}, ITEM_DONE, COMPLETED], id="a part and its item"),
        pytest.param([{**ITEM_DONE, "output_index": None}, COMPLETED], id="an item without a place"),
        pytest.param([{**ITEM_DONE, "item": {**THOUGHT, "id": "another"}}, COMPLETED], id="an item named anew"),
    ],
)
def test_reasoning_that_did_not_come_in_pieces_is_read_once_and_before_the_text(events: list[dict]) -> None:
    taken, response = responses(*events)
    assert considered(taken) == "Which year?\n\nThis one."
    assert (taken[-1], response.text) == (TextDelta("whole"), "whole")


@pytest.mark.parametrize("gone", [[], [ITEM_DONE], [{**ITEM_DONE, "item": {**THOUGHT, "id": "another"}}]])
def test_reasoning_that_came_in_pieces_is_not_read_again(gone: list[dict]) -> None:
    nameless = [{**piece, "item_id": None, "output_index": None} for piece in IN_PIECES]
    for pieces in (IN_PIECES, nameless):
        taken, _ = responses(*pieces, *gone, COMPLETED)
        assert considered(taken) == "Which year?\n\nThis one."


@pytest.mark.parametrize(
    "thought",
    [
        pytest.param(
            {"summary": SUMMARY, "content": [{"type": "reasoning_text", "text": "At length"}]}, id="with all it thought"
        ),
        pytest.param({"content": [{"type": "reasoning_text", "text": part["text"]} for part in SUMMARY]}, id="without a summary"),
    ],
)
def test_reasoning_of_a_server_that_does_not_stream_is_read_over_responses(thought: dict) -> None:
    items = [{"type": "reasoning", "id": "r", "summary": [], **thought}, TOLD]
    body = json.dumps({"object": "response", "status": "completed", "error": None, "output": items, "model": "m"}).encode()
    taken, _ = understood(RESPONSES, [body], is_whole=True)
    assert taken == [ReasoningDelta("Which year?\n\nThis one."), TextDelta("whole")]


def test_a_second_item_of_reasoning_is_read_though_the_first_came_in_pieces() -> None:
    output = [THOUGHT, TOLD, {"type": "reasoning", "id": "r2", "summary": [{"type": "summary_text", "text": "And now?"}]}]
    taken, _ = responses(*IN_PIECES, {"type": "response.completed", "response": {"status": "completed", "output": output}})
    assert considered(taken) == "Which year?\n\nThis one.\n\nAnd now?"


@pytest.mark.parametrize("summary", [None, "words", [None, "words", {"type": "summary_text"}, {"text": 5}]])
def test_a_summary_that_is_none_is_passed_over(summary: object) -> None:
    item = {"type": "reasoning", "id": "r", "summary": summary}
    taken, _ = responses({"type": "response.completed", "response": {"status": "completed", "output": [item, TOLD]}})
    assert taken == [TextDelta("whole")]


def test_interleaved_items_stay_apart() -> None:
    item = {"type": "function_call", "name": "f", "arguments": ""}
    _, response = responses(
        {"type": "response.output_item.added", "output_index": 1, "item": {**item, "id": "i1", "call_id": "a"}},
        {"type": "response.output_item.added", "output_index": 2, "item": {**item, "id": "i2", "call_id": "b"}},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "item_id": "i1", "delta": '{"x":'},
        {"type": "response.function_call_arguments.delta", "output_index": 2, "item_id": "i2", "delta": "{}"},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "item_id": "i1", "delta": "1}"},
        {"type": "response.completed", "response": {"status": "completed"}},
    )
    assert response.tool_calls == (ToolCall("a", "f", '{"x":1}'), ToolCall("b", "f", "{}"))


def test_a_second_message_is_a_paragraph_of_its_own() -> None:
    message = {"type": "response.output_item.added", "item": {"type": "message"}}
    delta = {"type": "response.output_text.delta", "delta": "text"}
    _, response = responses({**message, "output_index": 0}, delta, {**message, "output_index": 1}, delta)
    assert response.text == "text\n\ntext"


@pytest.mark.parametrize(
    "kind", ["response.queued", "response.web_search_call.searching", "keepalive", "response.output_text.annotation.added"]
)
def test_unknown_events_are_passed_over(kind: str) -> None:
    events, _ = responses({"type": kind, "delta": {"an": "object"}, "item": 5, "item_id": "x", "annotation": {}})
    assert events == []
