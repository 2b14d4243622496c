"""What calls of models cost, by the release's table and by a deployment's own."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from app.agent import prices
from app.agent.hosted import CODE, WEB_SEARCH, HostedCall
from app.agent.model import ModelResponse, Usage
from app.agent.prices import TABLE, Price, Table
from app.settings import Settings, SettingsError, load


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-5.2", "0.901754"),
        ("gpt-5.2-2025-12-11", "0.901754"),
        ("offline", "0"),
        ("gpt-5.2-custom", None),
        ("", None),
    ],
)
def test_fresh_and_cached_input_and_output_have_prices_of_their_own(model: str, cost: str | None) -> None:
    found = prices.load().cost_of(model, Usage(input_tokens=120_000, cached_tokens=10_000, output_tokens=50_536))
    assert found == (None if cost is None else Decimal(cost))


def test_costs_are_exact() -> None:
    assert prices.load().cost_of("gpt-5-nano", Usage(1, 0, 0)) == Decimal("0.00000005")
    assert prices.load().cost_of("gpt-5-nano", Usage(4, 4, 0)) == Decimal("0.00000002")


def test_the_table_says_of_when_and_from_where_it_is() -> None:
    table = msgspec.json.decode(TABLE.read_bytes(), type=Table)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", table.as_of)
    assert {price.source for price in table.models.values()} == set(table.sources)
    writing = [price for name, price in table.models.items() if "embedding" not in name]
    assert all(0 <= price.cached <= price.input <= price.output for price in writing)
    embedding = [price for name, price in table.models.items() if "embedding" in name]
    assert all(0 < price.cached == price.input and price.output == 0 for price in embedding)
    assert Settings().openai_model in table.models


def test_a_deployment_has_prices_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    own.write_text(
        '{"models": {"house": {"input": 1, "cached": "0.5", "output": 2}, "gpt-5.2": {"input": 0, "cached": 0, "output": 0}}}'
    )
    settings = load({"BICHAT_DATA_DIR": str(tmp_path), "BICHAT_PRICES_FILE": str(own)})
    known = prices.load(settings.prices_file)
    assert known.cost_of("house", Usage(1_000_000, 500_000, 1_000_000)) == Decimal("2.75")
    assert known.cost_of("gpt-5.2", Usage(5, 0, 5)) == 0
    assert known.cost_of("gpt-5.1", Usage(1_000_000, 0, 0)) == Decimal("1.25")


def answered(model: str, *hosted: HostedCall) -> ModelResponse:
    return ModelResponse("", (), "stop", "openai", model, Usage(1_000_000, 0, 0), hosted=hosted)


def test_the_provider_s_own_tools_have_their_price_beside_the_tokens(tmp_path: Path) -> None:
    search, look = (HostedCall(WEB_SEARCH, {"action": action}) for action in ("search", "open_page"))
    first, second = (HostedCall(CODE, {"code": ""}, container_id=place) for place in ("a", "b"))
    known = prices.load()
    assert known.cost_of_answer(answered("gpt-5.1", search, look, search)) == Decimal("1.27")
    assert known.cost_of_answer(answered("gpt-5.1", first, first, second, search)) == Decimal("1.32")
    assert known.cost_of_answer(answered("house", search)) is None
    own = tmp_path / "prices.json"
    own.write_text('{"models": {}, "searches": {"web_search": "0.5"}}')
    assert prices.load(str(own)).cost_of_answer(answered("gpt-5.1", search, first)) == Decimal("1.78")
    without = prices.Prices({"gpt-5.1": Price(Decimal(1), Decimal(1), Decimal(1))})
    assert without.cost_of_answer(answered("gpt-5.1", search)) is None


def test_a_price_holds_from_its_day_and_calls_before_it_keep_the_earlier_one(tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    dated = [
        {"since": since, "input": usd, "cached": usd, "output": usd} for since, usd in (("2026-07-01", 4), ("2026-01-01", 9))
    ]
    own.write_bytes(msgspec.json.encode({"models": {"house": dated}}))
    known, million = prices.load(str(own)), Usage(1_000_000, 0, 0)
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 6, 30), dt.date(2026, 7, 1), dt.date(2027, 1, 1)]
    assert [known.cost_of("house", million, day) for day in days] == [None, 9, 9, 4, 4]


@pytest.mark.parametrize(
    "text", ["", "{", '{"models": {"a": {"input": 1}}}', '{"models": {"a": {"input": -1, "cached": 0, "output": 0}}}',
             '{"models": {"a": {"input": "NaN", "cached": 0, "output": 0}}}',
             '{"models": {"a": [{"since": "July", "input": 1, "cached": 0, "output": 0}]}}'],
)  # fmt: skip
def test_a_file_of_prices_that_does_not_fit_is_told_at_the_start(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.json"
    own.write_text(text)
    with pytest.raises(SettingsError, match="BICHAT_PRICES_FILE"):
        prices.load(str(own))
    with pytest.raises(SettingsError, match="BICHAT_PRICES_FILE"):
        prices.load(str(tmp_path / "none.json"))
