"""`analytics check` on an SQLite file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from app.data.walls.checking import check
from app.settings import Settings


async def lines(path: Path, isolation: str = "views") -> dict[str, str]:
    settings = Settings(analytics_url=f"sqlite:///{path}", analytics_isolation="views" if isolation == "views" else "single")
    return {verdict.wall: verdict.line for verdict in await check(settings)}


async def test_the_walls_hold_and_a_view_that_does_not_filter_is_told(business_file: Path) -> None:
    found = await lines(business_file)
    assert {wall for wall, line in found.items() if line.startswith("fail ")} == {"tenants"}
    assert "the view leaky does not filter everything that it reads by tenant" in found["tenants"]
    with closing(sqlite3.connect(business_file)) as connection:
        connection.execute("DELETE FROM _bichat_views WHERE public_name = 'leaky'")
        connection.commit()
    assert {line.split()[0] for line in (await lines(business_file)).values()} == {"ok"}


async def test_a_file_that_opens_nothing_is_warned_of(business_file: Path) -> None:
    with closing(sqlite3.connect(business_file)) as connection:
        connection.execute("DELETE FROM _bichat_views")
        connection.commit()
    assert (await lines(business_file))["contents"].startswith("warn contents: there is nothing that may be asked about")


async def test_one_company_s_file_holds_as_well(business_file: Path) -> None:
    found = await lines(business_file, "single")
    assert [line for line in found.values() if line.startswith("fail")] == []


async def test_a_file_that_is_gone_fails(tmp_path: Path) -> None:
    assert list(await lines(tmp_path / "none.sqlite")) == ["connection"]
