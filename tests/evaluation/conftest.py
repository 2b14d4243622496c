"""Suites written for a test, and a BiChat with the demo to hold them in."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app import evaluating
from app import settings as settings_module
from app.chat.desk import Desk
from app.evaluation import suite_file
from app.evaluation.holding import Evaluation, Outcome

Write = Callable[[str], Path]
HEAD = """
name = "small"
person = "analyst@demo.test"

[facts.revenue]
sql = "SELECT SUM(amount){more} FROM sales WHERE order_date >= :last_month_from AND order_date < :last_month_to"
"""
REVENUE = """
[[conversations]]
name = "revenue"
[[conversations.turns]]
ask.en = "revenue last month"
ask.ru = "выручка за прошлый месяц"
ask.uz = "oʻtgan oyda tushum qancha boʻldi"
facts = ["revenue"]
"""


def small(more: str = "") -> str:
    """Return a suite of one turn in three languages; `more` is added to the fact."""
    return HEAD.format(more=more) + REVENUE


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "suite.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
async def desk(demo_dir: Path) -> AsyncIterator[Desk]:
    settings = settings_module.load({
        "BICHAT_DATA_DIR": str(demo_dir), "BICHAT_MODEL": "offline", "BICHAT_AUTOMATIC_TITLES": "false", "LOG_LEVEL": "ERROR",
    })  # fmt: skip
    async with evaluating.scratch(settings) as desk:
        yield desk


async def hold(desk: Desk, path: Path) -> list[Outcome]:
    """Hold a suite's file."""
    return await Evaluation(desk, *suite_file.load(path)).run(lambda _: None)
