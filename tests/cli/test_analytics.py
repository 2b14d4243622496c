"""`bichat analytics`: what it prints, and how it ends."""

from pathlib import Path

import pytest

from tests import servers
from tests.postgres import Cluster

pytestmark = pytest.mark.postgres
VIEW = "CREATE VIEW analytics.{} WITH (security_barrier) AS SELECT id FROM orders"
FILTER = "WHERE tenant_id = current_setting('app.tenant_id', true)::uuid"


def test_setting_up_and_checking(data_dir: Path, postgres_url: str, postgres_cluster: Cluster) -> None:
    name = postgres_url.rpartition("/")[2]
    role = f"reader_{name}"
    values = {"BICHAT_ANALYTICS_URL": f"postgresql://{role}:reads@{postgres_url.partition('@')[2]}"}

    def analytics(*arguments: str, code: int = 0) -> list[str]:
        done = servers.bichat("analytics", *arguments, data_dir=data_dir, **values)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
        return (done.stdout or done.stderr).splitlines()

    first, second = analytics("init", "--dsn", postgres_url), analytics("init", "--dsn", postgres_url)
    assert f"done role {role}" in first
    assert second[-1] == "Nothing changed: everything was so already."
    assert {line.split()[0] for line in second[:-1]} == {"already"}
    for statement in ("CREATE TABLE orders (id integer, tenant_id uuid)", f"{VIEW.format('orders')} {FILTER}"):
        postgres_cluster.sql(statement, name)
    checked = analytics("check")
    assert {line.split()[0] for line in checked} == {"ok"}
    assert "tenants:" in {line.split()[1] for line in checked}
    postgres_cluster.sql("INSERT INTO orders VALUES (1, gen_random_uuid())", name)
    postgres_cluster.sql(VIEW.format("leaky"), name)
    failed = [line for line in analytics("check", code=1) if line.startswith("fail ")]
    assert len(failed) == 1
    assert failed[0].startswith("fail tenants: the view leaky does not filter everything that it reads by tenant")
    (line,) = analytics("init", "--dsn", postgres_url.replace(name, "elsewhere"), code=1)
    assert line.startswith("bichat: --dsn names the database elsewhere")
    for statement in (f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}"):
        postgres_cluster.sql(statement, name)


def test_the_demo_s_own_file_holds(seeded: Path) -> None:
    done = servers.bichat("analytics", "check", data_dir=seeded)
    assert done.returncode == 0, done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
