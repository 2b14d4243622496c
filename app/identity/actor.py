"""Who acts: the person behind a request, a token or a run, with what they may do and their company's conventions."""

import uuid
from dataclasses import dataclass

from app.identity.naming import full_name, initials
from app.identity.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. Every row is reached through `tenant_id` and `user_id`.

    `time_zone` is an IANA name, `first_weekday` 0 for Monday, `currency` ISO 4217: conventions of the tenant, by which
    periods and figures are read. `token_id` is set when a bearer token acts for the person.
    """

    user_id: uuid.UUID
    tenant_id: uuid.UUID
    email: str
    first_name: str
    last_name: str
    role: str | None
    permissions: frozenset[Permission]
    locale: str
    tenant_name: str
    time_zone: str
    first_weekday: int
    currency: str
    token_id: uuid.UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the person's role, and the token if one acts, grants `permission`, whatever the installation calls it."""
        return permission in self.permissions

    @property
    def name(self) -> str:
        """Return the full name, or the e-mail address where none is known."""
        return full_name(self.first_name, self.last_name, self.email)

    @property
    def initials(self) -> str:
        """Return one or two capital letters for the avatar."""
        return initials(self.first_name, self.last_name, self.email)
