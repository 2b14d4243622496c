"""Who works for a demo company and who buys from it."""

import datetime as dt
import random
from dataclasses import dataclass

from app.demo.companies import Branch, Company, People, Position
from app.demo.seasons import months_before


@dataclass(frozen=True, slots=True)
class Employee:
    """A member of staff; `branch_id` None is the head office, `salary` a month's pay in whole soʻm."""

    id: int
    branch_id: int | None
    name: str
    position: Position
    salary: int
    hired_on: dt.date
    left_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A known customer; it buys between `registered_on` and `last_on`."""

    id: int
    name: str
    is_business: bool
    city: str
    registered_on: dt.date
    last_on: dt.date


def employ(company: Company, names: People, first_id: int, end: dt.date, chance: random.Random) -> list[Employee]:
    """Return everybody employed since the history began, leavers and successors too; branches are numbered from `first_id`."""
    posts: list[_Post] = []
    for position in names.positions:
        for number, branch in enumerate(company.branches):
            size = max(1, round(position.per_branch * branch.weight)) if position.per_branch else 0
            posts += [_Post(first_id + number, position, opened_on(branch, end))] * size
        posts += [_Post(None, position, months_before(end, 60))] * position.head_office
    terms = (term for post in posts for term in _terms(post, end, chance))
    return [
        Employee(first_id + number, post.branch_id, person_name(names, chance), post.position, salary, hired, left)
        for number, (post, salary, hired, left) in enumerate(terms)
    ]


@dataclass(frozen=True, slots=True)
class _Post:
    branch_id: int | None
    position: Position
    since: dt.date


def _terms(post: _Post, end: dt.date, chance: random.Random) -> list[tuple[_Post, int, dt.date, dt.date | None]]:
    """Return who held a post, as salary, first and last day: one person, or one who left and a successor."""
    salary = round(post.position.salary * chance.uniform(0.9, 1.25) / 50_000) * 50_000
    hired = post.since + dt.timedelta(days=chance.randrange(20))
    days = (end - hired).days
    if chance.random() > 0.3 or days < 300:
        return [(post, salary, hired, None)]
    left = hired + dt.timedelta(days=chance.randrange(150, days - 30))
    return [(post, salary - 300_000, hired, left), (post, salary, left + dt.timedelta(days=1), None)]


def opened_on(branch: Branch, end: dt.date) -> dt.date:
    """Return the day a branch opened, `end` being the first day of the end month."""
    return months_before(end, branch.opened)


def person_name(names: People, chance: random.Random) -> str:
    """Return a first and a last name that agree."""
    is_woman = chance.random() < 0.5
    first = chance.choice(names.women if is_woman else names.men)
    return f"{first} {chance.choice(names.last_names)}{'a' if is_woman else ''}"


def customers(company: Company, names: People, first_id: int, history: list[dt.date], chance: random.Random) -> list[Customer]:
    """Return the known customers, those registered earliest first; a third was there when the history of months began."""
    start = history[0]
    span = (history[-1] - start).days + 27
    found: list[tuple[dt.date, bool]] = []
    for is_business in [True] * company.businesses + [False] * company.people:
        offset = chance.randrange(-400, 0) if chance.random() < 0.34 else chance.randrange(span)
        found.append((start + dt.timedelta(days=offset), is_business))
    found.sort()
    cities = [branch.city for branch in company.branches]
    weights = [branch.weight for branch in company.branches]
    businesses = iter(_business_names(company.businesses, names, chance))
    return [
        Customer(
            id=first_id + number,
            name=next(businesses) if is_business else person_name(names, chance),
            is_business=is_business,
            city=chance.choices(cities, weights)[0],
            registered_on=registered,
            last_on=registered + dt.timedelta(days=int(chance.expovariate(1 / (1500 if is_business else 700))) + 30),
        )
        for number, (registered, is_business) in enumerate(found)
    ]


def _business_names(count: int, names: People, chance: random.Random) -> list[str]:
    pairs = [f"{first} {second} MChJ" for first in names.company_first for second in names.company_second]
    chance.shuffle(pairs)
    return pairs[:count]
