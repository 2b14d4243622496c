"""OpenAI's Chat Completions API, which most compatible servers speak."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.agent import openai_errors
from app.agent.faults import Code
from app.agent.model import AssistantText, ModelError, ModelMessage, ModelRequest, ToolOutput, Usage, UserText
from app.agent.openai_api import Api, arguments_to_send
from app.agent.openai_stream import Answer, ServerEvent, decode


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _CallDelta(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_CallDelta] | None = None
    reasoning_content: Any = None
    reasoning: Any = None


class _Choice(msgspec.Struct, gc=False):
    index: int | None = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


class _TokenDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = 0


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    prompt_tokens_details: _TokenDetails | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    model: str | None = None
    usage: _Usage | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(_Chunk)

FINISH_REASONS = {"length": "length", "max_tokens": "length", "content_filter": "content_filter"}
FAILURES: Mapping[str, Code] = {"error": "unavailable", "insufficient_system_resource": "overloaded"}


class ChatReader:
    """Reads `chat.completion.chunk` events, and a whole `chat.completion` from a server that does not stream."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.is_done = False
        self._slots: dict[int, int] = {}
        self._ids: dict[int, str] = {}
        self._last = -1

    def read(self, events: list[ServerEvent]) -> None:
        """Take in events; raises `ModelError` for those that tell of a failure."""
        for name, data in events:
            if data == b"[DONE]":
                self.is_done = True
                return
            chunk = decode(_decoder, data)
            if chunk.error or name == b"error":
                raise openai_errors.from_object(chunk.error or msgspec.json.decode(data))
            if chunk.model and not self.answer.model:
                self.answer.model = chunk.model
            if chunk.usage:
                self._read_usage(chunk.usage)
            if chunk.choices:
                self._read_choice(chunk.choices[0])

    def _read_choice(self, choice: _Choice) -> None:
        delta = choice.delta or choice.message
        if delta is not None:
            if reasoning := delta.reasoning_content or delta.reasoning:
                self.answer.add_reasoning(reasoning if isinstance(reasoning, str) else "")
            if delta.content:
                self.answer.add_text(delta.content)
            if delta.refusal:
                self.answer.add_text(delta.refusal)
            for call in delta.tool_calls or ():
                self._read_call(call)
        if choice.finish_reason:
            if failure := FAILURES.get(choice.finish_reason):
                raise ModelError(failure, f"finish reason {choice.finish_reason}")
            self.answer.finish_reason = FINISH_REASONS.get(choice.finish_reason, "stop")

    def _read_call(self, delta: _CallDelta) -> None:
        name = (delta.function.name if delta.function else None) or ""
        index = self._slot(delta, name)
        self.answer.add_call(index, delta.id or "", name)
        arguments = delta.function.arguments if delta.function else None
        if arguments:
            self.answer.add_arguments(index, arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode())

    def _slot(self, delta: _CallDelta, name: str) -> int:
        """Return the number of the call that `delta` belongs to.

        Some servers leave the index out, others give every call of an answer the index 0 with an id of its own.
        """
        calls = self.answer.calls
        fresh = max(calls, default=-1) + 1
        if delta.index is not None:
            slot = self._slots.get(delta.index, delta.index)
            if slot in calls and name and delta.id and self._ids.get(slot, delta.id) != delta.id:
                slot = fresh
            self._slots[delta.index] = slot
        else:
            same = [slot for slot, call_id in self._ids.items() if call_id == delta.id and name in {"", calls[slot].name}]
            slot = same[0] if same else fresh if name or not calls else self._last
        if delta.id:
            self._ids[slot] = delta.id
        self._last = slot
        return slot

    def _read_usage(self, usage: _Usage) -> None:
        details = usage.prompt_tokens_details
        cached = (details.cached_tokens if details else 0) or 0
        self.answer.usage = Usage(usage.prompt_tokens or 0, cached, usage.completion_tokens or 0)


def body(request: ModelRequest, model: str, without: frozenset[str]) -> dict[str, Any]:
    """Return the JSON body of `request`, leaving out the optional parameters named in `without`."""
    parameters: dict[str, Any] = {
        "model": model,
        "stream": True,
        "messages": [{"role": "system", "content": request.system}, *map(_message, request.messages)],
    }
    if "stream_options" not in without:
        parameters["stream_options"] = {"include_usage": True}
    if request.reasoning_effort and "reasoning_effort" not in without:
        parameters["reasoning_effort"] = request.reasoning_effort
    if request.cache_key and "prompt_cache_key" not in without:
        parameters["prompt_cache_key"] = request.cache_key
    if request.tools:
        parameters["tools"] = [
            {"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}}
            for tool in request.tools
        ]
        if not request.may_call_tools:
            parameters["tool_choice"] = "none"
    return parameters


def _message(message: ModelMessage) -> dict[str, Any]:
    match message:
        case UserText(content):
            return {"role": "user", "content": content}
        case ToolOutput(call_id, _, content):
            return {"role": "tool", "tool_call_id": call_id, "content": content}
        case AssistantText(content, ()):
            return {"role": "assistant", "content": content}
        case AssistantText(content, calls):
            functions = [{"name": call.name, "arguments": arguments_to_send(call.arguments)} for call in calls]
            tool_calls = [
                {"id": call.id, "type": "function", "function": function} for call, function in zip(calls, functions, strict=True)
            ]
            return {"role": "assistant", "content": content or None, "tool_calls": tool_calls}


CHAT = Api("/chat/completions", ("stream_options", "reasoning_effort", "prompt_cache_key"), body, ChatReader)
