"""What calls of language models cost: a small dated table of list prices, with a deployment's own prices over it.

A model that is not in the table has no price: its calls cost nobody knows what, never nothing.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from app.agent.hosted import CODE, WEB_SEARCH
from app.agent.model import ModelResponse, Usage
from app.settings import SettingsError

TABLE = Path(__file__).with_name("prices.json")
MILLION = 1_000_000
DATE = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8})$")
"""What a provider appends to the name of a model that it answers with: the day of the snapshot."""
CENT = Decimal("0.00000001")
"""As exact as a cost is kept."""


class Price(msgspec.Struct, frozen=True):
    """USD for a million tokens: of input, of the part of the input that the provider had cached, and of output.

    It holds from the day `since` in UTC, until the next one of the model.
    """

    input: Decimal
    cached: Decimal
    output: Decimal
    source: str = ""
    since: dt.date = dt.date.min


class Table(msgspec.Struct, frozen=True):
    """Prices by model, one or several that follow each other, as of a day; `sources` says where each was read.

    `containers` is what a container of the provider costs in USD in which programs run, and `searches` what a search costs, by
    the name of the tool.
    """

    models: dict[str, Price | tuple[Price, ...]]
    containers: dict[str, Decimal] = {}
    searches: dict[str, Decimal] = {}
    as_of: str = ""
    sources: dict[str, str] = {}


class Prices:
    """The prices of this process."""

    def __init__(self, models: Mapping[str, Price | tuple[Price, ...]], tools: Mapping[str, Decimal] | None = None) -> None:
        """Take the prices of models, and in `tools` those of a container or a search by the name of the provider's tool."""
        self._tools = tools or {}
        self._models = {name: sorted(_several(prices), key=lambda price: price.since) for name, prices in models.items()}

    def cost_of_answer(self, response: ModelResponse) -> Decimal | None:
        """Return what an answer cost, with the provider's own tools that it used; None where anything has no price.

        Of a search only the question to the web is charged, not the reading of what it found.
        """
        containers = {call.container_id for call in response.hosted if call.name == CODE}
        asked = [call for call in response.hosted if call.name == WEB_SEARCH and call.arguments.get("action") == "search"]
        parts = (
            self.cost_of(response.model, response.usage), self._fee(CODE, len(containers)), self._fee(WEB_SEARCH, len(asked)),
        )  # fmt: skip
        return None if None in parts else sum((part for part in parts if part is not None), Decimal(0)).quantize(CENT)

    def _fee(self, tool: str, times: int) -> Decimal | None:
        if not times:
            return Decimal(0)
        price = self._tools.get(tool)
        return None if price is None else price * times

    def cost_of(self, model: str, usage: Usage, day: dt.date | None = None) -> Decimal | None:
        """Return USD by the price of a day, today in UTC, None for a model without one."""
        known = self._models.get(model) or self._models.get(DATE.sub("", model), [])
        on = day or dt.datetime.now(dt.UTC).date()
        price = next((price for price in reversed(known) if price.since <= on), None)
        if price is None:
            return None
        fresh = max(usage.input_tokens - usage.cached_tokens, 0)
        total = fresh * price.input + usage.cached_tokens * price.cached + usage.output_tokens * price.output
        return (total / MILLION).quantize(CENT)


def load(own_file: str = "") -> Prices:
    """Return the prices of the release with those of `own_file` over them; raises `SettingsError` where it does not fit."""
    table = msgspec.json.decode(TABLE.read_bytes(), type=Table)
    own = _own(Path(own_file)) if own_file else Table({})
    return Prices(table.models | own.models, _tools(table) | _tools(own))


def _tools(table: Table) -> dict[str, Decimal]:
    return table.containers | table.searches


def _several(prices: Price | tuple[Price, ...]) -> tuple[Price, ...]:
    return (prices,) if isinstance(prices, Price) else prices


def _own(path: Path) -> Table:
    try:
        table = msgspec.json.decode(path.read_bytes(), type=Table)
    except (OSError, msgspec.DecodeError) as error:
        message = f"BICHAT_PRICES_FILE cannot be read ({error}). Write it like app/agent/prices.json, or unset it."
        raise SettingsError(message) from error
    for name, price in ((name, price) for name, prices in table.models.items() for price in _several(prices)):
        if not all(amount.is_finite() and amount >= 0 for amount in (price.input, price.cached, price.output)):
            raise SettingsError(f"BICHAT_PRICES_FILE has a price of {name} that is none. Write USD for a million tokens.")
    if not all(amount.is_finite() and amount >= 0 for amount in _tools(table).values()):
        raise SettingsError("BICHAT_PRICES_FILE has a price of a tool that is none. Write USD for a container or a search.")
    return table
