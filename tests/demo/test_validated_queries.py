"""Every validated query of the demo is complete and runs fast for both companies, with and without its optional parameters."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
import sqlglot

from app.data.periods import Calendar, named, previous
from app.data.queries import Queries
from app.demo.companies import Company, companies
from app.demo.knowledge import QUERIES
from app.identity.actor import Actor

TAG = re.compile(r"^-- <(query|question|param|column|chart|answer)\b(.*?)(?:/>|>(.*)</(\1\b.*?)>)$")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
PLACEHOLDER = re.compile(r"\{([^}]+)\}")
LOCALES = ("en", "ru", "uz")
ROWS = 1000
SOON = dt.timedelta(days=60)


@dataclass
class Written:
    """A query as it stands in its file; texts by tag, such as `title ru`."""

    name: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    params: list[dict[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    sql: str = ""


def read_all() -> list[Written]:
    found: list[Written] = []
    for path in sorted(QUERIES.glob("*.sql")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("-- <"):
                found[-1].sql += line + "\n" if line else ""
                continue
            tag = TAG.match(line)
            assert tag, f"{path.name}: {line}"
            kind, attributes, text, closing = tag.groups()
            if kind == "param":
                found[-1].params.append(
                    dict(ATTRIBUTE.findall(attributes)) | ({"optional": "yes"} if " optional" in attributes else {})
                )
            elif kind == "chart":
                chart = dict(ATTRIBUTE.findall(attributes))
                assert {chart["x"], *chart["y"].split()} <= set(found[-1].columns), f"{path.name}: {line}"
            elif kind == "column":
                found[-1].columns.append(dict(ATTRIBUTE.findall(attributes))["name"])
            else:
                assert closing == f"{kind}{attributes}", f"{path.name}: {line}"
                if (kind, attributes) == ("query", " name"):
                    found.append(Written(text))
                found[-1].texts.setdefault(f"{kind}{attributes}", []).append(text)
    return found


WRITTEN = read_all()


def each(test: Callable[..., object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.name)(test)


def test_there_are_enough_of_them_and_names_are_unique() -> None:
    assert len({written.name for written in WRITTEN}) == len(WRITTEN) >= 30


def test_no_question_belongs_to_two_queries() -> None:
    asked: dict[str, str] = {}
    for written in WRITTEN:
        for locale in LOCALES:
            for question in written.texts[f"question {locale}"]:
                assert asked.setdefault(question.casefold(), written.name) == written.name, question


@each
def test_a_query_is_described_and_asked_for_in_three_languages(written: Written) -> None:
    for what in ("query title", "query description"):
        assert all(written.texts[what + suffix] for suffix in ("", " ru", " uz"))
    for locale in LOCALES:
        assert len(set(written.texts[f"question {locale}"])) >= 4
        assert len(written.texts[f"answer {locale}"]) == 1
    assert "'" not in "".join(written.texts["question uz"] + written.texts["answer uz"] + written.texts["query title uz"])


@each
def test_answers_and_statements_name_only_what_there_is(written: Written) -> None:
    names = {param["name"] for param in written.params}
    for locale in LOCALES:
        template = written.texts[f"answer {locale}"][0]
        for placeholder in PLACEHOLDER.findall(template):
            what, _, name = placeholder.partition(":")
            if what in {"total", "first", "last"}:
                assert name in written.columns
            elif what == "param":
                assert name in names
            else:
                assert placeholder == "rows" or placeholder.removesuffix("_prev") in names
    bound = set(re.findall(r"(?<!:):(\w+)", written.sql))
    assert {re.sub(r"(_prev)?_(from|to)$", "", name) for name in bound} == names
    (tree,) = sqlglot.parse(written.sql.rstrip().rstrip(";"), read="sqlite")
    assert tree is not None
    assert tree.named_selects == written.columns


@each
async def test_a_query_runs_for_both_companies(
    written: Written, queries: Queries, analyst_of: Callable[[Company], Actor], now: dt.datetime
) -> None:
    for company in companies():
        actor = analyst_of(company)
        for is_filled in (False, True):
            values = await bindings(written, queries, actor, now, is_filled=is_filled)
            statement = written.sql.strip().rstrip(";")
            result = await queries.execute(actor, statement, values, max_rows=ROWS)
            assert [column.name for column in result.columns] == written.columns
            if not is_filled and company is companies()[0]:
                assert result.rows


@pytest.mark.postgres
@each
async def test_both_engines_give_the_same_rows(
    written: Written, queries: Queries, there: Queries, analyst_of: Callable[[Company], Actor], now: dt.datetime
) -> None:
    for company in companies():
        actor = analyst_of(company)
        for lookup in (param["lookup"] for param in written.params if "lookup" in param):
            here, other = [await source.execute(actor, lookup, {}, max_rows=ROWS) for source in (queries, there)]
            assert sorted(other.rows, key=repr) == sorted(here.rows, key=repr)
        for is_filled in (False, True):
            values = await bindings(written, queries, actor, now, is_filled=is_filled)
            statement = written.sql.strip().rstrip(";")
            here, other = [await source.execute(actor, statement, values, max_rows=ROWS) for source in (queries, there)]
            assert comparable(other.rows) == comparable(here.rows)
            assert [(column.unit, column.currency) for column in other.columns] == [
                (column.unit, column.currency) for column in here.columns
            ]
            if not is_filled and company is companies()[0]:
                assert other.rows


def comparable(rows: list[list[object]]) -> list[list[object]]:
    """Return rows whose numbers are decimals, as PostgreSQL's sums are."""
    return [[Decimal(cell) if isinstance(cell, int) else cell for cell in row] for row in rows]


async def bindings(written: Written, queries: Queries, actor: Actor, now: dt.datetime, *, is_filled: bool) -> dict[str, object]:
    """Bind a year and the weeks to come, whatever day it is; `is_filled` binds optional parameters too and the usual period."""
    values: dict[str, object] = {}
    calendar = Calendar(actor.time_zone, actor.first_weekday)
    for param in written.params:
        name = param["name"]
        if param["type"] == "period":
            period = named(param["default"] if is_filled else "last_12_months", calendar, now)
            before = previous(period, calendar.today(now))
            end = period.end if is_filled else period.end + SOON
            for suffix, day in (("from", period.start), ("to", end), ("prev_from", before.start), ("prev_to", before.end)):
                if f":{name}_{suffix}" in written.sql:
                    values[f"{name}_{suffix}"] = day.isoformat()
        elif param["type"] == "integer":
            values[name] = int(param["default"])
        elif "optional" in param and not is_filled:
            values[name] = None
        else:
            found = await queries.execute(actor, param["lookup"], {}, max_rows=ROWS)
            assert found.rows
            names = [row[0] for row in found.rows]
            values[name] = min(names) if "optional" in param else names[0]  # the first branch is in the first city
    return values


@pytest.mark.parametrize("locale", LOCALES)
def test_every_parameter_has_a_label(locale: str) -> None:
    assert all(param[locale] for written in WRITTEN for param in written.params)
