"""A script for the model server that answers as the offline analyst does: all that it knows it reads off the wire."""

from collections.abc import Callable
from typing import Any

from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolCall, ToolOutput, ToolSpec, UserText
from app.agent.offline.policy import decide
from app.agent.offline.turn import Needed, Turn
from app.data.periods import Calendar
from app.database import now

DEMO = Calendar("Asia/Tashkent", 0)


def analyst(locale: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a script for questions whose reader's language is `locale`."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        turn = Turn(ModelRequest("", _messages(request), _tools(request), locale, now(), DEMO, "UZS"))
        try:
            text = decide(turn)
        except Needed as needed:
            return {"parts": [_call(name, arguments) for name, arguments in needed.calls]}
        return {"parts": [_call("final_answer", {"answer": text}) if turn.has("final_answer") else {"text": text, "pieces": 5}]}

    return answer


def _call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"call": {"name": name, "arguments": arguments, "pieces": 3}}


def _messages(request: dict[str, Any]) -> list[ModelMessage]:
    return [said for item in request.get("messages", request.get("input", ())) for said in _said(item)]


def _said(item: dict[str, Any]) -> list[ModelMessage]:
    """Return what a message of Chat Completions or an item of Responses says; nothing for the instructions."""
    match item:
        case {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}:
            return [AssistantText("", (ToolCall(call_id, name, arguments),))]
        case {"type": "function_call_output", "call_id": call_id, "output": output}:
            return [ToolOutput(call_id, "", output)]
        case {"role": "tool", "tool_call_id": call_id, "content": content}:
            return [ToolOutput(call_id, "", content)]
        case {"role": "user", "content": str(content)}:
            return [UserText(content)]
        case {"role": "assistant", **rest}:
            calls = [(call["id"], call["function"]) for call in rest.get("tool_calls", ())]
            told = rest.get("content") if isinstance(rest.get("content"), str) else ""
            return [AssistantText(told or "", tuple(ToolCall(each, named["name"], named["arguments"]) for each, named in calls))]
        case _:
            return []


def _tools(request: dict[str, Any]) -> list[ToolSpec]:
    functions = [tool.get("function", tool) for tool in request.get("tools", ())]
    return [ToolSpec(function["name"], "", {}) for function in functions if "name" in function]
