"""OpenAI's Responses API, used statelessly: nothing is stored at the provider."""

from typing import Any

import msgspec

from app.agent import hosted, hosted_code, openai_errors
from app.agent.hosted import CODE, WEB_SEARCH
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolOutput, ToolSpec, Usage, UserText
from app.agent.openai_api import Api, arguments_to_send
from app.agent.openai_stream import Answer, ServerEvent, decode


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: Any = None


class _Item(msgspec.Struct, gc=False):
    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    content: list[_Part] | None = None
    summary: Any = None
    status: str | None = None
    action: Any = None
    code: str | None = None
    outputs: Any = None
    container_id: str | None = None


class _TokenDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = 0


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = 0
    output_tokens: int | None = 0
    input_tokens_details: _TokenDetails | None = None


class _Incomplete(msgspec.Struct, gc=False):
    reason: str | None = None


class _Response(msgspec.Struct, gc=False):
    status: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    error: Any = None
    incomplete_details: _Incomplete | None = None
    output: list[_Item] | None = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    delta: Any = None
    output_index: int | None = None
    item_id: str | None = None
    content_index: int | None = None
    annotation: Any = None
    code: Any = None
    item: msgspec.Raw = msgspec.Raw()
    response: msgspec.Raw = msgspec.Raw()
    arguments: Any = None
    error: Any = None


_decoder = msgspec.json.Decoder(_Event)
_item_decoder = msgspec.json.Decoder(_Item)
_response_decoder = msgspec.json.Decoder(_Response)

TEXT = {"response.output_text.delta", "response.refusal.delta"}
REASONING = {"response.reasoning_summary_text.delta", "response.reasoning_text.delta"}
CODE_PIECE, CODE_DONE = "response.code_interpreter_call_code.delta", "response.code_interpreter_call_code.done"
PARTS = {
    "response.reasoning_summary_part.added", "response.content_part.added", "response.output_text.annotation.added",
    CODE_PIECE, CODE_DONE,
}  # fmt: skip
ENDINGS = {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}
HOSTED = {"web_search_call": WEB_SEARCH, "code_interpreter_call": CODE}
HOSTED_TOOLS: dict[str, dict[str, Any]] = {
    WEB_SEARCH: {"type": "web_search", "user_location": {"type": "approximate"}},
    CODE: {"type": "code_interpreter", "container": {"type": "auto"}},
}
"""Without a location the provider would take every asker for an American."""
ANY = ""
"""Stands for an item of which a piece came that does not say whose it is."""
FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


class ResponsesReader:
    """Reads `response.*` events, and a whole response from a server that does not stream."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.is_done = False
        self._items: dict[str, int] = {}
        self._parts: dict[tuple[int, int], int] = {}
        self._code: dict[int, str] = {}
        self._reasoned: set[int | str] = set()

    def read(self, events: list[ServerEvent]) -> None:
        """Take in events; raises `ModelError` for those that tell of a failure."""
        for name, data in events:
            if data == b"[DONE]":
                return
            event = decode(_decoder, data)
            kind = "error" if name == b"error" else event.type or name.decode("ascii", "replace")
            if kind in TEXT:
                if event.delta:
                    self.answer.add_text(event.delta)
            else:
                self._read_other(kind, event, data)
            if self.is_done:
                return

    def _read_other(self, kind: str, event: _Event, data: bytes) -> None:
        if kind == "response.function_call_arguments.delta":
            if event.delta:
                self.answer.add_arguments(self._slot(event), event.delta)
        elif kind in REASONING:
            if event.delta:
                self._reasoned |= _names(event.output_index, event.item_id) or {ANY}
                self.answer.add_reasoning(event.delta)
        elif kind in PARTS:
            self._read_part(kind, self._slot(event), event)
        elif kind in {"response.output_item.added", "response.output_item.done"}:
            item = decode(_item_decoder, bytes(event.item))
            self._read_item(item, self._slot(event), is_whole=kind.endswith("done"))
            self._read_reasoning(item, event.output_index, is_whole=kind.endswith("done"))
        elif kind in ENDINGS:
            self._end(decode(_response_decoder, bytes(event.response)))
        elif kind == "error" or event.error:
            raise openai_errors.from_object(event.error or msgspec.json.decode(data))
        elif kind == "" and b'"output"' in data:
            self._end(decode(_response_decoder, data))

    def _read_part(self, kind: str, slot: int, event: _Event) -> None:
        index = event.content_index or 0
        if kind == "response.reasoning_summary_part.added":
            self.answer.begin_reasoning_paragraph()
        elif kind == "response.content_part.added":
            self._parts[slot, index] = self.answer.length
        elif kind in {CODE_PIECE, CODE_DONE}:
            self._read_code(kind, slot, event)
        else:
            self._annotate(slot, index, event.annotation)

    def _read_code(self, kind: str, slot: int, event: _Event) -> None:
        """Keep a program as it is written, for an item that does not repeat it."""
        if kind == CODE_DONE and isinstance(event.code, str):
            self._code[slot] = event.code
        elif isinstance(event.delta, str) and len(self._code.get(slot, "")) <= hosted_code.LONGEST_CODE:
            self._code[slot] = self._code.get(slot, "") + event.delta

    def _slot(self, event: _Event) -> int:
        if event.output_index is not None:
            return event.output_index
        if event.item_id in self._items:
            return self._items[event.item_id]
        return max(self.answer.calls, default=0)

    def _read_item(self, item: _Item, slot: int, *, is_whole: bool) -> None:
        if item.type == "message":
            self._read_message(item, slot, is_whole=is_whole)
        if item.type in HOSTED:
            self._read_hosted(item, slot, is_whole=is_whole)
        if item.type != "function_call":
            return
        if item.id:
            self._items[item.id] = slot
        self.answer.add_call(slot, item.call_id or item.id or "", item.name or "")
        if is_whole and item.arguments and not self.answer.calls[slot].arguments:
            self.answer.add_arguments(slot, item.arguments)

    def _read_reasoning(self, item: _Item, index: int | None, *, is_whole: bool) -> None:
        """Take in the reasoning of a whole item of which no piece came; a provider may name an item anew at its end."""
        names = _names(index, item.id)
        if item.type != "reasoning" or not is_whole or self._reasoned & {*names, ANY}:
            return
        self._reasoned |= names
        summary = [part.get("text") for part in item.summary if isinstance(part, dict)] if isinstance(item.summary, list) else []
        for text in summary if any(summary) else [part.text for part in item.content or ()]:
            if text and isinstance(text, str):
                self.answer.begin_reasoning_paragraph()
                self.answer.add_reasoning(text)

    def _read_message(self, item: _Item, slot: int, *, is_whole: bool) -> None:
        if not is_whole:
            self.answer.begin_paragraph()
            self._parts.setdefault((slot, 0), self.answer.length)
        for index, part in enumerate(item.content or ()):
            for annotation in part.annotations if isinstance(part.annotations, list) else ():
                self._annotate(slot, index, annotation)

    def _annotate(self, slot: int, index: int, annotation: Any) -> None:
        """Take in a source or a file; places count from where the part of the text begins."""
        begin, told = self._parts.get((slot, index)), annotation if isinstance(annotation, dict) else {}
        if told.get("type") == "url_citation" and begin is not None:
            found = hosted.citation(told.get("title"), told.get("url"), told.get("start_index"), told.get("end_index"))
            if found:
                self.answer.cite(msgspec.structs.replace(found, start=begin + found.start, end=begin + found.end))
        elif told.get("type") == "container_file_citation" and (reference := hosted_code.reference(told)):
            self.answer.refer(reference)

    def _read_hosted(self, item: _Item, slot: int, *, is_whole: bool) -> None:
        name = HOSTED[item.type]
        self.answer.begin_hosted(slot, name)
        if is_whole and name == WEB_SEARCH:
            self.answer.hosted[slot] = hosted.web_search(item.action, item.status)
        elif is_whole and (item.outputs is not None or slot not in self.answer.hosted):
            code = item.code or self._code.get(slot)
            self.answer.hosted[slot] = hosted_code.program(code, item.outputs, item.status, item.container_id)

    def _end(self, response: _Response) -> None:
        self.answer.model = response.model or ""
        if response.usage:
            details = response.usage.input_tokens_details
            cached = (details.cached_tokens if details else 0) or 0
            self.answer.usage = Usage(response.usage.input_tokens or 0, cached, response.usage.output_tokens or 0)
        if response.status in {"failed", "cancelled"} or response.error:
            raise openai_errors.from_object(response.error or {"code": response.status})
        had_text = self.answer.has_text
        for slot, item in enumerate(response.output or ()):
            self._read_reasoning(item, slot, is_whole=True)
            for index, part in enumerate((item.content or ()) if item.type == "message" and not had_text else ()):
                self._parts[slot, index] = self.answer.length
                self.answer.add_text(part.text or part.refusal or "")
        for slot, item in enumerate(response.output or ()):
            self._read_item(item, slot, is_whole=True)
        reason = (response.incomplete_details and response.incomplete_details.reason) or ""
        self.answer.finish_reason = FINISH_REASONS.get(reason, "length" if response.status == "incomplete" else "stop")
        self.is_done = True


def _names(index: int | None, item_id: str | None) -> set[int | str]:
    """Return what an item is told by: its place and its id, where they are given."""
    return ({index} if index is not None else set()) | ({item_id} if item_id else set())


def body(request: ModelRequest, model: str, without: frozenset[str]) -> dict[str, Any]:
    """Return the JSON body of `request`, leaving out the optional parameters named in `without`."""
    parameters: dict[str, Any] = {
        "model": model,
        "stream": True,
        "store": False,
        "instructions": request.system,
        "input": [item for message in request.messages for item in _items(message)],
    }
    reasoning = {"summary": "auto", "effort": request.reasoning_effort}
    reasoning = {name: value for name, value in reasoning.items() if value and f"reasoning.{name}" not in without}
    if reasoning and "reasoning" not in without:
        parameters["reasoning"] = reasoning
    if request.cache_key and "prompt_cache_key" not in without:
        parameters["prompt_cache_key"] = request.cache_key
    if tools := [*map(_function, request.tools), *(HOSTED_TOOLS[name] for name in request.hosted)]:
        parameters["tools"] = tools
        if not request.may_call_tools:
            parameters["tool_choice"] = "none"
    if CODE in request.hosted:
        parameters["include"] = ["code_interpreter_call.outputs"]
    return parameters


def _function(tool: ToolSpec) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", **described, "strict": False}


def _items(message: ModelMessage) -> list[dict[str, Any]]:
    match message:
        case UserText(content):
            return [{"role": "user", "content": content}]
        case ToolOutput(call_id, _, content):
            return [{"type": "function_call_output", "call_id": call_id, "output": content}]
        case AssistantText(content, calls):
            text = [{"role": "assistant", "content": content}] if content else []
            return text + [
                {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments_to_send(call.arguments)}
                for call in calls
            ]


RESPONSES = Api("/responses", ("reasoning.summary", "reasoning.effort", "reasoning", "prompt_cache_key"), body, ResponsesReader)
