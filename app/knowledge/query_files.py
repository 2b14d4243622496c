"""Read `queries/*.sql` in every spelling that is in use; the fullest one is that of `app.knowledge.loading`.

The others name a query by `-- <query name>x</query name>` or `-- <query x>`, say what it is for between
`<query description>` or `<description>` and its end, on one line or several, and may put the statement between `-- <query>` and
`-- </query>`.
"""

import re
from collections.abc import Iterator

from app.knowledge.drafts import Draft, asking, of_query
from app.knowledge.loading import LOCALES, KnowledgeError, Query, read

NAMED = re.compile(r"--\s*<query\s+name>\s*(?P<tagged>.*?)\s*</query\s+name>\s*|--\s*<query\s+(?P<bare>[^<>/]+?)\s*>\s*")
NOT_NAMES = {"name", "description", "title", "title ru", "title uz", "description ru", "description uz"}
DESCRIBED = re.compile(
    r"--\s*<(?P<tag>query\s+description|description)>\s*(?P<text>.*?)\s*(?P<end></(?:query\s+)?description>)?\s*"
)
DESCRIBED_END = re.compile(r"(?:--)?\s*(?P<text>.*?)\s*</(?:query\s+)?description>\s*")
ON_ONE_LINE = re.compile(r"--\s*<query>\s*(?P<sql>.+?)\s*</query>\s*")
BEGUN = re.compile(r"--\s*<query>\s*")
ENDED = re.compile(r"--\s*</query(?!\s+description)(?:\s[^>]*)?>\s*")
FULL = re.compile(r"-- <(?:question|answer|param|column|chart|query title)\b")
REMARK = re.compile(r"\s*--\s?")


class Faults(list[str]):
    """What is wrong, each with its file and line first."""

    def tell(self, place: str, message: str) -> None:
        """Add one."""
        self.append(f"{place}: {message}")


def read_queries(text: str, file: str, faults: Faults) -> Iterator[Draft]:
    """Yield the queries of a file, and tell what is wrong with the others."""
    lines = text.splitlines()
    begins = [number for number, line in enumerate(lines) if _name(line) is not None]
    for number, line in enumerate(lines[: begins[0] if begins else len(lines)], 1):
        if line.strip() and not line.lstrip().startswith("--"):
            faults.tell(f"{file}:{number}", "SQL before the first <query name>")
            break
    if not begins:
        faults.tell(f"{file}:1", "there is no <query name>")
        return
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        block, place = lines[begin:end], f"{file}:{begin + 1}"
        is_full = any(FULL.match(line) for line in block)
        try:
            query = _full(block, begin, file) if is_full else _plain(block)
        except KnowledgeError as error:
            faults += (told if told.startswith(f"{file}:") else f"{place}: {told}" for told in error.faults)
        else:
            yield of_query(query, place, {sql: f"{file}:{begin + 1 + _line_of(sql, block)}" for sql in query.statements})


def _name(line: str) -> str | None:
    found = NAMED.fullmatch(line)
    if found is None or (found["bare"] or "").strip() in NOT_NAMES:
        return None
    return str(found["tagged"] if found["tagged"] is not None else found["bare"])


def _full(block: list[str], begin: int, file: str) -> Query:
    (query,) = read("\n" * begin + "\n".join(block), file)
    return query


def _line_of(sql: str, block: list[str]) -> int:
    """Return where in a block a statement begins, as it is or as a remark."""
    first = sql.partition("\n")[0]
    places = [number for number, line in enumerate(block) if first in line]
    return next((number for number in places if not block[number].startswith("--")), places[0] if places else 0)


def _plain(block: list[str]) -> Query:
    name = (_name(block[0]) or "").strip()
    if not name:
        raise KnowledgeError("a query has no name")
    described, body = _split(block[1:])
    sql = "\n".join(line for line in body if not line.lstrip().startswith("--")).strip()
    if not sql:  # Some write the statement as remarks too.
        sql = "\n".join(REMARK.sub("", line, count=1) for line in body).strip()
    if not described:
        raise KnowledgeError(f"{name} has no <query description>")
    if not sql:
        raise KnowledgeError(f"{name} has no statement")
    title = name.replace("_", " ").strip().capitalize() if "_" in name or name.islower() else name
    asked = tuple(dict.fromkeys(asking(text) for text in (title, described.partition("\n")[0].rstrip(".")[:200])))
    return Query(
        name=name, titles=dict.fromkeys(LOCALES, title), descriptions=dict.fromkeys(LOCALES, " ".join(described.split())),
        questions=dict.fromkeys(LOCALES, asked), parameters=(), columns=(), answers=dict.fromkeys(LOCALES, ""),
        sql=sql.rstrip().removesuffix(";").rstrip(),
    )  # fmt: skip


def _split(lines: list[str]) -> tuple[str, list[str]]:
    """Return what a block says of its query, and the lines of the statement."""
    said: list[str] = []
    body: list[str] = []
    is_saying = False
    for line in lines:
        if ENDED.fullmatch(line):
            break
        if is_saying and line.lstrip().startswith("--") and not BEGUN.fullmatch(line):
            ends = DESCRIBED_END.fullmatch(line.strip())
            said.append(ends["text"] if ends else REMARK.sub("", line, count=1))
            is_saying = not ends
        elif found := DESCRIBED.fullmatch(line.strip()):
            said.append(found["text"])
            is_saying = not found["end"]
        elif one := ON_ONE_LINE.fullmatch(line.strip()):
            body = [one["sql"]]
            break
        else:
            is_saying = False
            body += [] if BEGUN.fullmatch(line) else [line]
    return "\n".join(said).strip(), body
