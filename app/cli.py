"""The `bichat` command: thin declarations over functions of the packages. Results go to stdout, the rest to stderr."""

import asyncio
import contextlib
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy.exc import DBAPIError

from app import migrations
from app import settings as settings_module
from app.audit.record import start_recording
from app.database import Database
from app.errors import N_, BiChatError, Unavailable
from app.identity import tenants, tokens, users
from app.settings import Settings, SettingsError
from app.telemetry import logs

T = TypeVar("T")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Ask a business database questions in English, Russian or Uzbek."""


@main.command()
@click.option("--demo", "with_demo", is_flag=True, help="Seed the demo first where it is missing.")
def serve(with_demo: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Serve BiChat; HOST and PORT say where. Outside production the database is migrated first."""
    with failing_clearly():
        settings = _settings()
        from app import server  # noqa: PLC0415 - the web framework is loaded for serving only

        server.serve(settings, with_demo=with_demo)


@main.command()
def migrate() -> None:
    """Bring the application database to this release's level and print the level."""

    async def upgraded(_: Settings, database: Database) -> str:
        return await migrations.upgrade(database)

    click.echo(_with_database(upgraded, at_any_level=True))


@main.command()
@click.option("--end-month", metavar="YYYY-MM", help="The last month with business data; this month by default.")
@click.option(
    "--dsn", metavar="URL", help="With BICHAT_ANALYTICS_URL in PostgreSQL: its address for somebody who may make things."
)
def demo(end_month: str | None, dsn: str | None) -> None:
    """Make the demo's companies, people and business data where they are missing."""
    from app.demo import seeding  # noqa: PLC0415 - the generator is loaded for seeding only

    async def seeded(settings: Settings, database: Database) -> seeding.SeedReport:
        return await seeding.seed(database, settings, end_month=end_month, dsn=dsn)

    report = _with_database(seeded)
    done = "is as it was" if report.order_lines is None else f"has {report.order_lines} order lines up to {report.end_month}"
    click.echo(f"{', '.join(report.tenants)}: {len(report.users_added)} people added; the business data {done}.")


@main.command()
def doctor() -> None:
    """Check everything that BiChat depends on, a line each; exit 1 when something fails."""
    with failing_clearly():
        settings = _settings()
        from app import diagnosis  # noqa: PLC0415 - opens the business database and the model client

        findings = asyncio.run(diagnosis.examine(settings))
    for finding in findings:
        click.echo(finding.line)
    sys.exit(any(finding.state == "fail" for finding in findings))


@main.group()
def tenant() -> None:
    """Companies."""


@tenant.command("add")
@click.option("--name", required=True, help="What people see.")
def tenant_add(name: str) -> None:
    """Add a company with the built-in roles and print its id."""
    click.echo(_with_database(lambda settings, database: tenants.add(database, name, single=_is_single(settings))).id)


@main.group()
def user() -> None:
    """People."""


@user.command("add")
@click.option("--email", required=True)
@click.option("--tenant-id", required=True, type=click.UUID)
@click.option("--role", help="A role of the company; without it the person may sign in but do nothing.")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from the standard input.")
def user_add(
    email: str,
    tenant_id: uuid.UUID,
    role: str | None,
    first_name: str,
    last_name: str,
    password_stdin: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Add a person and print the id."""
    password = _password(from_stdin=password_stdin)
    new = users.NewUser(email, password, role, first_name, last_name)
    click.echo(_with_database(lambda _, database: users.add(database, tenant_id, new)))


@user.command("list")
@click.option("--tenant-id", type=click.UUID, help="Only this company's.")
def user_list(tenant_id: uuid.UUID | None) -> None:
    """Print one person a line: e-mail, role, state, company."""
    for row in _with_database(lambda _, database: users.listed(database, tenant_id)):
        click.echo("\t".join((row.email, row.role or "-", "active" if row.is_active else "deactivated", row.tenant)))


@user.command("set-role")
@click.option("--email", required=True)
@click.option("--role", required=True, help="A role of the person's company; an empty one takes all permissions away.")
def user_set_role(email: str, role: str) -> None:
    """Change what a person may do."""
    _with_database(lambda _, database: users.set_role(database, email, role or None))


@user.command("set-password")
@click.option("--email", required=True)
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from the standard input.")
def user_set_password(email: str, password_stdin: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Give a person another password and end their sessions."""
    password = _password(from_stdin=password_stdin)
    _with_database(lambda _, database: users.set_password(database, email, password))


@user.command("deactivate")
@click.option("--email", required=True)
def user_deactivate(email: str) -> None:
    """Shut a person out: sessions and tokens end, streams and runs within seconds."""
    _with_database(lambda _, database: users.deactivate(database, email))


@main.group()
def token() -> None:
    """Bearer tokens for programs."""


@token.command("create")
@click.option("--email", required=True, help="Whom the token acts for.")
@click.option("--name", default="command line", show_default=True)
@click.option("--days", type=click.IntRange(min=1), help="Valid for so many days; without it, until revoked.")
def token_create(email: str, name: str, days: int | None) -> None:
    """Make a bearer token and print it; it is shown this once only."""
    click.echo(_with_database(lambda _, database: tokens.create_for(database, email, name, days=days)))


@main.group()
def analytics() -> None:
    """Build and check the walls around the business database."""


@analytics.command("init")
@click.option("--dsn", required=True, metavar="URL", help="The database's address for its owner or a superuser; it is not kept.")
def analytics_init(dsn: str) -> None:
    """Make the role and schema of BICHAT_ANALYTICS_URL in PostgreSQL and close what it must not do; print each step."""
    with failing_clearly():
        settings = _settings()
        from app.data.walls import building  # noqa: PLC0415 - brings the driver of PostgreSQL

        changes = asyncio.run(building.init(settings, dsn, lambda step: click.echo(step.line)))
    click.echo(f"{changes} changed." if changes else "Nothing changed: everything was so already.")


@analytics.command("check")
def analytics_check() -> None:
    """Attack the business database as it is served, a line for each wall; exit 1 when something comes through."""
    with failing_clearly():
        settings = _settings()
        from app.data.walls import checking  # noqa: PLC0415 - brings the SQL parser and the driver

        verdicts = asyncio.run(checking.check(settings))
    for verdict in verdicts:
        click.echo(verdict.line)
    sys.exit(not all(verdict.holds for verdict in verdicts))


@main.group()
def knowledge() -> None:
    """Knowledge of a company about its data: tables, queries, business rules and documents."""


@knowledge.command("load")
@click.option("--tenant-id", required=True, type=click.UUID)
@click.option("--dir", "folder", required=True, type=click.Path(path_type=Path), help="Holds tables, queries and business.")
def knowledge_load(tenant_id: uuid.UUID, folder: Path) -> None:
    """Take a folder in, all of it or nothing; what is there already and unchanged stays as it is."""
    _take_in(tenant_id, folder, rebuild=False)


@knowledge.command("rebuild")
@click.option("--tenant-id", required=True, type=click.UUID)
@click.option("--dir", "folder", required=True, type=click.Path(path_type=Path), help="Holds tables, queries and business.")
def knowledge_rebuild(tenant_id: uuid.UUID, folder: Path) -> None:
    """Remove all that files said to the company before and take a folder in; what people saved stays."""
    _take_in(tenant_id, folder, rebuild=True)


@main.command("eval", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def evaluation(arguments: tuple[str, ...]) -> None:
    """Measure the analyst by suites of questions whose answers are known, and replay what it did."""
    with failing_clearly():
        from app import evaluating  # noqa: PLC0415 - loads the web framework, for one command

        evaluating.commands.main(list(arguments), prog_name="bichat eval")


def _take_in(tenant_id: uuid.UUID, folder: Path, *, rebuild: bool) -> None:
    from app.agent import prices  # noqa: PLC0415 - for this command
    from app.chat.embedding_calls import EmbeddingMeter  # noqa: PLC0415 - the same
    from app.knowledge import intake  # noqa: PLC0415 - opens the business database

    async def taken_in(settings: Settings, database: Database) -> str:
        meter = EmbeddingMeter(database, prices.load(settings.prices_file))
        try:
            return (await intake.take_in(settings, database, tenant_id, folder, rebuild=rebuild, meter=meter)).line
        except intake.FaultyKnowledge as error:
            click.echo("\n".join(error.faults), err=True)
            raise

    click.echo(_with_database(taken_in))


def _settings() -> Settings:
    settings = settings_module.load(os.environ)
    logs.configure(settings)
    settings_module.warn_of_unknown(os.environ)
    return settings


def _with_database(work: Callable[[Settings, Database], Awaitable[T]], *, at_any_level: bool = False) -> T:
    with failing_clearly():
        settings = _settings()
        start_recording()
        try:
            return asyncio.run(_run(settings, work, at_any_level=at_any_level))
        except (DBAPIError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise Unavailable(N_("The database does not answer (%(reason)s). Check DATABASE_URL."), reason=reason) from error


async def _run(settings: Settings, work: Callable[[Settings, Database], Awaitable[T]], *, at_any_level: bool) -> T:
    async with _opened(settings) as database:
        if not at_any_level:
            await migrations.prepare(settings, database)
        return await work(settings, database)


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def failing_clearly() -> Generator[None]:
    """Turn a broken rule or a wrong setting into one line on stderr and exit code 1."""
    try:
        yield
    except (BiChatError, SettingsError) as error:
        click.echo(f"bichat: {error}", err=True)
        sys.exit(1)


def _password(*, from_stdin: bool) -> str:
    assert from_stdin
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password is not UTF-8.") from None


def _is_single(settings: Settings) -> bool:
    return settings.analytics_isolation == "single"
