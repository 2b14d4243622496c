"""Tokens are counted by ranks that come with BiChat, off the event loop, and estimated within bounds."""

import asyncio
import hashlib

import pytest

from app.agent import tokens

SAMPLES = {
    "English": "What was revenue by branch last month, and which customers are overdue with their payments since March? ",
    "Russian": "Какая была выручка по филиалам за прошлый месяц и какие клиенты просрочили платежи с марта? ",
    "Uzbek": "Oʻtgan oyda filiallar boʻyicha tushum qancha boʻldi va qaysi mijozlar toʻlovni kechiktirdi? ",
    "SQL": "SELECT branch_id, SUM(total) AS revenue FROM analytics.orders WHERE day >= '2026-01-01' GROUP BY 1 LIMIT 25 ",
    "JSON": '{"result_id":"0199a2c4","columns":["branch","revenue"],"rows":[["Chilonzor",12345678.90],["Yunusobod",987.5]]} ',
    "table": "| Chilonzor | 412 845,50 | 12,4 % |\n| Yunusobod | 98 003,00 | -3,1 % |\n",
}


def test_the_ranks_are_the_published_ones() -> None:
    found = hashlib.sha256((tokens.FOLDER / "o200k_base.tiktoken").read_bytes()).hexdigest()
    assert found == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


@pytest.mark.parametrize(
    ("text", "count"),
    [("hello world", 2), ("", 0), ("Привет, мир", 4), ("12345", 2), ("漢" * 30_000, 30_000), (" " * 40_000, 314)],
)
def test_known_texts_have_the_tokens_they_are_known_to_have(text: str, count: int) -> None:
    assert tokens.count(text, "gpt-5.2") == count


def test_what_looks_like_a_special_token_is_text() -> None:
    assert tokens.count("<|endoftext|>", "gpt-5.2") > 1


def test_it_is_known_for_which_models_a_count_is_exact() -> None:
    assert [name for name in ("gpt-5.2", "gpt-4o-mini", "gpt-4", "qwen3", "offline", "") if tokens.is_exact(name)] == [
        "gpt-5.2", "gpt-4o-mini",
    ]  # fmt: skip
    assert tokens.count("hello world", "qwen3") == 2


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_estimate_is_near_the_count(kind: str) -> None:
    text = SAMPLES[kind] * 50
    assert 0.7 < tokens.estimate(text) / tokens.count(text, "gpt-5.2") < 1.6


async def test_the_event_loop_goes_on_while_a_long_text_is_counted() -> None:
    tokens.count("", "gpt-5.2")
    counting = asyncio.create_task(asyncio.to_thread(tokens.count, SAMPLES["Russian"] * 20_000, "gpt-5.2"))
    turns = 0
    while not counting.done():
        await asyncio.sleep(0)
        turns += 1
    assert await counting > 100_000
    assert turns > 100
