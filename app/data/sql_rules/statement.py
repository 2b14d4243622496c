"""What a rule looks at: one statement, as the engine's tokens and as sqlglot's tree."""

import functools
from collections.abc import Iterator, Sequence

from sqlglot import exp

from app.data.sql_rules.lexer import ASCII_LOWER, Dialect, Token

OPENING = ("(", "[")
CLOSING = (")", "]")
NOWHERE = Token("end", "", 0, 0)


class Statement:
    """A parsed statement. `tokens` are the engine's, without the semicolon at the end."""

    def __init__(self, sql: str, dialect: Dialect, schemas: Sequence[str], tokens: Sequence[Token], tree: exp.Expr) -> None:
        self.sql = sql
        self.dialect = dialect
        self.schemas = frozenset(schemas)
        self.tokens = tokens
        self.tree = tree

    @functools.cached_property
    def nodes(self) -> Sequence[exp.Expr]:
        """All nodes of the tree."""
        return list(self.tree.walk())

    @functools.cached_property
    def aliases(self) -> Sequence[exp.TableAlias]:
        """The names given to tables, subqueries, functions and WITH queries."""
        return [node for node in self.nodes if isinstance(node, exp.TableAlias)]

    @functools.cached_property
    def openings(self) -> Sequence[int]:
        """For each token the place of the parenthesis or bracket it stands in, -1 outside of all."""
        open_now, found = [-1], []
        for index, token in enumerate(self.tokens):
            mark = token.name if token.kind == "symbol" else ""
            if mark in CLOSING and len(open_now) > 1:
                open_now.pop()
            found.append(open_now[-1])
            if mark in OPENING:
                open_now.append(index)
        return found

    def opening(self, index: int) -> Token:
        """Return the parenthesis or bracket that a token stands in."""
        return self.at(self.openings[index])

    def before_opening(self, index: int) -> Token:
        """Return the token before that: the function's name where this one is an argument."""
        return self.at(self.openings[index] - 1)

    def at(self, index: int) -> Token:
        """Return a token, or one that is nothing outside the statement."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else NOWHERE

    def words(self) -> Iterator[tuple[int, Token]]:
        """Yield the unquoted words with their places."""
        return ((index, token) for index, token in enumerate(self.tokens) if token.kind == "word")

    def text(self, token: Token) -> str:
        """Return a token as it was written."""
        return self.sql[token.start : token.end]

    def name(self, identifier: exp.Expr) -> str:
        """Return an identifier of the tree as the engine resolves it."""
        text = identifier.name
        is_exact = self.dialect == "postgres" and bool(identifier.args.get("quoted"))
        return text if is_exact else folded(text)


def folded(text: str) -> str:
    """Return a name as engines fold it: in lower case, ASCII letters only."""
    return text.translate(ASCII_LOWER)
