"""Scripts for the model server: which turn answers a request, and what a turn puts on the wire.

A script is a list of turns that are played in order; or `{"rules": [{"match": regex, "turns": [...]}]}`, which depends on
the request alone: the first rule that matches the last question, and of its turns the one with the number of steps that the
model has made since that question (the last one repeats); or, in the same process, a function of the request, as each of those
turns may be.

A turn is a text or `{"parts": [...], …}` with these optional fields:
`status`, `headers`, `error` (an HTTP failure), `delay` (seconds before the headers), `finish_reason`, `usage`
(`{"input", "cached", "output"}` or null), `failure` (an error object in the stream), `ending` (`done`, `early`: the body ends
without the last events, `reset`, `close`, `hang`), `write_size` (bytes a write, cutting anything), `line_end`, `comments`,
`content_type`, `body` (sent instead of events).

A part is a text, `{"text", "pieces"}`, `{"tokens", "rate", "stamp", "answer", "burst"}`, `{"call": {"name", "arguments", "id",
"pieces"}}`, `{"reasoning"}`, `{"sleep"}`, `{"until"}` (an `asyncio.Event` of the test's own loop), `{"raw"}` or, over the
Responses API, `{"hosted"}` (an item of the provider's own tools as it is) and `{"annotation"}` (a source of the text
before it). `tokens` are words; with `stamp` each is the monotonic time in nanoseconds at which it was written, after a letter,
for it is no figure. With `answer` they come inside a `final_answer` call. `rate` is tokens a second; without it they come as
fast as they are read, `burst` a write.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.model_frames import ChatFrames, Frames, ResponsesFrames, Template, dumps, escaped, fill

Turn = dict[str, Any]
Script = list[Any] | dict[str, Any] | Callable[[dict[str, Any]], Any]
USAGE = {"input": 120, "cached": 20, "output": 30}
NO_SCRIPT: Turn = {"status": 500, "error": {"code": "no_script", "message": "the script has no turn for this request"}}


def turn_for(script: Script, played: int, request: dict[str, Any]) -> Turn:
    """Return the turn that answers `request`, the `played`-th one (from 0)."""
    if callable(script):
        turn = script(request)
    elif isinstance(script, list):
        turn = script[played] if played < len(script) else NO_SCRIPT
    else:
        turn = _by_rule(script, request)
        turn = turn(request) if callable(turn) else turn
    return turn if isinstance(turn, dict) else {"parts": [turn] if isinstance(turn, str) else list(turn)}


def conversation(request: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (role, text) of the messages; roles are `system`, `user`, `assistant` and `tool`."""
    if "messages" in request:
        return [(message["role"], _text(message.get("content"))) for message in request["messages"]]
    kinds = {"function_call": "assistant", "function_call_output": "tool"}
    items = request["input"] if isinstance(request["input"], list) else [{"role": "user", "content": request["input"]}]
    said = [(kinds.get(item.get("type"), item.get("role")), _text(item.get("content", item.get("output")))) for item in items]
    return [("system", request.get("instructions") or ""), *said]


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def _by_rule(script: dict[str, Any], request: dict[str, Any]) -> Any:
    said = conversation(request)
    last = max((at for at, (role, _) in enumerate(said) if role == "user"), default=0)
    roles = [role for role, _ in said[last + 1 :]]
    # Calls made side by side are one step: in the Responses API each is an item of its own.
    steps = sum(role == "assistant" and (at == 0 or roles[at - 1] != "assistant") for at, role in enumerate(roles))
    for rule in script["rules"]:
        if re.search(rule.get("match", ""), said[last][1]):
            return rule["turns"][min(steps, len(rule["turns"]) - 1)]
    return NO_SCRIPT


async def play(turn: Turn, path: str, number: int, model: str) -> AsyncIterator[bytes]:
    """Yield what to write, pausing as the turn says."""
    frames: Frames = ChatFrames(number, model) if path.endswith("/chat/completions") else ResponsesFrames(number, model)
    yield frames.start()
    calls = 0
    for part in turn.get("parts", ()):
        calls += not isinstance(part, str) and ("call" in part or "answer" in part)
        async for data in _part(frames, {"text": part} if isinstance(part, str) else part, calls):
            yield data
    if "failure" in turn:
        yield frames.error(turn["failure"])
    elif turn.get("ending", "done") == "done":
        yield frames.end(turn.get("finish_reason") or ("tool_calls" if calls else "stop"), turn.get("usage", USAGE))


async def _part(frames: Frames, part: dict[str, Any], calls: int) -> AsyncIterator[bytes]:
    if "sleep" in part:
        await asyncio.sleep(part["sleep"])
    elif "until" in part:
        await part["until"].wait()
    elif "tokens" in part:
        async for data in _tokens(frames, part, calls):
            yield data
    elif "raw" in part:
        yield part["raw"].encode("latin-1")
    elif method := next((name for name in ("reasoning", "hosted", "annotation") if name in part), None):
        yield getattr(frames, method)(part[method])
    elif "call" in part:
        for data in _call(frames, part["call"], calls):
            yield data
    else:
        opening, template = _opened(frames)
        yield opening
        for piece in pieces(part["text"], part.get("pieces", 1)):
            yield fill(template, piece)


def _opened(frames: Frames) -> tuple[bytes, Template]:
    template = frames.text_template()
    return (frames.take_opening() if isinstance(frames, ResponsesFrames) else b""), template


def _call(frames: Frames, call: dict[str, Any], number: int) -> list[bytes]:
    arguments = call.get("arguments", {})
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    opening = frames.call(call.get("id", f"call_{number}"), call["name"])
    template = frames.arguments_template()
    return [opening, *(fill(template, piece) for piece in pieces(text, call.get("pieces", 1)))]


async def _tokens(frames: Frames, part: dict[str, Any], number: int) -> AsyncIterator[bytes]:
    if part.get("answer"):
        yield frames.call(f"call_{number}", "final_answer")
        before, after = frames.arguments_template()
        yield before + escaped('{"answer":"') + after
    else:
        opening, (before, after) = _opened(frames)
        yield opening
    async for data in _paced(part, before, after):
        yield data
    if part.get("answer"):
        yield before + escaped('"}') + after


async def _paced(part: dict[str, Any], before: bytes, after: bytes) -> AsyncIterator[bytes]:
    count, rate, stamp = part["tokens"], part.get("rate"), part.get("stamp")
    burst = 1 if rate else part.get("burst", 16)
    words = [before + word + after for word in (b"word ", "слово ".encode(), "soʻz ".encode(), b"12.5 ")]
    start = time.monotonic()
    for at in range(0, count, burst):
        if rate and (pause := start + at / rate - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        numbers = range(at, min(at + burst, count))
        if stamp:
            yield b"".join([b"%bt%d %b" % (before, time.monotonic_ns(), after) for _ in numbers])
        else:
            yield b"".join([words[number & 3] for number in numbers])


def pieces(text: str, count: int) -> list[str]:
    """Cut `text` into about `count` pieces."""
    size = max(1, -(-len(text) // count))
    return [text[at : at + size] for at in range(0, len(text), size)]


def error_body(turn: Turn) -> bytes:
    """Return the body of an HTTP failure."""
    return dumps({"error": turn.get("error", {"message": "a failure as the script says", "type": "server_error", "code": None})})
