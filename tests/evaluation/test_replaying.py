"""A recorded run is replayed without a model, and what differs today is told."""

import sqlite3
import uuid
from pathlib import Path

import pytest
from sqlalchemy import update

from app.chat import organising
from app.chat.desk import Desk
from app.chat.models import Run
from app.errors import Forbidden, NotFound
from app.evaluation.asking import ask
from app.evaluation.replaying import replay
from app.identity import users
from app.identity.models import Tenant, User
from tests.evaluation.recorded import person
from tests.servers import bichat

ASKER = "analyst@demo.test"


async def held(desk: Desk, question: str) -> uuid.UUID:
    """Return the run of a question that the demo's analyst asked."""
    return (await ask(desk, await person(desk, ASKER), question, (), None)).run_id


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


async def test_a_chat_that_was_cleared_is_not_replayed(desk: Desk, demo_dir: Path) -> None:
    run_id = await held(desk, "revenue last month")
    async with desk.database.writing() as db:
        run = await db.get_one(Run, run_id)
        await organising.clear(db, await person(desk, ASKER), run.session_id)
    replayed = bichat("eval", "replay", str(run_id), data_dir=demo_dir)
    assert (replayed.returncode, replayed.stdout) == (1, "")
    assert "The chat of this answer was cleared" in replayed.stderr


async def test_who_may_not_act_any_more_is_named(desk: Desk, demo_dir: Path) -> None:
    run_id = await held(desk, "revenue last month")
    await users.deactivate(desk.database, ASKER)
    replayed = bichat("eval", "replay", str(run_id), data_dir=demo_dir)
    assert (replayed.returncode, replayed.stdout) == (1, "")
    assert "analyst@demo.test asked this and is deactivated" in replayed.stderr
    await desk.database.write(lambda db: db.execute(update(User).values(is_active=True)))
    await desk.database.write(lambda db: db.execute(update(Tenant).values(is_active=False)))
    with pytest.raises(Forbidden, match=r"and the company .+ is deactivated"):
        await replay(desk, run_id)


async def test_a_real_site_needs_no_key_of_a_model(desk: Desk, demo_dir: Path) -> None:
    run_id = await held(desk, "revenue last month")
    place = {"APP_ENV": "production", "BICHAT_SECRET_KEY": "s" * 32, "BICHAT_ALLOWED_HOSTS": "bi.test", "BICHAT_MODEL": ""}
    replayed = bichat("eval", "replay", str(run_id), data_dir=demo_dir, **place)
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout.startswith("same ")


@pytest.mark.parametrize("environment", ["development", "production"])
def test_no_database_is_made(tmp_path: Path, environment: str) -> None:
    place, folder = {"APP_ENV": environment, "BICHAT_SECRET_KEY": "", "BICHAT_ALLOWED_HOSTS": "bi.test"}, tmp_path / "none"
    for more in ({}, {"DATABASE_URL": f"sqlite:///{folder / 'bichat.sqlite'}"}):
        replayed = bichat("eval", "replay", str(uuid.uuid4()), data_dir=folder, **place, **more)
        assert (replayed.returncode, replayed.stdout) == (1, "")
        assert f"There is no database {folder / 'bichat.sqlite'}." in replayed.stderr
        assert not folder.exists()


async def test_a_run_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await replay(desk, uuid.uuid4())
