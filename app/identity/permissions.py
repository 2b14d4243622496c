"""What a person may do, by which names an installation grants it, and the roles that every tenant starts with."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Permission(StrEnum):
    """The permissions of BiChat; the values are stable names known to other programs."""

    ACCESS = "BiChat.Access"
    READ_ALL = "BiChat.ReadAll"
    EXPORT = "BiChat.Export"
    MANAGE = "BiChat.Manage"


DEFAULT: Mapping[Permission, str] = {permission: permission.value for permission in Permission}
"""The permissions by the names that BiChat gives them; an embedding application passes its own."""
Names = Mapping[Permission, str]


BUILT_IN_ROLES: dict[str, frozenset[Permission]] = {
    "Viewer": frozenset({Permission.ACCESS}),
    "Analyst": frozenset({Permission.ACCESS, Permission.EXPORT}),
    "Auditor": frozenset({Permission.ACCESS, Permission.READ_ALL}),
    "Admin": frozenset(Permission),
}


def granted(names: Collection[str], named: Mapping[Permission, str]) -> frozenset[Permission]:
    """Return what a role grants by `names`, where permissions are called as `named` says; other names grant nothing here."""
    return frozenset(permission for permission in Permission if named.get(permission, permission.value) in names)
