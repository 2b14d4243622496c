"""A recorded run is replayed without a model, and what differs today is told."""

import sqlite3
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from app.chat.desk import Desk
from app.errors import NotFound
from app.evaluation.asking import ask
from app.evaluation.replaying import replay
from app.identity import sign_in
from app.identity.models import User
from tests.servers import bichat


async def held(desk: Desk, question: str) -> uuid.UUID:
    """Return the run of a question that the demo's analyst asked."""
    async with desk.database.reading() as db:
        user_id = await db.scalar(select(User.id).where(User.email == "analyst@demo.test"))
    assert user_id
    actor = await sign_in.by_user_id(desk.database, user_id)
    assert actor
    return (await ask(desk, actor, question, (), None)).run_id


async def test_the_same_data_give_the_same_and_changed_data_are_told(desk: Desk, demo_dir: Path) -> None:
    run_id = await held(desk, "revenue by branch last month")
    before = {each.tool: each.state for each in await replay(desk, run_id)}
    assert before["sql_execute"] == before["search_validated_queries"] == before["render_table"] == "same"
    with sqlite3.connect(demo_dir / "analytics.sqlite") as connection:
        connection.execute("UPDATE order_lines_t SET amount = amount + 1 WHERE status = 'sold'")
    connection.close()
    after = {each.tool: each for each in await replay(desk, run_id)}
    assert after["sql_execute"].state == "differs"
    assert "cells changed" in after["sql_execute"].what
    assert after["search_validated_queries"].state == "same"


async def test_the_command_prints_a_line_for_each_call(desk: Desk, demo_dir: Path) -> None:
    run_id = await held(desk, "revenue last month")
    replayed = bichat("eval", "replay", str(run_id), data_dir=demo_dir)
    assert replayed.returncode == 0, replayed.stderr
    assert [line.split()[:2] for line in replayed.stdout.splitlines()][:2] == [
        ["same", "search_validated_queries"], ["same", "sql_execute"],
    ]  # fmt: skip
    unknown = bichat("eval", "replay", str(uuid.uuid4()), data_dir=demo_dir)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert bichat("eval", "replay", "no-run", data_dir=demo_dir).returncode == 2


async def test_a_run_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await replay(desk, uuid.uuid4())
