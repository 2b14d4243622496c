"""Put up the walls inside PostgreSQL: the analytics role, its schema, what is granted and what is taken away from everybody.

Every step looks first whether it is done already, so that doing it all again changes nothing. Rights are taken away from
PUBLIC; whoever else signs in to this database and had them keeps them by name.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import asyncpg
import msgspec

from app.data.postgres_failures import UNREACHABLE
from app.data.postgres_schema import quoted
from app.data.postgres_source import WORK_MEMORY
from app.data.walls.administrator import check_urls, first_line, opened
from app.data.walls.postgres_rights import straight
from app.database import async_url
from app.errors import N_, Invalid, Unavailable
from app.settings import Settings

TEMPORARY_FILES = "1GB"
IDLE_SECONDS = 60
CLOSED_FUNCTIONS = (
    "set_config(text, text, boolean)",
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
    "lo_put(oid, bigint, bytea)",
    "lo_open(oid, integer)",
    "lowrite(integer, bytea)",
    "lo_truncate(integer, integer)",
    "lo_truncate64(integer, bigint)",
    "lo_unlink(oid)",
)
"""What SELECT may call to change a setting or to write: table grants do not stand before these."""
OTHER_ROLES = """
    SELECT rolname FROM pg_roles
     WHERE rolcanlogin AND NOT rolsuper AND rolname <> $1 AND rolname !~ '^pg_'
       AND has_database_privilege(rolname, current_database(), 'CONNECT')
     ORDER BY 1
"""
READABLE = """
    SELECT c.relname, has_table_privilege($3::name, c.oid, 'SELECT')
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind::text = ANY ($2::text[]) ORDER BY 1
"""
BARRIERS = """
    SELECT c.relname, coalesce(c.reloptions && '{security_barrier=true,security_barrier=on,security_barrier=1}', false)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind = 'v' ORDER BY 1
"""
MAKERS = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $1 UNION SELECT current_user ORDER BY 1"
IS_DEFAULT = """EXISTS (
    SELECT FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
     WHERE d.defaclrole = $1::text::regrole AND d.defaclnamespace = $2::text::regnamespace AND d.defaclobjtype = 'r'
       AND a.grantee = $3::text::regrole AND a.privilege_type = 'SELECT')
"""
SETTINGS = """
    SELECT setconfig FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
     WHERE d.datname = current_database() AND s.setrole = $1::text::regrole
"""


class Closing(msgspec.Struct, frozen=True):
    """A right that PUBLIC has at first and must lose; `test` asks whether a role has it on `name`."""

    right: str
    target: str
    test: str
    name: str


def closings(database: str) -> list[Closing]:
    """Return what is taken from PUBLIC in a database."""
    in_database = [
        Closing(right, f"DATABASE {quoted(database)}", f"has_database_privilege($1::name, $2::text, '{right}')", database)
        for right in ("CREATE", "TEMPORARY")
    ]
    functions = [
        Closing(
            "EXECUTE",
            f"FUNCTION pg_catalog.{name}",
            "has_function_privilege($1::name, $2::text, 'EXECUTE')",
            f"pg_catalog.{name}",
        )
        for name in CLOSED_FUNCTIONS
    ]
    test = (
        "CASE WHEN to_regnamespace($2::text) IS NOT NULL THEN has_schema_privilege($1::name, $2::text, 'CREATE') ELSE false END"
    )
    return [*functions, *in_database, Closing("CREATE", "SCHEMA public", test, "public")]


class Step(msgspec.Struct, frozen=True):
    """One thing that init did, or found done. `left` says why it could not."""

    what: str
    changed: bool
    left: str = ""

    @property
    def line(self) -> str:
        """Return it as the command prints it."""
        state = "left" if self.left else "done" if self.changed else "already"
        return f"{state} {self.what}" + (f": {self.left}" if self.left else "")


class Builder:
    """Takes the steps one after the other, each in a transaction of its own, and tells `report` of each."""

    def __init__(self, admin: Any, settings: Settings, report: Callable[[Step], None]) -> None:
        url = async_url(settings.analytics_url)
        self.admin = admin
        self.settings = settings
        self.role = url.username or ""
        self.password = str(url.password or "")
        self.database = url.database or self.role
        self.schema = settings.analytics_schema
        self.report = report
        self.changes = 0

    async def build(self) -> None:
        """Take all steps."""
        for step in (
            self._role,
            self._password,
            self._schema,
            self._grants,
            self._defaults,
            self._barriers,
            self._closings,
            self._limits,
        ):
            await step()

    async def _role(self) -> None:
        found = await self.admin.fetchrow("SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = $1", self.role)
        if found and found["rolsuper"]:
            message = N_("The role %(name)s of BICHAT_ANALYTICS_URL is a superuser. Name another one there; it is made here.")
            raise Invalid(message, name=self.role)
        role, database = quoted(self.role), quoted(self.database)
        create = f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        await self._step(f"role {self.role}", create, there=bool(found))
        if found:
            await self._step(f"{self.role} may sign in", f"ALTER ROLE {role} LOGIN", there=found["rolcanlogin"])
        there = await self._has("has_database_privilege($1::name, $2::text, 'CONNECT')", self.role, self.database)
        await self._step(
            f"{self.role} may CONNECT to {self.database}", f"GRANT CONNECT ON DATABASE {database} TO {role}", there=there
        )

    async def _password(self) -> None:
        """Sign in as the role; where that is refused, give it the password of the setting."""
        is_good = True
        try:
            async with straight(self.settings.analytics_url):
                pass
        except asyncpg.InvalidAuthorizationSpecificationError:
            is_good = False
        except (asyncpg.PostgresError, *UNREACHABLE) as error:
            message = N_("BICHAT_ANALYTICS_URL does not lead to the database (%(reason)s). Correct its host, port and name.")
            raise Unavailable(message, reason=first_line(error)) from error
        statement = f"ALTER ROLE {quoted(self.role)} PASSWORD {_literal(self.password)}"
        await self._step(f"password of {self.role}", statement, there=is_good)

    async def _schema(self) -> None:
        there = await self._has("EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", self.schema)
        await self._step(f"schema {self.schema}", f"CREATE SCHEMA {quoted(self.schema)}", there=there)
        granted = await self._has("has_schema_privilege($1::name, $2::text, 'USAGE')", self.role, self.schema)
        grant = f"GRANT USAGE ON SCHEMA {quoted(self.schema)} TO {quoted(self.role)}"
        await self._step(f"USAGE on schema {self.schema} for {self.role}", grant, there=granted)

    async def _grants(self) -> None:
        """Open what the schema holds: with tenant views only these, since a table shows the rows of everyone."""
        kinds = ["v"] if self.settings.analytics_isolation == "views" else ["r", "p", "v", "m", "f"]
        for name, is_readable in await self.admin.fetch(READABLE, self.schema, kinds, self.role):
            grant = f"GRANT SELECT ON {quoted(self.schema)}.{quoted(name)} TO {quoted(self.role)}"
            await self._step(f"SELECT on {self.schema}.{name}", grant, there=is_readable)

    async def _defaults(self) -> None:
        """Open what will be made in the schema, by its owner and by this administrator."""
        schema, role = quoted(self.schema), quoted(self.role)
        for (maker,) in await self.admin.fetch(MAKERS, self.schema):
            there = await self._has(IS_DEFAULT, quoted(maker), schema, role)
            statement = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(maker)} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}"
            await self._step(f"SELECT on what {maker} will make in schema {self.schema}", statement, there=there)

    async def _barriers(self) -> None:
        """Have views apply their own filter before anything of the reader's, whose errors would show the other rows."""
        if self.settings.analytics_isolation == "single":
            return
        for name, is_barrier in await self.admin.fetch(BARRIERS, self.schema):
            alter = f"ALTER VIEW {quoted(self.schema)}.{quoted(name)} SET (security_barrier = true)"
            await self._step(f"security_barrier of view {self.schema}.{name}", alter, there=is_barrier)

    async def _closings(self) -> None:
        """Take from PUBLIC what is no table's and lets SELECT change something."""
        others = [name for (name,) in await self.admin.fetch(OTHER_ROLES, self.role)]
        for closing in closings(self.database):
            is_open = await self._has(closing.test, "public", closing.name)
            keepers = [role for role in others if is_open and await self._has(closing.test, role, closing.name)]
            statement = f"REVOKE {closing.right} ON {closing.target} FROM PUBLIC"
            if keepers:
                statement = f"GRANT {closing.right} ON {closing.target} TO {', '.join(map(quoted, keepers))}; {statement}"
            kept = f" (kept for {', '.join(keepers)})" if keepers else ""
            what = f"no {closing.right} on {closing.target} for PUBLIC"
            await self._step(what + kept, statement, there=not is_open)
            if is_open and await self._has(closing.test, "public", closing.name):
                message = N_("%(what)s: the server keeps it open. Only its owner can close it: run this as a superuser.")
                raise Invalid(message, what=what)

    async def _limits(self) -> None:
        """Bound whatever signs in as the role, also beside BiChat."""
        wanted = {
            "default_transaction_read_only": "on",
            "statement_timeout": f"{self.settings.sql_timeout}s",
            "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
            "work_mem": WORK_MEMORY,
            "temp_file_limit": TEMPORARY_FILES,
            "search_path": await self.admin.fetchval("SELECT quote_ident($1)", self.schema),
        }
        kept = await self.admin.fetchval(SETTINGS, quoted(self.role)) or ()
        for name, text in wanted.items():
            value = text if name == "search_path" else _literal(text)
            alter = f"ALTER ROLE {quoted(self.role)} IN DATABASE {quoted(self.database)} SET {name} = {value}"
            there = f"{name}={text}" in kept
            await self._step(f"{name} = {text} for {self.role}", alter, there=there, may_be_left=name == "temp_file_limit")

    async def _has(self, test: str, *arguments: str) -> bool:
        return bool(await self.admin.fetchval(f"SELECT {test}", *arguments))

    async def _step(self, what: str, statement: str, *, there: bool, may_be_left: bool = False) -> None:
        """Run a statement unless what it does is there; raises `Invalid` when it fails and may not be left."""
        left = ""
        if not there:
            try:
                async with self.admin.transaction():
                    await self.admin.execute(statement)
            except asyncpg.PostgresError as error:
                if not may_be_left:
                    _fail(what, error)
                left = f"{first_line(error)}; only a superuser may"
        changed = not there and not left
        self.changes += changed
        self.report(Step(what, changed, left))


async def init(settings: Settings, dsn: str, report: Callable[[Step], None]) -> int:
    """Put up the walls as the administrator of `dsn`; returns how much changed. Raises `Invalid` or `Unavailable`."""
    check_urls(settings, dsn)
    async with opened(dsn) as admin:
        builder = Builder(admin, settings, report)
        await builder.build()
    return builder.changes


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    if "\\" in escaped:
        escaped = escaped.replace("\\", "\\\\")
        return f" E'{escaped}'"
    return f"'{escaped}'"


def _fail(what: str, error: Exception) -> NoReturn:
    message = N_("%(what)s could not be done (%(reason)s). Run this as the owner of the database and its views, or a superuser.")
    raise Invalid(message, what=what, reason=first_line(error)) from error
