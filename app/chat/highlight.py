"""SQL and programs with their words marked by class, as safe HTML."""

from functools import cache, lru_cache
from typing import Any


@lru_cache(maxsize=512)
def sql_html(sql: str) -> str:
    """Return `sql` as escaped HTML with `<span class="…">` around keywords, names and literals (pygments' short classes)."""
    return _html(sql, *_tools())


@lru_cache(maxsize=128)
def python_html(code: str) -> str:
    """Return a program in Python as the same kind of HTML."""
    from pygments.lexers.python import PythonLexer  # noqa: PLC0415 - heavy, imported where it is first used

    return _html(code, PythonLexer(), _tools()[1])


def _html(text: str, lexer: Any, formatter: Any) -> str:
    from pygments import highlight  # noqa: PLC0415 - heavy, imported where it is first used

    return str(highlight(text, lexer, formatter)).strip()


@cache
def _tools() -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter  # noqa: PLC0415 - heavy, imported where it is first used
    from pygments.lexers.sql import SqlLexer  # noqa: PLC0415 - heavy, imported where it is first used

    return SqlLexer(), HtmlFormatter(nowrap=True)
