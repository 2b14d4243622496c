"""What people typed into a form, and what links ask for."""

import uuid

from litestar.datastructures import FormMultiDict


def text_of(form: FormMultiDict, name: str) -> str:
    """Return a form's field, empty where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def id_of(text: str | None) -> uuid.UUID | None:
    """Return the id that a field or an address holds, None where that is none."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
