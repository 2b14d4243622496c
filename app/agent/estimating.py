"""Tokens counted by rule of thumb, for providers that do not tell them."""

import msgspec

from app.agent import tokens
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ModelResponse, ToolCall, Usage


def told(response: ModelResponse, request: ModelRequest) -> ModelResponse:
    """Return the response with its tokens estimated where the provider told none."""
    usage = response.usage
    if usage.input_tokens or usage.output_tokens:
        return response
    answered = tokens.estimate(response.text) + _of_calls(response.tool_calls)
    usage = Usage(input_tokens=asked(request), output_tokens=answered, is_estimated=True)
    return msgspec.structs.replace(response, usage=usage)


def asked(request: ModelRequest) -> int:
    """Return about how many tokens a request has."""
    tools = sum(tokens.estimate(tool.name + tool.description + str(tool.parameters)) for tool in request.tools)
    return tokens.estimate(request.system) + tools + sum(_of_message(message) for message in request.messages)


def _of_message(message: ModelMessage) -> int:
    calls = message.tool_calls if isinstance(message, AssistantText) else ()
    return tokens.estimate(message.content) + _of_calls(calls)


def _of_calls(calls: tuple[ToolCall, ...]) -> int:
    return sum(tokens.estimate(call.name + call.arguments) for call in calls)
