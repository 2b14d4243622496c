"""What a check of the walls found, wall by wall, in words that are translated where the reader is known."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.errors import N_


class Wall(msgspec.Struct, frozen=True):
    """One class of escapes: its stable name, what it keeps, and what to do when it does not hold."""

    name: str
    title: str
    remedy: str


WALLS = (
    Wall("connection", N_("The business database answers"), N_("Start it, or correct BICHAT_ANALYTICS_URL.")),
    Wall(
        "contents",
        N_("There is something to ask about"),
        N_("Make views that may be read, on PostgreSQL in the analytics schema, run bichat analytics init, and check again."),
    ),
    Wall(
        "names",
        N_("Every table has a name of its own"),
        N_("Rename one of them, so that their names differ in more than capital and small letters."),
    ),
    Wall(
        "role",
        N_("The role is nobody special"),
        N_("Name a role of its own in BICHAT_ANALYTICS_URL and run bichat analytics init."),
    ),
    Wall("ownership", N_("The role owns nothing"), N_("Give what it owns to another role: REASSIGN OWNED BY the role.")),
    Wall("writes", N_("Nothing can be written"), N_("Take the right away with REVOKE, and run bichat analytics init.")),
    Wall("settings", N_("Settings stay as they are"), N_("Run bichat analytics init as a superuser.")),
    Wall(
        "tables",
        N_("Only the analytics schema can be read"),
        N_("Take SELECT on everything else away from the role and from PUBLIC."),
    ),
    Wall("catalogue", N_("The catalogue keeps its secrets"), N_("Take SELECT on it away from the role and from PUBLIC.")),
    Wall(
        "tenants",
        N_("Everyone sees the rows of their own company"),
        N_(
            "Define the view with WHERE tenant_id = current_setting('app.tenant_id', true)::uuid and join further tables "
            "also on their tenant_id, or drop it."
        ),
    ),
    Wall(
        "views",
        N_("Views tell nothing through errors"),
        N_("Run bichat analytics init, or ALTER VIEW … SET (security_barrier = true, security_invoker = false)."),
    ),
    Wall(
        "files",
        N_("Files and the network are out of reach"),
        N_("Take EXECUTE on the function away from the role and from PUBLIC."),
    ),
    Wall("waiting", N_("Nothing waits or locks for long"), N_("Run bichat analytics init, and keep BICHAT_SQL_TIMEOUT short.")),
)
BY_NAME: Mapping[str, Wall] = {wall.name: wall for wall in WALLS}


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: a msgid and what fills it. One that only warns lets nothing through by itself."""

    message: str
    values: dict[str, Any] = {}
    only_warns: bool = False

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.message % self.values if self.values else self.message


class Verdict(msgspec.Struct, frozen=True):
    """What was found at one wall; `tried` counts attempts and looks."""

    wall: str
    tried: int
    problems: tuple[Problem, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether nothing came through."""
        return all(problem.only_warns for problem in self.problems)

    @property
    def line(self) -> str:
        """Return the verdict as the command prints it."""
        if not self.problems and not self.tried:
            return f"ok {self.wall}: there was nothing to try"
        if not self.problems:
            return f"ok {self.wall}: {self.tried} tried, nothing came through"
        told = "; ".join(" ".join(str(problem).split()) for problem in self.problems)
        return f"{'warn' if self.holds else 'fail'} {self.wall}: {told}. {BY_NAME[self.wall].remedy}"
