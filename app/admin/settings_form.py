"""The company's settings as a form sends them: texts in, values out, and back."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from app.errors import N_, Invalid
from app.identity.tenants import TenantSettings

LONGEST_FIGURE = 20


def fields_of(settings: TenantSettings) -> dict[str, str]:
    """Return the fields of the form as the settings fill them."""
    values = msgspec.structs.asdict(settings)
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(value)
    return f"{value:.2f}" if isinstance(value, Decimal) else "" if value is None else str(value)


def settings_in(fields: Mapping[str, str]) -> TenantSettings:
    """Return the settings that a form asks for; raises `Invalid` with the field in `details`."""
    return TenantSettings(
        default_locale=fields["default_locale"],
        time_zone=fields["time_zone"],
        first_weekday=_whole(fields, "first_weekday") or 0,
        currency=fields["currency"],
        models_allowed=tuple(fields["models_allowed"].splitlines()),
        cap_user_tokens=_whole(fields, "cap_user_tokens"),
        cap_user_cost=_money(fields, "cap_user_cost"),
        cap_tenant_tokens=_whole(fields, "cap_tenant_tokens"),
        cap_tenant_cost=_money(fields, "cap_tenant_cost"),
        retention_days=_whole(fields, "retention_days"),
    )


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    text = "".join(fields[name].split())
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_FIGURE:
        raise Invalid(N_("Write a whole figure, such as 500000."), details={name: "not a whole figure"})
    return int(text)


def _money(fields: Mapping[str, str], name: str) -> Decimal | None:
    text = "".join(fields[name].split()).replace(",", ".")
    if not text:
        return None
    try:
        figure = Decimal(text)
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite() or len(text) > LONGEST_FIGURE:
        raise Invalid(N_("Write dollars and cents, such as 12.50."), details={name: "not a figure"})
    return figure
