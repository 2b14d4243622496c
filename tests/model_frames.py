"""What an OpenAI-compatible server writes: the events of both streaming APIs, as bytes ready to send."""

import json
from typing import Any, Protocol

Template = tuple[bytes, bytes]


class Frames(Protocol):
    """The events of one answer, in the order of the methods; templates surround a piece that is already JSON-escaped."""

    def start(self) -> bytes: ...
    def reasoning(self, piece: str) -> bytes: ...
    def text_template(self) -> Template: ...
    def call(self, call_id: str, name: str) -> bytes: ...
    def arguments_template(self) -> Template: ...
    def end(self, finish_reason: str, usage: dict[str, int] | None) -> bytes: ...
    def error(self, error: dict[str, Any]) -> bytes: ...


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def escaped(piece: str) -> bytes:
    return dumps(piece)[1:-1]


def fill(template: Template, piece: str) -> bytes:
    return template[0] + escaped(piece) + template[1]


class ChatFrames:
    """`chat.completion.chunk` events."""

    def __init__(self, number: int, model: str) -> None:
        self._head = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model}
        self._calls = 0

    def start(self) -> bytes:
        return self._event(self._delta(role="assistant", content=""))

    def reasoning(self, piece: str) -> bytes:
        return self._event(self._delta(reasoning_content=piece))

    def text_template(self) -> Template:
        return _template(self._event(self._delta(content="\x00")))

    def call(self, call_id: str, name: str) -> bytes:
        call = {"index": self._calls, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
        self._calls += 1
        return self._event(self._delta(tool_calls=[call]))

    def arguments_template(self) -> Template:
        call = {"index": self._calls - 1, "function": {"arguments": "\x00"}}
        return _template(self._event(self._delta(tool_calls=[call])))

    def end(self, finish_reason: str, usage: dict[str, int] | None) -> bytes:
        last = self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]})
        if usage is not None:
            details = {"cached_tokens": usage["cached"]}
            counts = {"prompt_tokens": usage["input"], "completion_tokens": usage["output"], "prompt_tokens_details": details}
            last += self._event({"choices": [], "usage": counts})
        return last + b"data: [DONE]\n\n"

    def error(self, error: dict[str, Any]) -> bytes:
        return b"data: " + dumps({"error": error}) + b"\n\n"

    def _delta(self, **delta: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}

    def _event(self, rest: dict[str, Any]) -> bytes:
        return b"data: " + dumps({**self._head, **rest}) + b"\n\n"


class ResponsesFrames:
    """`response.*` events; every item is opened and closed as OpenAI does."""

    def __init__(self, number: int, model: str) -> None:
        self._head = {"id": f"resp_{number}", "object": "response", "model": model}
        self._number = 0
        self._item: dict[str, Any] | None = None
        self._output: list[dict[str, Any]] = []

    def start(self) -> bytes:
        response = {**self._head, "status": "in_progress", "output": [], "error": None, "usage": None}
        return self._event("response.created", response=response) + self._event("response.in_progress", response=response)

    def reasoning(self, piece: str) -> bytes:
        opening = self._open("reasoning", summary=[])
        if opening:
            opening += self._event("response.reasoning_summary_part.added", **self._place(), summary_index=0)
        return opening + self._event("response.reasoning_summary_text.delta", **self._place(), summary_index=0, delta=piece)

    def text_template(self) -> Template:
        opening = self._open("message", role="assistant", content=[])
        if opening:
            part = {"type": "output_text", "text": "", "annotations": []}
            opening += self._event("response.content_part.added", **self._place(), content_index=0, part=part)
        before, after = _template(
            self._event(
                "response.output_text.delta", **self._place(), content_index=0, delta="\x00", logprobs=[], obfuscation="k3"
            )
        )
        self._opening = opening
        return before, after

    def take_opening(self) -> bytes:
        """Return what must come once before the first piece of the item."""
        opening, self._opening = getattr(self, "_opening", b""), b""
        return opening

    def call(self, call_id: str, name: str) -> bytes:
        closing = self._close()
        return closing + self._open("function_call", call_id=call_id, name=name, arguments="")

    def arguments_template(self) -> Template:
        return _template(self._event("response.function_call_arguments.delta", **self._place(), delta="\x00"))

    def end(self, finish_reason: str, usage: dict[str, int] | None) -> bytes:
        closing = self._close()
        reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(finish_reason)
        status = "incomplete" if reason else "completed"
        response = {**self._head, "status": status, "error": None, "output": self._output}
        response["incomplete_details"] = {"reason": reason} if reason else None
        if usage is not None:
            details = {"cached_tokens": usage["cached"]}
            response["usage"] = {
                "input_tokens": usage["input"],
                "input_tokens_details": details,
                "output_tokens": usage["output"],
            }
        return closing + self._event(f"response.{status}", response=response)

    def error(self, error: dict[str, Any]) -> bytes:
        if "status" in error:
            response = {**self._head, "status": "failed", "error": error, "output": []}
            return self._event("response.failed", response=response)
        return self._event("error", error=error) if "type" in error else self._event("error", **error)

    def hosted(self, item: dict[str, Any]) -> bytes:
        """Return an item of the provider's own tools, begun and ended."""
        fields = {name: value for name, value in item.items() if name not in {"type", "id"}}
        opening = self._close() + self._open(item["type"])
        if item["type"] == "code_interpreter_call":
            opening += self._program(item.get("code") or "")
        assert self._item is not None
        self._item |= fields
        return opening + self._close()

    def _program(self, code: str) -> bytes:
        """Return what comes while a program is written and runs."""
        call = "response.code_interpreter_call"
        middle = len(code) // 2
        pieces = [self._event(f"{call}_code.delta", **self._place(), delta=piece) for piece in (code[:middle], code[middle:])]
        steps = [self._event(f"{call}.{state}", **self._place()) for state in ("in_progress", "interpreting", "completed")]
        return b"".join([steps[0], *pieces, self._event(f"{call}_code.done", **self._place(), code=code), *steps[1:]])

    def annotation(self, annotation: dict[str, Any]) -> bytes:
        """Return a source or a file of the message that is open."""
        assert self._item is not None
        part = self._item.setdefault("said", {"type": "output_text", "text": "", "annotations": []})
        part["annotations"].append(annotation)
        number = len(part["annotations"]) - 1
        place = {**self._place(), "content_index": 0, "annotation_index": number}
        return self._event("response.output_text.annotation.added", **place, annotation=annotation)

    def _open(self, kind: str, **fields: Any) -> bytes:
        if self._item is not None and self._item["type"] == kind and kind != "function_call":
            return b""
        closing = self._close()
        self._item = {"id": f"{kind[:3]}_{len(self._output)}", "type": kind, "status": "in_progress", **fields}
        return closing + self._event("response.output_item.added", output_index=len(self._output), item=self._item)

    def _close(self) -> bytes:
        if self._item is None:
            return b""
        item, self._item = {**self._item, "status": "completed"}, None
        if said := item.pop("said", None):
            item["content"] = [said]
        event = self._event("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        return event

    def _place(self) -> dict[str, Any]:
        assert self._item is not None
        return {"item_id": self._item["id"], "output_index": len(self._output)}

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        data = dumps({"type": kind, "sequence_number": self._number, **fields})
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def _template(event: bytes) -> Template:
    before, _, after = event.partition(b"\\u0000")
    return before, after
