"""SQL with its words marked by class, as safe HTML."""

from functools import cache, lru_cache
from typing import Any


@lru_cache(maxsize=512)
def sql_html(sql: str) -> str:
    """Return `sql` as escaped HTML with `<span class="…">` around keywords, names and literals (pygments' short classes)."""
    from pygments import highlight  # noqa: PLC0415 - heavy, imported where it is first used

    lexer, formatter = _tools()
    return str(highlight(sql, lexer, formatter)).strip()


@cache
def _tools() -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter  # noqa: PLC0415 - heavy, imported where it is first used
    from pygments.lexers.sql import SqlLexer  # noqa: PLC0415 - heavy, imported where it is first used

    return SqlLexer(), HtmlFormatter(nowrap=True)
