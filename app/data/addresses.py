"""Where the page of a table is: any name that a database allows makes one segment of a path."""

from urllib.parse import quote, unquote

TABLES = "/bi-chat/catalogue/tables"


def table_address(name: str) -> str:
    """Return the address of a table's page.

    Servers undo the quoting of a path before they divide it, so what divides it, and what leads elsewhere, is quoted twice.
    """
    inner = name.replace("%", "%25").replace("/", "%2F")
    if not name.strip("."):
        inner = name.replace(".", "%2E")
    return f"{TABLES}/{quote(inner, safe='')}"


def table_name(segment: str) -> str:
    """Return the table that the last segment of its page's path names, as a server hands it over."""
    return unquote(segment)
