"""Read validated queries from `*.sql` files; the format is described in the README beside the demo's queries."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec

from app.data.charts.spec import ChartType

LOCALES = ("en", "ru", "uz")
TAG = re.compile(r"-- <(query|question|param|column|chart|answer)\b([^>]*?)(?:/>|>(.*)</(\1\b[^>]*)>)\s*")
ATTRIBUTE = re.compile(r'(\w+)(?:="([^"]*)")?')
NAME = re.compile(r"[a-z0-9_]+")
KINDS = ("period", "text", "integer")
NEEDED = (
    "query title", "query title ru", "query title uz", "query description", "query description ru", "query description uz",
    *(f"{tag} {locale}" for tag in ("question", "answer") for locale in LOCALES),
)  # fmt: skip


class KnowledgeError(ValueError):
    """A knowledge file is not as it should be; each of `faults` names the file and the line."""

    def __init__(self, *faults: str) -> None:
        """Take what is wrong."""
        super().__init__("\n".join(faults))
        self.faults = faults


class Parameter(msgspec.Struct, frozen=True):
    """A value that a query needs. `kind` is `period`, `text` or `integer`; `labels` are by locale.

    `lookup` selects the values of a text parameter, the one to bind first, then its other spellings.
    """

    name: str
    kind: str
    labels: Mapping[str, str]
    is_optional: bool = False
    default: str | None = None
    lookup: str | None = None
    least: int | None = None
    most: int | None = None

    @property
    def is_needed(self) -> bool:
        """Tell whether the person must say the value."""
        return self.default is None and not self.is_optional


class ResultColumn(msgspec.Struct, frozen=True):
    """A column of a query's result; `labels` are by locale."""

    name: str
    labels: Mapping[str, str]
    unit: str | None = None
    currency: str | None = None


class Query(msgspec.Struct, frozen=True):
    """A validated query. Texts are by locale; `chart` is how its result is best drawn, as `draw_chart` takes it."""

    name: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    questions: Mapping[str, tuple[str, ...]]
    parameters: tuple[Parameter, ...]
    columns: tuple[ResultColumn, ...]
    answers: Mapping[str, str]
    sql: str
    chart: Mapping[str, Any] | None = None

    @property
    def statements(self) -> list[str]:
        """Return what it runs: its own statement and the lookups of its parameters."""
        return [self.sql, *(parameter.lookup for parameter in self.parameters if parameter.lookup)]


class _Draft:
    """A query while its lines are read."""

    def __init__(self, name: str, place: str) -> None:
        self.name, self.place = name, place
        self.texts: dict[str, list[str]] = {}
        self.parameters: list[Parameter] = []
        self.columns: list[ResultColumn] = []
        self.sql: list[str] = []
        self.chart: dict[str, Any] | None = None
        self.misread: list[str] = []

    def take(self, line: str, place: str) -> None:
        """Read a line; what is wrong with it is told when the query is finished."""
        if line.startswith("-- <"):
            try:
                _take(self, *_parsed(line, place), place)
            except KnowledgeError as error:
                self.misread += error.faults
        elif not line.startswith("--"):
            self.sql.append(line)

    def finished(self) -> Query:
        """Return the query; raises `KnowledgeError` with all that was wrong, or when a part is missing."""
        sql = "\n".join(self.sql).strip()
        faults = list(self.misread)
        if not NAME.fullmatch(self.name):
            faults.append(f"{self.place}: a name has small Latin letters, digits and _ only, not {self.name!r}")
        if not sql.endswith(";"):
            faults.append(f"{self.place}: the statement of {self.name} does not end with ';'")
        missing = [f"<{tag}>" for tag in NEEDED if tag not in self.texts]
        if missing and not self.misread:  # else a tag that could not be read may be what is missing
            faults.append(f"{self.place}: {self.name} has no {', '.join(missing)}")
        if faults:
            raise KnowledgeError(*faults)
        return Query(
            name=self.name,
            titles=self._each("query title", bare="en"),
            descriptions=self._each("query description", bare="en"),
            questions={locale: tuple(self.texts[f"question {locale}"]) for locale in LOCALES},
            parameters=tuple(self.parameters),
            columns=tuple(self.columns),
            answers=self._each("answer"),
            sql=sql.removesuffix(";").rstrip(),
            chart=self.chart,
        )

    def _each(self, tag: str, bare: str = "") -> dict[str, str]:
        return {locale: self.texts[tag if locale == bare else f"{tag} {locale}"][0] for locale in LOCALES}


def load(folder: Path) -> list[Query]:
    """Return the queries of all `*.sql` files of `folder`, by file and place; raises `KnowledgeError`."""
    found: dict[str, Query] = {}
    for path in sorted(folder.glob("*.sql")):
        for query in read(path.read_text(encoding="utf-8"), path.name):
            if query.name in found:
                raise KnowledgeError(f"{path.name}: there are two queries named {query.name}")
            found[query.name] = query
    return list(found.values())


def read(text: str, file_name: str) -> Iterator[Query]:
    """Yield the queries of one file; raises `KnowledgeError`."""
    draft: _Draft | None = None
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{file_name}:{number}"
        begun = _begun(line, place)
        if begun:
            if draft:
                yield draft.finished()
            draft = begun
        elif draft:
            draft.take(line, place)
        elif line.startswith("-- <"):
            tag, _, _ = _parsed(line, place)
            raise KnowledgeError(f"{place}: <{tag}> before the first <query name>")
        elif line.strip() and not line.startswith("--"):
            raise KnowledgeError(f"{place}: SQL before the first <query name>")
    if draft:
        yield draft.finished()


def _begun(line: str, place: str) -> _Draft | None:
    match = TAG.fullmatch(line)
    is_name = match and (match[1], match[2].strip(), match[4]) == ("query", "name", f"query{match[2]}")
    return _Draft((match[3] or "").strip(), place) if match and is_name else None


def _parsed(line: str, place: str) -> tuple[str, str, str]:
    match = TAG.fullmatch(line)
    if match is None:
        raise KnowledgeError(f"{place}: not a tag that is known and closed on its line")
    tag, attributes, content, closing = match.groups()
    if tag in {"query", "question", "answer"} and closing != f"{tag}{attributes}":
        raise KnowledgeError(f"{place}: <{tag}{attributes}> is closed by </{closing}>")
    return tag, attributes, (content or "").strip()


def _take(draft: _Draft, tag: str, attributes: str, content: str, place: str) -> None:
    if tag == "chart":
        if not draft.misread:  # else a column that it names may be what could not be read
            draft.chart = _chart(draft, dict(ATTRIBUTE.findall(attributes)), place)
        return
    if tag not in {"param", "column"}:
        if not content:
            raise KnowledgeError(f"{place}: <{tag}{attributes}> is empty")
        draft.texts.setdefault(f"{tag}{attributes}", []).append(content)
        return
    values = dict(ATTRIBUTE.findall(attributes))
    if not values.get("name"):
        raise KnowledgeError(f"{place}: a {tag} needs a name")
    labels = {locale: values.get(locale) or values["name"] for locale in LOCALES}
    if tag == "column":
        draft.columns.append(ResultColumn(values["name"], labels, values.get("unit"), values.get("currency")))
    else:
        draft.parameters.append(_parameter(values, labels, place))


def _chart(draft: _Draft, values: dict[str, str], place: str) -> dict[str, Any]:
    """Return the arguments of the chart; the columns that it names stand above it."""
    figures = values.get("y", "").split()
    known = {column.name for column in draft.columns}
    if values.get("type") not in get_args(ChartType) or not figures or not {values.get("x"), *figures} <= known:
        raise KnowledgeError(f"{place}: a chart has a known type, x and y, which name columns of the result")
    return {"type": values["type"], "x": values["x"], "y": figures, **({"horizontal": True} if "horizontal" in values else {})}


def _parameter(values: dict[str, str], labels: dict[str, str], place: str) -> Parameter:
    kind = values.get("type", "")
    if kind not in KINDS:
        raise KnowledgeError(f"{place}: the type of a parameter is one of {', '.join(KINDS)}, not {kind!r}")
    if kind == "text" and "lookup" not in values:
        raise KnowledgeError(f"{place}: a text parameter needs a lookup")
    try:
        least, most = (int(values[name]) if name in values else None for name in ("min", "max"))
        if kind == "integer" and "default" in values:
            int(values["default"])
    except ValueError as error:
        raise KnowledgeError(f"{place}: min, max and default of an integer are numbers") from error
    is_optional = "optional" in values
    return Parameter(values["name"], kind, labels, is_optional, values.get("default"), values.get("lookup"), least, most)
