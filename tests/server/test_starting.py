"""Starting says what is wrong in one line, and does what it can by itself."""

import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from app import migrations
from app.settings import SettingsError, load
from tests import servers
from tests.conftest import Serve
from tests.postgres import Cluster

PRODUCTION = {"APP_ENV": "production", "BICHAT_SECRET_KEY": "s" * 32, "BICHAT_ALLOWED_HOSTS": "127.0.0.1"}


def refusal(data_dir: Path, *arguments: str, **values: str) -> str:
    """Start, expect a refusal, and return its one line."""
    done = servers.bichat("serve", *arguments, data_dir=data_dir, **{"PORT": "0"} | values)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("bichat: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_it_makes_its_database_and_announces_its_address(serve: Serve, data_dir: Path) -> None:
    server = serve(data_dir)
    assert f"BiChat is at {server.url}\n" in server.log
    assert "Demo logins" not in server.log
    assert (data_dir / "bichat.sqlite").exists()


def test_it_announces_the_demo_logins_where_the_demo_is(served: servers.Served) -> None:
    assert "analyst@demo.test      Analyst  Registon Savdo" in served.log


def test_a_second_process_on_the_same_data_directory_is_refused(serve: Serve, data_dir: Path) -> None:
    serve(data_dir)
    assert "Another BiChat already serves the data directory" in refusal(data_dir)


def test_a_killed_process_leaves_nothing_that_keeps_the_next_from_starting(serve: Serve, data_dir: Path) -> None:
    server = serve(data_dir)
    server.kill()
    server.restart()
    assert servers.answers(f"{server.url}/health/ready")


def test_a_taken_port_is_said_so(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert f"PORT {port} cannot be listened on" in refusal(data_dir, PORT=port)


def test_an_address_of_another_machine_is_said_so(data_dir: Path) -> None:
    assert "HOST" in refusal(data_dir, HOST="192.0.2.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("APP_ENV", "staging"),
        ("BICHAT_RUN_TIMEOUT", "-1"),
        ("DATABASE_URL", "mysql://x/y"),
        ("BICHAT_SECRET_KEY", "short"),
        ("BICHAT_PROMPT_EXTENSION_FILE", "/does/not/exist"),
        ("OPENAI_BASE_URL", "models.example"),
        ("DATABASE_URL", "postgresql://me:secret@db.example:port/none"),
        ("DATABASE_URL", "sqlite://"),
        ("BICHAT_ANALYTICS_URL", "sqlite:///:memory:"),
    ],
)
def test_a_wrong_setting_is_named_and_the_remedy_told(data_dir: Path, name: str, value: str) -> None:
    line = refusal(data_dir, **{name: value})
    assert line.startswith(f"bichat: {name} ")
    assert "secret" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "http://"),
        ("OPENAI_BASE_URL", "https://models.example:port/v1"),
        ("REDIS_URL", "redis://cache:port/0"),
        ("BICHAT_STORAGE_BASE_URL", "uploads"),
        ("BICHAT_STORAGE_BASE_URL", "//elsewhere.example/uploads"),
        ("BICHAT_STORAGE_BASE_URL", "javascript:alert(1)"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is "):
        load({"BICHAT_DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize("base", ["/files", "/files/", "https://files.example/of/bichat"])
def test_links_to_files_begin_with_a_path_or_an_address(tmp_path: Path, base: str) -> None:
    assert load({"BICHAT_DATA_DIR": str(tmp_path), "BICHAT_STORAGE_BASE_URL": base}).storage_base_url == base


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "eighty", "Set it to a whole number from 0 to 65535, or unset it."),
        ("APP_ENV", "prod", "Set it to development or production, or unset it."),
        ("BICHAT_MODEL", "gpt", "Set it to offline, or unset it."),
        ("BICHAT_AUTOMATIC_TITLES", "maybe", "Set it to true or false, or unset it."),
        ("BICHAT_SQL_TIMEOUT", "0", "Set it to a whole number from 1, or unset it."),
    ],
)
def test_what_a_setting_may_be_is_told(tmp_path: Path, name: str, value: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"BICHAT_DATA_DIR": str(tmp_path), name: value})
    assert str(refused.value) == f"{name} is {value!r}. {remedy}"


FALLBACK = {"BICHAT_FALLBACK_BASE_URL": "https://b/v1", "BICHAT_FALLBACK_API_KEY": "secret", "BICHAT_FALLBACK_MODEL": "m"}


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({**FALLBACK, "BICHAT_FALLBACK_API": "soap"}, "BICHAT_FALLBACK_API is 'soap'. Set it to chat or responses, or unset it."),
        (
            {"ANTHROPIC_API_KEY": "k", "BICHAT_FALLBACK_API": "responses"},
            "BICHAT_FALLBACK_API is 'responses', which Anthropic does not speak. Set it to chat, or unset it.",
        ),
        (
            {"BICHAT_FALLBACK_API": "chat"},
            "BICHAT_FALLBACK_BASE_URL is required with the other BICHAT_FALLBACK variables. Set it, or unset them.",
        ),
    ],
)
def test_the_api_of_a_fallback_is_one_that_it_speaks(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"BICHAT_DATA_DIR": str(tmp_path), **environ})
    assert str(refused.value) == told


@pytest.mark.parametrize("missing", FALLBACK)
def test_half_a_fallback_is_refused_without_telling_its_key(data_dir: Path, missing: str) -> None:
    line = refusal(data_dir, **{name: value for name, value in FALLBACK.items() if name != missing}, ANTHROPIC_API_KEY="secret")
    assert line == f"bichat: {missing} is required with the other BICHAT_FALLBACK variables. Set it, or unset them."


def test_a_fallback_is_read_whole_or_from_the_key_of_anthropic_alone(tmp_path: Path) -> None:
    def fallback(**environ: str) -> tuple[str, str, str]:
        settings = load({"BICHAT_DATA_DIR": str(tmp_path), **environ})
        return settings.fallback_base_url, settings.fallback_api_key, settings.fallback_model

    anthropic = "https://api.anthropic.com/v1"
    assert fallback() == ("", "", "")
    assert fallback(**FALLBACK, ANTHROPIC_API_KEY="k") == tuple(FALLBACK.values())
    assert fallback(ANTHROPIC_API_KEY="k") == (anthropic, "k", "claude-sonnet-4-5")
    assert fallback(ANTHROPIC_API_KEY="k", BICHAT_FALLBACK_MODEL="m") == (anthropic, "k", "m")


def test_tools_of_the_provider_are_known_ones_over_the_responses_api(tmp_path: Path) -> None:
    known = {"BICHAT_DATA_DIR": str(tmp_path), "BICHAT_HOSTED_TOOLS": "web_search", "OPENAI_API_KEY": "sk"}
    assert load(known).hosted_tools == ("web_search",)
    with pytest.raises(SettingsError, match=r"^BICHAT_HOSTED_TOOLS names 'telepathy'. Set it to .*, or unset it\.$"):
        load({**known, "BICHAT_HOSTED_TOOLS": "web_search,telepathy"})
    needs = "BICHAT_HOSTED_TOOLS needs the Responses API. Set BICHAT_MODEL_API=responses, or unset it."
    for chat in ({"BICHAT_MODEL_API": "chat"}, {"OPENAI_BASE_URL": "http://localhost/v1"}):
        with pytest.raises(SettingsError) as refused:
            load({**known, **chat})
        assert str(refused.value) == needs


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1", "127.0.0.1:6379", "memcached://x"])
def test_an_address_that_is_no_redis_is_said_so_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is not the address of a Redis") as refused:
        load({"BICHAT_DATA_DIR": str(tmp_path), "REDIS_URL": url})
    assert "secret" not in str(refused.value)


def test_a_database_out_of_reach_is_said_so_without_its_password(data_dir: Path) -> None:
    line = refusal(data_dir, DATABASE_URL="postgresql://me:secret@127.0.0.1:1/none")
    assert "DATABASE_URL names a database that cannot be used" in line
    assert "secret" not in line


def test_production_does_not_migrate_by_itself(data_dir: Path) -> None:
    assert "Run `bichat migrate`" in refusal(data_dir, **PRODUCTION)
    assert servers.bichat("migrate", data_dir=data_dir, **PRODUCTION).returncode == 0


@pytest.mark.postgres
def test_production_refuses_a_business_database_that_could_be_changed(
    data_dir: Path, serve: Serve, postgres_url: str, postgres_cluster: Cluster
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    role = f"reader_{name}"
    for statement in ("CREATE SCHEMA analytics", "CREATE TABLE analytics.orders (id integer)"):
        postgres_cluster.sql(statement, name)
    address = f"postgresql://{role}:reader@{postgres_url.split('@')[1]}"
    values = {**PRODUCTION, "BICHAT_ANALYTICS_URL": address, "BICHAT_ANALYTICS_ISOLATION": "single"}
    assert servers.bichat("migrate", data_dir=data_dir, **values).returncode == 0
    done = servers.bichat("analytics", "init", "--dsn", postgres_url, data_dir=data_dir, **values)
    assert done.returncode == 0, done.stderr
    for what, right in (
        ("may INSERT, UPDATE, DELETE or TRUNCATE orders", f"GRANT UPDATE ON analytics.orders TO {role}"),
        ("owns orders", f"ALTER TABLE analytics.orders OWNER TO {role}"),
        ("is a superuser", f"ALTER ROLE {role} SUPERUSER"),
    ):
        postgres_cluster.sql(right, name)
        line = refusal(data_dir, **values)
        assert "BICHAT_ANALYTICS_URL" in line
        assert what in line
        assert "bichat analytics init" in line
    served = serve(data_dir, **values | {"APP_ENV": "development"})
    assert "can do more than read" in served.log
    served.close()
    postgres_cluster.sql(f"DROP OWNED BY {role} CASCADE", name)
    postgres_cluster.sql(f"DROP ROLE {role}", name)


def test_production_wants_a_model(data_dir: Path) -> None:
    assert "OPENAI_API_KEY environment variable is required" in refusal(data_dir, **PRODUCTION, BICHAT_MODEL="")


def test_a_database_of_a_newer_release_is_left_alone(data_dir: Path) -> None:
    assert servers.bichat("migrate", data_dir=data_dir).returncode == 0
    with sqlite3.connect(data_dir / "bichat.sqlite") as connection:
        connection.execute("UPDATE bichat_schema_version SET version_num = '9999'")
    connection.close()
    assert "which a newer release made" in refusal(data_dir)
    assert "which a newer release made" in servers.bichat("migrate", data_dir=data_dir).stderr


def test_one_company_s_database_is_not_served_to_two(data_dir: Path) -> None:
    for name in ("One", "Two"):
        assert servers.bichat("tenant", "add", "--name", name, data_dir=data_dir).returncode == 0
    assert "more than one active tenant" in refusal(data_dir, BICHAT_ANALYTICS_ISOLATION="single")


def test_a_warning_about_a_setting_leaves_the_standard_output_to_the_result(data_dir: Path) -> None:
    done = servers.bichat("migrate", data_dir=data_dir, BICHAT_SQL_TIMEOUTS="3")
    assert done.stdout == f"{migrations.head()}\n"
    assert "BICHAT_SQL_TIMEOUT" in done.stderr


def test_a_misspelt_setting_is_a_warning_that_names_the_nearest(serve: Serve, data_dir: Path) -> None:
    assert '"nearest":"BICHAT_SQL_TIMEOUT"' in serve(data_dir, BICHAT_SQL_TIMEOUTS="3").log


@pytest.mark.postgres
def test_it_serves_from_postgresql(serve: Serve, data_dir: Path, postgres_url: str) -> None:
    server = serve(data_dir, DATABASE_URL=postgres_url.replace("postgresql://", "postgres://"))
    assert servers.answers(f"{server.url}/health/ready")


def test_the_module_is_the_same_command() -> None:
    script = Path(servers.BICHAT[0]).with_name("bichat")
    shown = [
        subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
        for command in ([script], servers.BICHAT)
    ]
    assert all("doctor" in text for text in shown)
