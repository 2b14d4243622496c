"""Read a statement's tokens exactly as the engine does, because a policy that reads differently can be talked past."""

import re
from typing import Literal, NamedTuple

from app.data.sql_rules.violation import PolicyViolation

Dialect = Literal["sqlite", "postgres"]
Kind = Literal["word", "quoted", "string", "number", "parameter", "symbol"]


class Token(NamedTuple):
    """A token. `name` is an identifier as the engine resolves it, else the text; `end` is exclusive."""

    kind: str
    name: str
    start: int
    end: int


ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
"""Engines fold these letters only; Python would fold more and see names where there are none."""

CONTINUED = r"(?:(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'(?:[^'\\]|\\.|'')*')*"
"""An escape string goes on, with its escapes, in the next quotes when a line break stands between, maybe after a comment."""

POSTGRES = re.compile(
    rf"""
    (?P<space>[ \t\n\r\f\v]+|--[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*'{CONTINUED})
  | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
  | (?P<unicode>[uU]&")
  | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$)
  | (?P<parameter>\$\d+)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<number>0[xXoObB][0-9A-Fa-f_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
  | (?P<symbol>::|:=|\.\.|[-+*/<>=~!@\#%^&|`?,()\[\].;:{{}}])
    """,
    re.VERBOSE | re.DOTALL,
)
SQLITE = re.compile(
    r"""
    (?P<space>[ \t\n\r\f]+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<string>[xX]?'(?:[^']|'')*')
  | (?P<word>[A-Za-z_\x80-\ufefe\uff00-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
  | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
  | (?P<number>0[xX][0-9A-Fa-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
  | (?P<parameter>\?\d*|[:@$][A-Za-z0-9_$\x80-\U0010ffff]++(?![(:]))
  | (?P<symbol>->>?|[-+*/<>=~!%&|,().;])
    """,
    re.VERBOSE | re.DOTALL,
)
"""Two things that SQLite reads are left out, so that they are refused: a byte order mark, which it takes for a space between
words, and Tcl's variables `$a(…)` and `$a::b`, whose parentheses hold any text."""
NESTED = re.compile(r"/\*|\*/")


def read(sql: str, dialect: Dialect) -> list[Token]:
    """Return the tokens without spaces and comments; raises `PolicyViolation` where the engine would not read on."""
    pattern = POSTGRES if dialect == "postgres" else SQLITE
    tokens: list[Token] = []
    position, length = 0, len(sql)
    while position < length:
        found = pattern.match(sql, position)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            raise PolicyViolation("syntax_error", f"unexpected {sql[position]!r}", sql[position : position + 20])
        end = found.end()
        if kind == "comment":
            end = _comment_end(sql, end, dialect)
        elif kind == "unicode":
            raise PolicyViolation("construct", "names with Unicode escapes are not allowed", sql[position : position + 20])
        elif kind == "dollar":
            end = _dollar_end(sql, found)
            tokens.append(Token("string", "", position, end))
        elif kind != "space":
            tokens.append(_token(kind, found.group(), position, end))
        position = end
    return tokens


def _token(kind: str, text: str, start: int, end: int) -> Token:
    if kind == "word":
        return Token(kind, text.translate(ASCII_LOWER), start, end)
    if kind == "quoted":
        closing = "]" if text[0] == "[" else text[0]
        name = text[1:-1] if closing == "]" else text[1:-1].replace(closing * 2, closing)
        return Token(kind, name, start, end)
    if kind in {"string", "escaped"}:
        return Token("string", "", start, end)
    return Token(kind, text, start, end)


def _comment_end(sql: str, position: int, dialect: Dialect) -> int:
    """Return where a block comment ends: PostgreSQL nests them, SQLite lets the last one stay open."""
    if dialect == "sqlite":
        end = sql.find("*/", position)
        return len(sql) if end < 0 else end + 2
    depth = 1
    while depth:
        mark = NESTED.search(sql, position)
        if mark is None:
            raise PolicyViolation("syntax_error", "a comment is not closed", sql[-20:])
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
    return position


def _dollar_end(sql: str, opening: re.Match[str]) -> int:
    end = sql.find(opening.group(), opening.end())
    if end < 0:
        raise PolicyViolation("syntax_error", "a dollar-quoted string is not closed", opening.group())
    return end + len(opening.group())
