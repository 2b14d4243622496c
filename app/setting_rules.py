"""What is wrong with the value of a setting, in one line for the person who starts the program; empty where it is right."""

from collections.abc import Sequence
from urllib.parse import urlsplit

HOSTED_TOOLS = ("web_search", "code_interpreter")


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
