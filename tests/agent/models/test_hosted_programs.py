"""Programs that the provider runs on the Responses API: what they print, and the files that they leave there."""

import base64
import json
from collections.abc import Callable

import pytest

from app.agent import hosted_files
from app.agent.hosted import CODE, WEB_SEARCH, HostedFile, LostFile
from app.agent.model import HostedStarted
from app.agent.openai_client import OpenAIModel
from app.agent.openai_responses import RESPONSES
from tests.agent.models.conftest import a_request, answer_of
from tests.model_server import ModelServer

CODE_RUN = "total = 6 * 7\nprint(total)"
DATA = "data:image/png;base64," + base64.b64encode(b"\x89PNG drawn").decode()

BROKEN = {"type": "image", "url": "data:image/png;base64,*"}


def program(*outputs: dict, **fields: object) -> dict:
    known = {"type": "code_interpreter_call", "code": CODE_RUN, "container_id": "cntr_1", "outputs": list(outputs)}
    return {"hosted": {**known, **fields}}


def logs(text: str) -> dict:
    return {"type": "logs", "logs": text}


def file(file_id: str, name: str, container: str = "cntr_1") -> dict:
    told = {"type": "container_file_citation", "container_id": container, "file_id": file_id, "filename": name}
    return {"annotation": {**told, "start_index": 0, "end_index": 1}}


def place(file_id: str, container: str = "cntr_1") -> str:
    return f"/v1/containers/{container}/files/{file_id}/content"


@pytest.fixture
def model(make_model: Callable[..., OpenAIModel]) -> OpenAIModel:
    return make_model(RESPONSES, retries=0)


async def test_the_interpreter_is_offered_with_its_outputs_where_the_request_names_it(
    model: OpenAIModel, server: ModelServer
) -> None:
    server.script = ["fine", "fine"]
    await answer_of(model, a_request(hosted=(WEB_SEARCH, CODE)))
    await answer_of(model)
    with_it, without = (entry["body"] for entry in server.log)
    assert with_it["tools"][-1] == {"type": "code_interpreter", "container": {"type": "auto"}}
    assert with_it["include"] == ["code_interpreter_call.outputs"]
    assert "include" not in without
    assert [tool["type"] for tool in without["tools"]] == ["function"]


async def test_what_a_program_printed_and_drew_comes_with_the_answer(model: OpenAIModel, server: ModelServer) -> None:
    outputs = [
        logs("42\r\n"),
        {"type": "image", "url": DATA},
        logs("done\x1b[0m"),
        {"type": "image", "url": "data:image/png;base64,*"},
    ]
    server.script = [{"parts": ["I calculate. ", program(*outputs), "It is 42."]}]
    events, response = await answer_of(model, a_request(hosted=(CODE,)))
    assert response.text == "I calculate. \n\nIt is 42."
    assert HostedStarted(CODE) in events
    (call,) = response.hosted
    assert (call.name, call.arguments, call.error) == (CODE, {"code": CODE_RUN}, None)
    assert call.logs == "42\n\ndone\ufffd[0m"
    assert call.files == (HostedFile("picture-1.png", b"\x89PNG drawn"),)
    assert call.lost == (LostFile("picture-2.png", "unreadable"),)


async def test_a_program_is_known_from_its_pieces_where_the_item_does_not_repeat_it(
    model: OpenAIModel, server: ModelServer
) -> None:
    piece = {"type": "response.code_interpreter_call_code.delta", "output_index": 0, "delta": "print(1)"}
    item = {"id": "ci_1", "type": "code_interpreter_call", "status": "failed", "code": None, "outputs": None}
    done = {"type": "response.output_item.done", "output_index": 0, "item": item}
    raw = [{"raw": f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"} for event in (piece, piece, done)]
    server.script = [{"parts": [*raw, "It failed."]}]
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    (call,) = response.hosted
    assert (call.arguments["code"], call.error) == ("print(1)print(1)", "failed")


async def test_files_that_the_answer_names_are_fetched_once_from_their_containers(
    model: OpenAIModel, server: ModelServer
) -> None:
    server.files = {place("cfile_1"): b"a,b\n1,2\n", place("cfile_2", "cntr_2"): b"%PDF-", place("cfile_3"): b"\x89PNG"}
    linked = {"type": "image", "url": f"https://api.openai.com{place('cfile_3')}"}
    elsewhere = {"type": "image", "url": "https://evil.example/a.png"}
    parts = [program(linked, elsewhere), program(logs("x"), container_id="cntr_2"), "Done."]
    server.script = [{"parts": [*parts, file("cfile_1", "a.csv"), file("cfile_1", "a.csv"), file("cfile_2", "b.pdf", "cntr_2")]}]
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    first, second = response.hosted
    assert first.files == (HostedFile("picture-1.png", b"\x89PNG"), HostedFile("a.csv", b"a,b\n1,2\n"))
    assert first.lost == (LostFile("picture-2.png", "failed"),)
    assert second.files == (HostedFile("b.pdf", b"%PDF-"),)
    assert not first.references


async def test_a_file_that_cannot_be_had_is_lost_alone(
    model: OpenAIModel, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted_files, "LARGEST", 100)
    server.files = {place("large"): b"x" * 101, place("fits"): b"x" * 100}
    server.files |= {place("old"): (400, "Container is expired."), place("odd"): (500, "?")}
    names = ("large", "fits", "gone", "old", "odd", "../up")
    server.script = [{"parts": [program(), "Done.", *(file(name, f"{name}.csv") for name in names)]}]
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    assert response.text == "Done."
    (call,) = response.hosted
    assert [found.name for found in call.files] == ["fits.csv"]
    assert [(lost.name, lost.reason) for lost in call.lost] == [
        ("large.csv", "too_large"), ("gone.csv", "gone"), ("old.csv", "gone"), ("odd.csv", "failed"),
    ]  # fmt: skip


async def test_few_files_are_fetched_and_none_for_ever(
    model: OpenAIModel, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted_files, "MOST_FILES", 2)
    server.files = {place(name): b"x" for name in "abc"}
    server.script = [{"parts": [program({"type": "image", "url": DATA}), "Done.", *(file(name, name) for name in "abc")]}] * 2
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    assert [found.name for found in response.hosted[0].files] == ["picture-1.png", "a"]
    assert [lost.reason for lost in response.hosted[0].lost] == ["too_many", "too_many"]
    monkeypatch.setattr(hosted_files, "SECONDS", 0)
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    assert [lost.reason for lost in response.hosted[0].lost] == ["failed", "too_many", "too_many"]


async def test_a_whole_answer_has_its_program_too(model: OpenAIModel, server: ModelServer) -> None:
    said = {"type": "output_text", "text": "It is 42.", "annotations": [file("cfile_1", "a.csv")["annotation"], "?"]}
    items = [
        {**program(logs("42"))["hosted"], "status": "completed"},
        {"type": "message", "role": "assistant", "content": [said]},
    ]
    body = json.dumps({"object": "response", "status": "completed", "output": items})
    server.files = {place("cfile_1"): b"a\n1\n"}
    server.script = [{"body": body, "content_type": "application/json"}]
    _, response = await answer_of(model, a_request(hosted=(CODE,)))
    assert [(call.logs, [found.name for found in call.files]) for call in response.hosted] == [("42", ["a.csv"])]
