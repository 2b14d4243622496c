"""Three years of orders, their lines and their payments, one day after another."""

import bisect
import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.demo.assortment import Product
from app.demo.companies import Company, channels, payment_methods
from app.demo.seasons import INFLATION, MONTHS, activity, days_of, months
from app.demo.staff import Customer, Employee, opened_on

LINES = (1, 2, 3, 4, 5, 6, 7)
LINE_WEIGHTS = (22, 26, 20, 13, 9, 6, 4)
LINES_AN_ORDER = sum(map(lambda count, weight: count * weight, LINES, LINE_WEIGHTS)) / sum(LINE_WEIGHTS) * 0.971
"""The mean, less the products that were drawn twice for one order."""
CREDIT_DAYS = 30
PIECES = ((20_000, 16), (60_000, 8), (150_000, 3), (10**9, 1))
"""How many pieces of a product are bought at most, by its price: (below this price, so many)."""
STATUSES = ("sold", "cancelled", "returned")
STATUS_WEIGHTS = (92, 4.5, 3.5)


@dataclass(slots=True)
class Trade:
    """Rows of three tables without their tenant, in the order of their columns in tables.sql, numbered from `first_id`."""

    first_id: int
    chance: random.Random
    orders: list[tuple[object, ...]] = field(default_factory=list)
    lines: list[tuple[object, ...]] = field(default_factory=list)
    payments: list[tuple[object, ...]] = field(default_factory=list)


class Market:
    """Who can buy what from whom on which day, so that an order takes a few cheap draws."""

    def __init__(self, company: Company, customers: list[Customer], staff: list[Employee], chance: random.Random) -> None:
        self.company = company
        self.chance = chance
        self.people = [customer for customer in customers if not customer.is_business]
        self.businesses = [customer for customer in customers if customer.is_business]
        self.people_since = [customer.registered_on for customer in self.people]
        self.businesses_since = [customer.registered_on for customer in self.businesses]
        self.sellers = [employee for employee in staff if employee.position.sells]

    def buyer(self, day: dt.date, *, wholesale: bool) -> Customer | None:
        """Return who buys; None is a passer-by. Early customers buy more often than late ones."""
        pool, since = (self.businesses, self.businesses_since) if wholesale else (self.people, self.people_since)
        known = bisect.bisect(since, day)
        draws = (pool[int(known * self.chance.random() ** 2.2)] for _ in range(8 if wholesale else 1))
        return next((customer for customer in draws if customer.last_on >= day), pool[0] if wholesale else None)

    def sellers_of(self, month: dt.date, branch_id: int) -> list[Employee]:
        """Return the sellers of a branch who work there all month."""
        return [
            seller
            for seller in self.sellers
            if seller.branch_id == branch_id
            and seller.hired_on <= month
            and (seller.left_on is None or (seller.left_on - month).days > 31)
        ] or [next(seller for seller in self.sellers if seller.branch_id == branch_id)]


def trade(company: Company, end_month: str, products: list[Product], market: Market, first_id: int) -> Trade:
    """Return all orders of the history; branches, orders, lines and payments are numbered from `first_id`."""
    result = Trade(first_id, market.chance)
    history = months(end_month)
    daily = _orders_a_day(company, history)
    for number, month in enumerate(history):
        level = INFLATION ** (number - MONTHS + 1)
        shelf = _shelf(products, month, level)
        counter = _Counter(company, market, month, history[-1], first_id)
        for day in days_of(month):
            for order in counter.orders(day, daily[day]):
                _book(result, order, shelf)
    return result


def _orders_a_day(company: Company, history: list[dt.date]) -> dict[dt.date, int]:
    """Spread the orders over the days by season, weekday and the growth of the branches."""
    weights = {
        day: activity(day) * sum(_branch_weights(company, number, history[-1], month))
        for number, month in enumerate(history)
        for day in days_of(month)
    }
    scale = company.order_lines / LINES_AN_ORDER / sum(weights.values())
    edges = [0, *(round(total * scale) for total in itertools.accumulate(weights.values()))]
    return dict(zip(weights, (after - before for before, after in itertools.pairwise(edges)), strict=True))


def _branch_weights(company: Company, number: int, end: dt.date, month: dt.date) -> list[float]:
    return [
        branch.weight * (1 + branch.growth) ** (number - MONTHS + 1) if opened_on(branch, end) <= month else 0.0
        for branch in company.branches
    ]


@dataclass(slots=True)
class _Shelf:
    products: list[Product]
    prices: list[int]
    costs: list[int]
    demand: list[float]


def _shelf(products: list[Product], month: dt.date, level: float) -> _Shelf:
    return _Shelf(
        products=products,
        prices=[round(product.price * level / 100) * 100 for product in products],
        costs=[round(product.cost * level / 10) * 10 for product in products],
        demand=list(itertools.accumulate(product.demand(month.month) for product in products)),
    )


@dataclass(slots=True)
class _Order:
    day: dt.date
    branch_id: int
    customer: Customer | None
    seller_id: int
    channel: str
    status: str
    line_count: int
    is_wholesale: bool


class _Counter:
    """One month at the counters: turns a number of orders into who, where and how."""

    def __init__(self, company: Company, market: Market, month: dt.date, end: dt.date, first_id: int) -> None:
        number = MONTHS - 1 - ((end.year - month.year) * 12 + end.month - month.month)
        self.market = market
        self.wholesale = company.wholesale
        self.branch_ids = [first_id + place for place in range(len(company.branches))]
        self.branch_weights = list(itertools.accumulate(_branch_weights(company, number, end, month)))
        self.sellers = {branch_id: market.sellers_of(month, branch_id) for branch_id in self.branch_ids}
        self.channels = [channel.name for channel in channels()]
        online = 0.08 + 0.16 * number / MONTHS
        self.channel_weights = list(itertools.accumulate((0.92 - online, online, 0.08)))

    def orders(self, day: dt.date, count: int) -> Iterator[_Order]:
        """Yield the orders of a day."""
        chance = self.market.chance
        places = chance.choices(self.branch_ids, cum_weights=self.branch_weights, k=count)
        statuses = chance.choices(STATUSES, STATUS_WEIGHTS, k=count)
        sizes = chance.choices(LINES, LINE_WEIGHTS, k=count)
        ways = chance.choices(self.channels[:-1], cum_weights=self.channel_weights, k=count)
        for branch_id, status, size, way in zip(places, statuses, sizes, ways, strict=True):
            wholesale = chance.random() < self.wholesale
            passer_by = not wholesale and way == self.channels[0] and chance.random() < 0.35
            yield _Order(
                day=day,
                branch_id=branch_id,
                customer=None if passer_by else self.market.buyer(day, wholesale=wholesale),
                seller_id=self._seller(branch_id),
                channel=self.channels[-1] if wholesale else way,
                status=status,
                line_count=size,
                is_wholesale=wholesale,
            )

    def _seller(self, branch_id: int) -> int:
        sellers = self.sellers[branch_id]
        return sellers[int(len(sellers) * self.market.chance.random() ** 1.3)].id


def _book(result: Trade, order: _Order, shelf: _Shelf) -> None:
    order_id = result.first_id + len(result.orders)
    day = order.day.isoformat()
    customer_id = order.customer.id if order.customer else None
    shared = (order_id, order.branch_id, customer_id, order.seller_id, order.channel, order.status)
    chosen = dict.fromkeys(result.chance.choices(range(len(shelf.products)), cum_weights=shelf.demand, k=order.line_count))
    total = 0
    for place in chosen:
        product, price = shelf.products[place], shelf.prices[place]
        quantity, discount = _quantity(order, price, result.chance)
        amount = quantity * price - discount
        result.lines.append((
            result.first_id + len(result.lines), day, *shared, product.id, product.category_id, quantity, price, discount,
            amount, quantity * shelf.costs[place],
        ))  # fmt: skip
        total += amount
    paid_on = _settle(result, order, order_id, total)
    result.orders.append((order_id, day, *shared[1:], total, paid_on.isoformat() if paid_on else None))


def _quantity(order: _Order, price: int, chance: random.Random) -> tuple[int, int]:
    """Return the pieces of a line and the discount on it in whole soʻm; dear goods are bought one by one."""
    draw = chance.random()
    pieces = 1 + int(draw * draw * next(most for limit, most in PIECES if price < limit))
    if order.is_wholesale:
        pieces *= chance.randrange(4, 16)
    percent = 5 if order.is_wholesale else (0, 0, 0, 0, 0, 0, 5, 10)[int(chance.random() * 8)]
    return pieces, pieces * price * percent // 100


@dataclass(frozen=True, slots=True)
class _Payment:
    order_id: int
    kind: str
    method: str
    amount: int
    issued: dt.date
    due: dt.date
    paid: dt.date | None


def _settle(result: Trade, order: _Order, order_id: int, total: int) -> dt.date | None:
    """Add the payments of an order; returns the day it is fully paid, None for never."""
    if order.status == "cancelled":
        return None
    methods = [method.name for method in payment_methods()]
    method = methods[-1] if order.is_wholesale else methods[int(result.chance.random() ** 1.2 * (len(methods) - 1))]
    parts = (total // 2, total - total // 2) if order.is_wholesale else (total,)
    days: list[dt.date | None] = []
    for number, amount in enumerate(parts):
        due = order.day + dt.timedelta(days=number * CREDIT_DAYS)
        days.append(_paid_on(order, due, result.chance))
        _add(result, order, _Payment(order_id, "payment", method, amount, order.day, due, days[-1]))
    paid = [day for day in days if day]
    if len(paid) < len(parts):
        return None
    if order.status == STATUSES[-1]:
        back = max(paid) + dt.timedelta(days=result.chance.randrange(1, 12))
        _add(result, order, _Payment(order_id, "refund", method, -total, back, back, back))
    return max(paid)


def _paid_on(order: _Order, due: dt.date, chance: random.Random) -> dt.date | None:
    """Return when a part is paid; None is never. Businesses pay late now and then, a few not at all."""
    if not order.is_wholesale:
        return order.day
    draw = chance.random()
    if draw < 0.012:
        return None
    if draw < 0.22:
        return due + dt.timedelta(days=chance.randrange(3, 75))
    return due - dt.timedelta(days=chance.randrange(4)) if due > order.day else due


def _add(result: Trade, order: _Order, payment: _Payment) -> None:
    result.payments.append((
        result.first_id + len(result.payments), payment.order_id, order.customer.id if order.customer else None, order.branch_id,
        payment.kind, payment.method, payment.amount, payment.issued.isoformat(), payment.due.isoformat(),
        payment.paid.isoformat() if payment.paid else None,
    ))  # fmt: skip
