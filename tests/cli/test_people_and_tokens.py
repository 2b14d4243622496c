import subprocess
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import Database
from app.identity.models import Role
from app.settings import Settings
from tests import servers
from tests.site import Browser, Site


@pytest.fixture
def bichat(database: Database, data_dir: Path):
    """Run a command on a migrated, empty database."""

    def run(*arguments: str, standard_input: str = "", **values: str) -> subprocess.CompletedProcess[str]:
        return servers.bichat(*arguments, data_dir=data_dir, standard_input=standard_input, **values)

    return run


def add_person(bichat, tenant_id: str, email: str = "ann@one.test", role: str = "Analyst", password: str = "pass word\n"):
    return bichat(
        "user", "add", "--email", email, "--tenant-id", tenant_id, "--role", role, "--password-stdin", standard_input=password
    )


async def test_a_tenant_is_printed_as_its_id_alone_and_has_the_built_in_roles(bichat, database: Database) -> None:
    done = bichat("tenant", "add", "--name", "One")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{uuid.UUID(done.stdout.strip())}\n"
    async with database.reading() as db:
        roles = {role.name: set(role.permissions) for role in await db.scalars(select(Role))}
    assert roles["Analyst"] == {"BiChat.Access", "BiChat.Export"}
    assert set(roles) == {"Viewer", "Analyst", "Auditor", "Admin"}


async def test_a_person_added_here_signs_in_there(bichat, settings: Settings, database: Database) -> None:
    tenant_id = bichat("tenant", "add", "--name", "One").stdout.strip()
    assert add_person(bichat, tenant_id).returncode == 0
    site = Site(settings, database)
    async with site.browser() as browser:
        assert (await browser.sign_in("ann@one.test", "pass word")).status_code == 303
        assert (await browser.get("/export")).status_code == 200
        assert bichat("user", "set-role", "--email", "ann@one.test", "--role", "Viewer").returncode == 0
        assert (await browser.get("/export")).status_code == 403
        changed = bichat("user", "set-password", "--email", "ann@one.test", "--password-stdin", standard_input="other\n")
        assert changed.returncode == 0
        assert (await browser.get("/bi-chat")).status_code == 303
        assert (await browser.sign_in("ann@one.test", "other")).status_code == 303
        assert bichat("user", "deactivate", "--email", "ann@one.test").returncode == 0
        assert (await browser.get("/bi-chat")).status_code == 303
    assert bichat("user", "list").stdout == "ann@one.test\tViewer\tdeactivated\tOne\n"


async def test_a_token_is_all_that_is_printed_and_works(bichat, settings: Settings, database: Database) -> None:
    add_person(bichat, bichat("tenant", "add", "--name", "One").stdout.strip())
    done = bichat("token", "create", "--email", "ann@one.test")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bct_")
    assert done.stdout.count("\n") == 1
    async with Site(settings, database).browser(headers={"Authorization": f"Bearer {done.stdout.strip()}"}) as program:
        assert (await Browser(program.client).get("/bi-chat")).status_code == 200
    async with database.reading() as db:
        actions = (await db.scalars(select(AuditEntry.action).order_by(AuditEntry.created_at))).all()
    assert actions == ["tenant.added", "user.added", "token.created"]


def test_what_is_wrong_is_one_line_on_stderr(bichat) -> None:
    tenant_id = bichat("tenant", "add", "--name", "One").stdout.strip()
    add_person(bichat, tenant_id)
    for failed in (
        bichat("tenant", "add", "--name", "One"),
        bichat("tenant", "add", "--name", " "),
        add_person(bichat, tenant_id),
        add_person(bichat, str(uuid.uuid4()), "bob@one.test"),
        add_person(bichat, tenant_id, "not an address"),
        add_person(bichat, tenant_id, "bob@one.test", role="Emperor"),
        add_person(bichat, tenant_id, "bob@one.test", password=""),
        bichat("token", "create", "--email", "nobody@one.test"),
        bichat("user", "list", BICHAT_DATA_DIR="/proc/none"),
    ):
        assert (failed.returncode, failed.stdout) == (1, "")
        assert failed.stderr.startswith("bichat: ")
        assert failed.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2(bichat) -> None:
    for arguments in (["user", "add"], ["tenant"], ["user", "add", "--tenant-id", "x"], ["nonsense"]):
        assert bichat(*arguments).returncode == 2


def test_a_real_site_s_database_that_was_never_migrated_is_said_so(tmp_path: Path) -> None:
    production = {"APP_ENV": "production", "BICHAT_SECRET_KEY": "s" * 32, "BICHAT_ALLOWED_HOSTS": "bi.example"}
    done = servers.bichat("tenant", "add", "--name", "One", data_dir=tmp_path, **production)
    assert (done.returncode, done.stdout) == (1, "")
    assert "bichat migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_out_of_reach_is_said_so(tmp_path: Path) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/none"
    done = servers.bichat("user", "list", data_dir=tmp_path, DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_companys_database_takes_one_company(bichat) -> None:
    single = {"BICHAT_ANALYTICS_ISOLATION": "single"}
    assert bichat("tenant", "add", "--name", "One", **single).returncode == 0
    refused = bichat("tenant", "add", "--name", "Two", **single)
    assert refused.returncode == 1
    assert "BICHAT_ANALYTICS_ISOLATION=single" in refused.stderr


def test_a_password_that_is_no_text_is_wrong_usage(data_dir: Path) -> None:
    command = [*servers.BICHAT, "user", "set-password", "--email", "ann@one.test", "--password-stdin"]
    done = subprocess.run(command, env=servers.environment(data_dir), input=b"\xff\xfe\n", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.endswith(b"Error: The password is not UTF-8.\n")
