"""What a query kept of an earlier one follows from the SQL of both: change a part, and it is told as come and gone."""

import msgspec
import pytest

from app.data.filter_strip import asked
from app.data.results import Column
from app.data.sql_policy import check
from app.data.strip_changes import Query, StripChange, builds_on, changed, goes_on
from tests.data.test_filter_strip import BASE, CHANGES

LATER = """
    SELECT b.city, sum(o.amount) AS web FROM orders o JOIN branches b ON b.id = o.branch_id
    WHERE o.ordered_on >= '2026-11-01' AND o.ordered_on < '2026-12-01' AND o.status = 'done' GROUP BY b.city
"""


def query(sql: str) -> Query:
    return Query(asked(check(sql, "sqlite", ("main",)), {}, {}), ())


def giving(sql: str, figure: str) -> Query:
    return msgspec.structs.replace(query(sql), columns=(Column("month", "text"), Column(figure, "decimal")))


def told(change: StripChange) -> tuple[list[str], list[str], list[str]]:
    return tuple([chip.text for chip in chips] for chips in (change.kept, change.added, change.dropped))  # type: ignore[return-value] - three, as `change` has them


def test_what_stayed_came_and_went_is_told_in_the_words_of_the_strip() -> None:
    earlier = """
        SELECT o.kind, sum(o.amount) AS web FROM orders o
        WHERE o.ordered_on >= '2026-10-01' AND o.ordered_on < '2026-11-01' AND o.status = 'done' GROUP BY o.kind
    """
    assert told(changed(query(LATER), query(earlier), "en")) == (
        ["orders.status = done"],
        ["branches", "orders.ordered_on: Nov 1–30, 2026", "by branches.city"],
        ["ordered_on: Oct 1–31, 2026", "by kind"],
    )


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_one_change_of_the_sql_is_told(before: str, after: str) -> None:
    change = changed(query(BASE.replace(before, after, 1)), query(BASE), "en")
    assert change.added or change.dropped
    assert change.kept


def test_nothing_changed_is_all_kept() -> None:
    kept, added, dropped = told(changed(query(BASE), query(BASE), "ru"))
    assert (len(kept) > 10, added, dropped) == (True, [], [])


def test_queries_of_other_tables_build_on_nothing() -> None:
    assert builds_on(query(LATER).asked, query(BASE).asked)
    assert not builds_on(query(LATER).asked, query("SELECT 1 FROM payments").asked)


def test_another_period_of_the_same_figure_goes_on_and_another_figure_begins_anew() -> None:
    first = giving("SELECT sum(amount) AS revenue FROM orders WHERE ordered_on >= '2026-10-01'", "revenue")
    later = giving("SELECT sum(amount) AS revenue FROM orders WHERE ordered_on >= '2026-11-01'", "revenue")
    other = giving("SELECT sum(weight) AS weight FROM orders WHERE ordered_on >= '2026-11-01'", "weight")
    assert goes_on(changed(later, first, "en"), later, first)
    assert not goes_on(changed(other, first, "en"), other, first)
    assert goes_on(changed(other, later, "en"), other, later)
