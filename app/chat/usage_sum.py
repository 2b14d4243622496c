"""What a run used, summed over its calls of models."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec


def told_cost(cost: Decimal | None) -> Decimal | None:
    """Return USD as programs get it: nothing is 0, and not 0E-8."""
    return Decimal() if cost == 0 else cost


class UsageSum(msgspec.Struct, frozen=True):
    """What the run's model calls used, told to those who asked for debug information.

    `cost` is in USD, None where the price of any of them is not known. `is_estimated` tells that the provider did not tell the
    tokens of some. `debug` is what `app.chat.debugging` tells programs of each call.
    """

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal | None = None
    is_estimated: bool = False
    debug: Mapping[str, Any] = {}
