"""What a trace says of the agent's work, by OpenTelemetry's semantic conventions: names and ids, nothing that was written."""

from collections.abc import Container
from contextlib import AbstractContextManager

from app.agent.model import ToolCall
from app.telemetry import tracing

WELL_KNOWN = {
    "api.openai.com": "openai", "api.anthropic.com": "anthropic", "api.deepseek.com": "deepseek", "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai", "api.x.ai": "x_ai", "generativelanguage.googleapis.com": "gcp.gemini",
}  # fmt: skip
"""Providers that the conventions name, by the host that tells them here."""


def provider(name: str) -> str:
    """Return what the conventions call a provider."""
    return WELL_KNOWN.get(name, name)


def executing(call: ToolCall, tools: Container[str], agent: str) -> AbstractContextManager[tracing.Span]:
    """Have what is done inside be the call of a tool; one that does not exist may be called anything, so it is not named."""
    name = call.name if call.name in tools else "unknown"
    return tracing.part(f"execute_tool {name}", "internal", {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call.id, "gen_ai.agent.name": agent,
    })  # fmt: skip
