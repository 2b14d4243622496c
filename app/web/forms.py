"""What people typed into a form."""

from litestar.datastructures import FormMultiDict


def text_of(form: FormMultiDict, name: str) -> str:
    """Return a form's field, empty where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""
