"""The same strange database in PostgreSQL, set up by `analytics init` and read by a role of its own."""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.data.walls import building
from app.data.walls.checking import check
from app.settings import Settings
from tests.chat.conftest import Chat, events_of, served
from tests.chat.test_chinook import CHINOOK, conclude, show
from tests.postgres import Cluster
from tests.scripted_model import Call, ScriptedModel

SCRIPT = CHINOOK.with_name("chinook_postgres.sql")
BY_COUNTRY = "SELECT billing_country AS country, sum(total) AS sales FROM invoice GROUP BY 1 ORDER BY 2 DESC LIMIT 5"

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not SCRIPT.exists(), reason="the Chinook database is not beside the project"),
]


@pytest.fixture
def chinook(postgres_cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """The address of the database for its owner; the script's own lines that choose a database are left out."""
    name = f"chinook_{secrets.token_hex(4)}"
    address = postgres_cluster.create(name)
    script = tmp_path / "chinook.sql"
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    script.write_text("\n".join(line for line in lines if not line.startswith(("DROP DATABASE", "CREATE DATABASE", "\\c "))))
    command = [postgres_cluster.binaries / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", script]
    subprocess.run(command, check=True, capture_output=True, text=True)
    yield address
    postgres_cluster.drop(name)
    postgres_cluster.sql(f"DROP ROLE IF EXISTS reads_{name}")


async def test_it_is_set_up_explored_and_answered(
    settings: Settings, peopled_file: Path, model: ScriptedModel, chat: Chat, chinook: str
) -> None:
    role = f"reads_{chinook.rpartition('/')[2]}"
    pointed = msgspec.structs.replace(
        settings,
        analytics_url=f"postgresql://{role}:reads@{chinook.partition('@')[2]}",
        analytics_isolation="single",
        analytics_schema="public",
    )
    await building.init(pointed, chinook, [].append)
    assert [verdict.line for verdict in await check(pointed) if not verdict.holds] == []
    describe = Call("schema_describe", {"tables": ["invoice", "invoice_line"]})
    model.add([Call("schema_list")], [describe], [Call("sql_execute", {"query": BY_COUNTRY})], show, conclude)
    async with served(pointed, model) as url, chat.program("analyst@one.test") as client:
        answer = await client.post(f"{url}/bi-chat/stream", json={"content": "Where do we sell most?"})
    events = [msgspec.json.decode(event["data"]) for event in events_of(answer.text)]
    assert "".join(event.get("content", "") for event in events) == "Most is sold in USA: 523.06."
    assert events[-1]["toolsUsed"] == ["schema_list", "schema_describe", "sql_execute", "render_table"]
    ended = [event["tool"] for event in events if event["type"] == "tool_end"]
    assert [tool.get("error") for tool in ended] == [None] * 4
    assert '"invoice_line"' in ended[0]["result"]
    assert "customer.customer_id" in ended[1]["result"]
