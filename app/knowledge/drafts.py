"""Knowledge before it is stored: what an entry of each kind says, and the pieces in which search finds it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.data.metadata import TableNotes
from app.knowledge.loading import LOCALES, Query
from app.knowledge.table_text import text_of

KINDS = ("table", "query", "rule", "metric", "definition", "gotcha", "document", "learning")
STATUSES = ("proposed", "approved", "retired")
PIECE = 1200
"""Characters of a piece, about: what a model can read five to twenty of."""
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


class Draft(msgspec.Struct, frozen=True):
    """An entry as a file says it; `place` is the file and the line where it begins, `places` where its statements do."""

    kind: str
    name: str
    title: str
    text: str
    place: str = ""
    sql: str = ""
    details: Mapping[str, Any] = {}
    places: Mapping[str, str] = {}

    @property
    def file(self) -> str:
        """Return the file's name within the folder."""
        return self.place.rpartition(":")[0]

    @property
    def hash(self) -> str:
        """Return the hash of all that is said."""
        return hash_of(self.title, self.text, self.sql, msgspec.json.encode(self.details, order="sorted").decode())


def hash_of(*texts: str) -> str:
    """Return a hash of texts."""
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


def of_table(notes: TableNotes, place: str) -> Draft:
    """Return what is known of a table."""
    return Draft("table", notes.table_name, notes.table_name, text_of(notes), place, details=msgspec.to_builtins(notes))


def of_query(query: Query, place: str, places: Mapping[str, str]) -> Draft:
    """Return a validated query; its text is what search finds it by."""
    details = msgspec.to_builtins(query)
    return Draft("query", query.name, query.titles["en"], query_text(query), place, query.sql, details, places)


def asking(text: str) -> str:
    """Return how people ask for something as known questions are written: small letters begin them, so that names stand out."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def query_text(query: Query) -> str:
    """Return the description of a query, then its other titles and the ways in which people ask for it."""
    said = [*(query.descriptions[locale] for locale in LOCALES), *(query.titles[locale] for locale in LOCALES[1:])]
    asked = [f"- {question}" for locale in LOCALES for question in query.questions[locale]]
    return "\n".join(dict.fromkeys([*(text for text in said if text and text != query.titles["en"]), *asked]))


def body_of(kind: str, text: str, details: Mapping[str, Any]) -> str:
    """Return what people read and edit of an entry: of a query its description, which its text is made from."""
    return str(details["descriptions"]["en"]) if kind == "query" else text


def pieces(kind: str, title: str, text: str) -> list[tuple[str, str]]:
    """Return the pieces of an entry: the title of each, with the heading above it in a document, and its text."""
    parts = _sections(title, text) if kind == "document" else [(title, text)]
    return [(head, piece) for head, body in parts for piece in _cut(body)] or [(title, "")]


def _sections(title: str, text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, list[str]]] = [(title, [])]
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading:
            name = heading[1]
            found.append((title if name == title else f"{title} · {name}", []))
        else:
            found[-1][1].append(line)
    return [(head, body) for head, lines in found if (body := "\n".join(lines).strip())]


def _cut(text: str) -> list[str]:
    """Cut a text between paragraphs, else between lines, else anywhere, into pieces of about `PIECE` characters."""
    cut: list[str] = []
    piece = ""
    for part in _parts(text):
        if piece and len(piece) + len(part) > PIECE:
            cut.append(piece.strip())
            piece = ""
        piece += part
    return [*cut, piece.strip()] if piece.strip() else cut


def _parts(text: str) -> Sequence[str]:
    paragraphs = re.split(r"(?<=\n)\n+", text)
    lines = [line for each in paragraphs for line in ([f"{each}\n\n"] if len(each) <= PIECE else each.splitlines(keepends=True))]
    return [line[start : start + PIECE] for line in lines for start in range(0, len(line), PIECE)]
