"""What is wrong with the value of a setting, in one line for the person who starts the program; empty where it is right."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

HTTP = frozenset({"http", "https"})
REDIS = frozenset({"redis", "rediss"})
HOSTED_TOOLS = ("web_search", "code_interpreter")


def of_database(variable: str, url: str) -> str:
    """Look at where a database is; nothing of the address is told, as it may hold a password."""
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, ValueError):
        return f"{variable} is not a database URL. Write it like postgresql://user:password@host/name or sqlite:///file."
    if backend not in {"sqlite", "postgresql", "postgres"}:
        return f"{variable} names the database {backend!r}. BiChat works with postgresql:// and sqlite:///."
    if backend == "sqlite" and address.database in {None, "", ":memory:"}:
        return f"{variable} names no file. Write it like sqlite:////folder/file, or unset it."
    return ""


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a web server."""
    return _is_of(text, HTTP) and bool(urlsplit(text).hostname)


def is_redis(text: str) -> bool:
    """Tell whether a text is the address of a Redis, which is this machine's where it names none."""
    return _is_of(text, REDIS)


def _is_of(text: str, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(text)
        is_port = parts.port != 0
    except ValueError:
        return False
    return is_port and parts.scheme in schemes and "://" in text


def of_links(base: str) -> str:
    """Look at what links to files begin with."""
    if (base.startswith("/") and not base.startswith("//")) or is_address(base):
        return ""
    return f"BICHAT_STORAGE_BASE_URL is {base!r}. Write it like /bi-chat/uploads or https://host/bi-chat/uploads."


def of_storage(url: str) -> str:
    """Look at where files are kept."""
    parts = urlsplit(url)
    is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    if url == "none" or is_folder or (parts.scheme == "s3" and parts.netloc):
        return ""
    return f"BICHAT_STORAGE_URL is {url!r}. Write it like file:///folder or s3://bucket/prefix, or none to keep no files."


def of_origins(origins: Sequence[str]) -> str:
    """Look at who else's pages may call."""
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}".lower():
            return f"BICHAT_CORS_ORIGINS names {origin!r}. Write origins like https://app.example, separated by commas."
    return ""


def of_hosted_tools(names: Sequence[str], api: str) -> str:
    """Look at which tools of the model's provider may be used over which of its APIs."""
    if unknown := [name for name in names if name not in HOSTED_TOOLS]:
        return f"BICHAT_HOSTED_TOOLS names {unknown[0]!r}. Set it to {' or '.join(HOSTED_TOOLS)}, or unset it."
    if names and api != "responses":
        return "BICHAT_HOSTED_TOOLS needs the Responses API. Set BICHAT_MODEL_API=responses, or unset it."
    return ""
