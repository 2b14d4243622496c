"""Tenants, the people in them, their roles, login sessions and API tokens."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified

LOCALES = ("en", "ru", "uz")


class Tenant(Identified, Base):
    """A company. Its zone and first day of the week decide what "last month" means; `currency` is ISO 4217.

    The caps bound what its people and all of them together spend on the language model in a day of its zone: tokens in and
    out, and USD; None is no bound.
    """

    __tablename__ = "bichat_tenants"
    __table_args__ = (
        CheckConstraint("first_weekday BETWEEN 0 AND 6", name="first_weekday"),
        CheckConstraint("default_locale IN ('en', 'ru', 'uz')", name="default_locale"),
    )

    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str] = mapped_column(default="Asia/Tashkent")
    first_weekday: Mapped[int] = mapped_column(default=0)
    """0 is Monday, as in `datetime.weekday()`."""
    currency: Mapped[str] = mapped_column(default="UZS")
    default_locale: Mapped[str] = mapped_column(default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    cap_user_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cap_user_cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    cap_tenant_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cap_tenant_cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    models_allowed: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Names of language models; none of them means all."""
    tool_policies: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """What the company decided about the analyst's tools: `allow`, `ask` or `deny` by name; others are as they come."""
    retention_days: Mapped[int | None]
    """After how many days without use conversations are removed; None keeps them."""


class Role(Identified, Base):
    """A named set of permissions within a tenant; `permissions` is a list of their names in this installation."""

    __tablename__ = "bichat_roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_tenants.id"))
    name: Mapped[str]
    permissions: Mapped[list[Any]]
    is_built_in: Mapped[bool] = mapped_column(default=False)


class User(Identified, Base):
    """A member of staff. `email` is kept in lower case and unique over all tenants; no role means no permission."""

    __tablename__ = "bichat_users"
    __table_args__ = (CheckConstraint("locale IN ('en', 'ru', 'uz')", name="locale"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_tenants.id"), index=True)
    role_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_roles.id"))
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    locale: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login_at: Mapped[dt.datetime | None]
    chosen_model: Mapped[str] = mapped_column(default="", server_default="")
    chosen_effort: Mapped[str] = mapped_column(default="", server_default="")
    """The language model and the reasoning effort that they chose last, empty for the usual ones."""


class Invitation(Identified, Base):
    """A link by which a person chooses a password, one at most for each; used, it is deleted. `key_hash` is a SHA-256.

    `is_first` marks people who have no password yet.
    """

    __tablename__ = "bichat_invitations"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_tenants.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_users.id", ondelete="CASCADE"), unique=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    is_first: Mapped[bool]
    expires_at: Mapped[dt.datetime]


class LoginSession(Base):
    """A signed-in browser. `key_hash` is the SHA-256 of the cookie's value, so the table alone signs nobody in."""

    __tablename__ = "bichat_login_sessions"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ApiToken(Identified, Base):
    """A bearer token of a person, shown once; only its SHA-256 is kept. `permissions` None means all of the person's."""

    __tablename__ = "bichat_api_tokens"
    __table_args__ = (Index("ix_bichat_api_tokens_user", "user_id"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_tenants.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_users.id", ondelete="CASCADE"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    permissions: Mapped[list[Any] | None]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
