"""What a person may do, and the roles that every tenant starts with."""

from enum import StrEnum


class Permission(StrEnum):
    """The permissions of BiChat; the values are stable names known to other programs."""

    ACCESS = "BiChat.Access"
    READ_ALL = "BiChat.ReadAll"
    EXPORT = "BiChat.Export"
    MANAGE = "BiChat.Manage"


BUILT_IN_ROLES: dict[str, frozenset[Permission]] = {
    "Viewer": frozenset({Permission.ACCESS}),
    "Analyst": frozenset({Permission.ACCESS, Permission.EXPORT}),
    "Auditor": frozenset({Permission.ACCESS, Permission.READ_ALL}),
    "Admin": frozenset(Permission),
}
