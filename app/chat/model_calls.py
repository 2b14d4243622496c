"""What is kept of every answered call of a model, whatever it was asked for."""

from typing import Any

from app.agent.model import ModelResponse
from app.agent.prices import Prices


def spent(response: ModelResponse, prices: Prices) -> dict[str, Any]:
    """Return the columns of `ModelCall` that tell what answered and what it used and cost."""
    usage = response.usage
    return {
        "provider": response.provider, "model": response.model, "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens, "output_tokens": usage.output_tokens, "is_estimated": usage.is_estimated,
        "cost": prices.cost_of(response.model, usage), "finish_reason": response.finish_reason,
    }  # fmt: skip
