"""From text to one statement that engine and parser read the same way."""

import difflib
import itertools
import logging
import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as Sqlglot
from sqlglot.errors import SqlglotError

from app.data.sql_rules import lexer
from app.data.sql_rules.lexer import Dialect, Token
from app.data.sql_rules.statement import Statement
from app.data.sql_rules.violation import PolicyViolation

LONGEST = 50_000
MOST_TOKENS = 5_000
"""The check runs between the answers to others, so it may not take long: this is some tenths of a second."""
DEEPEST = 150
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
IN_A_LINE = re.compile(r"[^\n]")
OPENING = {"select", "with", "values", "table"}
NEARLY = 0.75
"""How like one of these a misspelt first word is; no other keyword comes near."""
WRITES = {"insert", "update", "delete", "merge", "replace"}
PARSERS = {name: Sqlglot.get_or_raise(name) for name in ("sqlite", "postgres")}

exp.ColumnDef.arg_types.setdefault("ordinality", False)  # the parser sets it undeclared, which it forbids itself beside a test
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements by quoting them


def read(sql: str, dialect: Dialect, schemas: Sequence[str]) -> Statement:
    """Return the one statement of `sql`; raises `PolicyViolation`."""
    if len(sql) > LONGEST or UNWRITABLE.search(sql):
        raise PolicyViolation("syntax_error", "the statement is too long or holds what is no character")
    tokens = _only_one(lexer.read(sql, dialect))
    _check_opening(sql, tokens)
    _check_size(tokens)
    sql = sql[: tokens[-1].end]
    parser = PARSERS[dialect]
    try:
        text = _without_comments(sql, tokens)
        parsed = _with_names(parser.tokenize(text))
        trees = parser.parser().parse(parsed, text)
    except (SqlglotError, RecursionError, TypeError, ValueError) as error:
        raise _unreadable(sql, tokens, error) from error
    _check_agreement(sql, tokens, parsed)
    tree = trees[0] if len(trees) == 1 else None
    if tree is None:
        raise PolicyViolation("several_statements", "only one statement at a time is allowed")
    return Statement(sql, dialect, schemas, tokens, tree)


def _without_comments(sql: str, tokens: Sequence[Token]) -> str:
    """Return the text with spaces in place of comments, which the parser allows in fewer places than the engines do."""
    if "--" not in sql and "/*" not in sql:
        return sql
    pieces, done = [], 0
    for token in tokens:
        gap = sql[done : token.start]
        pieces += [gap if gap.isspace() else IN_A_LINE.sub(" ", gap), sql[token.start : token.end]]
        done = token.end
    return "".join(pieces)


def _with_names(tokens: list[sqlglot.Token]) -> list[sqlglot.Token]:
    """Let a parameter have a keyword's name, such as `:from`, which the parser would take for the keyword."""
    for index, (mark, word) in enumerate(itertools.pairwise(tokens), 1):
        if mark.token_type == sqlglot.TokenType.COLON and word.start == mark.end + 1 and word.text.isidentifier():
            place = (word.line, word.col, word.start, word.end)
            tokens[index] = sqlglot.Token(sqlglot.TokenType.VAR, word.text, *place, word.comments)
    return tokens


def _only_one(tokens: list[Token]) -> list[Token]:
    """Return the tokens before the semicolon, after which nothing but more of them may come."""
    end = next((index for index, token in enumerate(tokens) if token.name == ";" and token.kind == "symbol"), len(tokens))
    rest = [token for token in tokens[end:] if token.name != ";" or token.kind != "symbol"]
    if rest:
        disallowed = next((token.name for token in rest if token.kind == "word"), "")
        raise PolicyViolation("several_statements", "only one statement at a time is allowed", disallowed)
    if end == 0:
        raise PolicyViolation("syntax_error", "the statement is empty")
    return tokens[:end]


def _check_opening(sql: str, tokens: Sequence[Token]) -> None:
    first = next((token for token in tokens if token.name != "(" or token.kind != "symbol"), tokens[-1])
    if first.kind == "word" and first.name in OPENING:
        return
    word = sql[first.start : first.end]
    if first.kind == "word" and (meant := difflib.get_close_matches(first.name, OPENING, n=1, cutoff=NEARLY)):
        raise PolicyViolation("syntax_error", f"{word} is no keyword: did you mean {meant[0].upper()}?", word)
    if first.kind == "word":
        raise disallowed(word)
    raise PolicyViolation("not_a_query", "a query begins with SELECT, WITH or VALUES", word[:40])


def _check_size(tokens: Sequence[Token]) -> None:
    if len(tokens) > MOST_TOKENS:
        raise PolicyViolation("syntax_error", "the statement is too long")
    depth = 0
    for token in tokens:
        if token.kind == "symbol":
            depth += (token.name in "([") - (token.name in ")]")
            if depth > DEEPEST:
                raise PolicyViolation("syntax_error", "the statement is nested too deeply")


def _unreadable(sql: str, tokens: Sequence[Token], error: Exception) -> PolicyViolation:
    """Name the writing keyword where there is one in a statement's place, else what the parser says."""
    for before, token in itertools.pairwise(tokens):
        if token.kind == "word" and token.name in WRITES and before.kind == "symbol" and before.name in "()":
            return disallowed(sql[token.start : token.end])
    first_line = str(error).partition("\n")[0].replace("\x1b[4m", "").replace("\x1b[0m", "")
    return PolicyViolation("syntax_error", f"the statement cannot be read: {first_line[:200]}")


def disallowed(word: str) -> PolicyViolation:
    """Return the refusal of a statement that is no query."""
    return PolicyViolation("write", f"query contains disallowed keyword: {word.upper()}", word)


def _check_agreement(sql: str, tokens: Sequence[Token], parsed: Sequence[sqlglot.Token]) -> None:
    """Refuse text that the parser cuts into other pieces than the engine: strings, names and comments must be the same."""
    ends = {token.start: token.end + 1 for token in parsed}
    covered = 0
    for token in tokens:
        if token.start >= covered:
            if token.start not in ends:
                raise PolicyViolation("syntax_error", "the statement cannot be read", sql[token.start : token.end][:40])
            covered = ends.pop(token.start)
            if token.kind in {"string", "quoted"} and covered != token.end:
                raise PolicyViolation("syntax_error", "the statement cannot be read", sql[token.start : token.end][:40])
        elif token.end > covered or token.kind in {"string", "quoted"}:
            raise PolicyViolation("syntax_error", "the statement cannot be read", sql[token.start : token.end][:40])
        else:
            ends.pop(token.start, None)
    numbers = [(token.start, token.end) for token in tokens if token.kind in {"number", "parameter"}]
    for start in ends:
        if not any(begin < start < end for begin, end in numbers):
            raise PolicyViolation("syntax_error", "the statement cannot be read", sql[start : start + 40])


def is_query(tree: exp.Expr) -> bool:
    """Tell whether the tree is a SELECT, a set operation or VALUES, in parentheses or not."""
    while isinstance(tree, exp.Subquery | exp.Paren):
        tree = tree.this
    return isinstance(tree, exp.Select | exp.SetOperation | exp.Values)
