"""What people are called wherever their names stand."""


def full_name(first: str | None, last: str | None, email: str | None) -> str:
    """Return the full name, or the e-mail address where none is known; empty for somebody who is not there any more."""
    return f"{first or ''} {last or ''}".strip() or email or ""


def initials(first: str | None, last: str | None, email: str | None) -> str:
    """Return one or two capital letters for the avatar; empty for somebody who is not there any more."""
    return "".join(part[0] for part in (first, last) if part).upper() or (email or "")[:1].upper()
