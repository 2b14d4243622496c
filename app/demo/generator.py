"""Makes a demo company's business data: the same rows for the same end month on every machine."""

import datetime as dt
import random

from app.demo.assortment import Product, assort, categories, stock
from app.demo.companies import Company, Word, catalogue, channels, companies, payment_methods, people
from app.demo.seasons import dice, months
from app.demo.staff import Customer, Employee, customers, employ, opened_on
from app.demo.trade import Market, trade

VERSION = 1
"""Raised whenever the figures change, so that an older demo is made anew."""
IDS_A_COMPANY = 10_000_000

Rows = list[tuple[object, ...]]


def generate(company: Company, end_month: str) -> dict[str, Rows]:
    """Return the rows of every base table in the order of its columns, without the tenant.

    `end_month` is `YYYY-MM`; nothing but it and the company decides the rows.
    """

    def chance(part: str) -> random.Random:
        return dice(VERSION, company.key, end_month, part)

    history = months(end_month)
    first_id = companies().index(company) * IDS_A_COMPANY + 1
    products = assort(company, catalogue(), first_id, chance("products"))
    staff = employ(company, people(), first_id, history[-1], chance("staff"))
    buyers = customers(company, people(), first_id, history, chance("customers"))
    business = trade(company, end_month, products, Market(company, buyers, staff, chance("trade")), first_id)
    warehouse_ids = [first_id + number for number in range(len(company.warehouses))]
    return {
        **_places(company, first_id, history[-1]),
        "products_t": [_product_row(product) for product in products],
        "customers_t": [_customer_row(customer) for customer in buyers],
        "employees_t": [_employee_row(employee) for employee in staff],
        "stock_t": [*stock(products, warehouse_ids, chance("stock"))],
        "orders_t": business.orders,
        "order_lines_t": business.lines,
        "payments_t": business.payments,
    }


def _places(company: Company, first_id: int, end: dt.date) -> dict[str, Rows]:
    return {
        "branches_t": [
            (first_id + number, branch.name, branch.name_ru, branch.city, branch.city_ru, opened_on(branch, end).isoformat())
            for number, branch in enumerate(company.branches)
        ],
        "warehouses_t": [
            (first_id + number, place.name, place.name_ru, place.city, place.city_ru)
            for number, place in enumerate(company.warehouses)
        ],
        "categories_t": [
            (first_id + number, category.name, category.name_ru, category.name_en)
            for number, category in enumerate(categories(company, catalogue()))
        ],
        "channels_t": [_word_row(word) for word in channels()],
        "payment_methods_t": [_word_row(word) for word in payment_methods()],
    }


def _word_row(word: Word) -> tuple[object, ...]:
    return word.name, word.name_ru, word.name_en


def _product_row(product: Product) -> tuple[object, ...]:
    return (
        product.id, product.category_id, product.sku, product.name, product.name_ru, product.name_en, product.brand,
        product.price, product.cost,
    )  # fmt: skip


def _customer_row(customer: Customer) -> tuple[object, ...]:
    kind = "business" if customer.is_business else "person"
    return customer.id, customer.name, kind, customer.city, customer.registered_on.isoformat()


def _employee_row(employee: Employee) -> tuple[object, ...]:
    position = employee.position
    return (
        employee.id, employee.branch_id, employee.name, position.name, position.name_ru, position.name_en, employee.salary,
        employee.hired_on.isoformat(), employee.left_on.isoformat() if employee.left_on else None,
    )  # fmt: skip
