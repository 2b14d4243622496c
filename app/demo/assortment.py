"""What a demo company sells and keeps in stock."""

import itertools
import random
from dataclasses import dataclass

from app.demo.companies import Catalogue, Category, Company, Kind
from app.demo.seasons import CURVES

SIZE_FACTORS = (1.0, 1.85)
QUIET_FROM = 0.97
"""Products ranked behind this share of the range sell hardly at all: somebody will ask for slow movers."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product on the shelf; `price` is the last month's and `cost` a piece's, in whole soʻm; `popularity` is relative."""

    id: int
    category_id: int
    sku: str
    name: str
    name_ru: str
    name_en: str
    brand: str
    price: int
    cost: int
    popularity: float
    season: str

    def demand(self, month: int) -> float:
        """Return how often it is bought in a calendar month (1 to 12), to compare with other products."""
        return self.popularity * CURVES[self.season][month - 1]


@dataclass(frozen=True, slots=True)
class _Shelf:
    category_id: int
    category: Category
    kind: Kind
    brand: str
    size: int


def assort(company: Company, catalogue: Catalogue, first_id: int, chance: random.Random) -> list[Product]:
    """Return the company's products, numbered from `first_id`; its categories are numbered the same way, in their order."""
    shelves = [
        _Shelf(first_id + number, category, kind, brand, size)
        for number, category in enumerate(categories(company, catalogue))
        for kind in category.kinds
        for brand in category.brands
        for size in range(len(kind.sizes))
    ]
    ranks = list(range(1, len(shelves) + 1))
    chance.shuffle(ranks)
    quiet_from = len(shelves) * QUIET_FROM
    products = []
    for number, (shelf, rank) in enumerate(zip(shelves, ranks, strict=True)):
        price = round(shelf.kind.price * SIZE_FACTORS[shelf.size] * company.price_level * chance.uniform(0.88, 1.15) / 100) * 100
        products.append(
            Product(
                first_id + number,
                shelf.category_id,
                f"{company.key[0].upper()}-{10_001 + number}",
                *_names(shelf, catalogue),
                brand=shelf.brand,
                price=price,
                cost=int(price * shelf.category.cost * chance.uniform(0.93, 1.07) / 10) * 10,
                popularity=(0.002 if rank > quiet_from else 1.0) * shelf.category.popularity / rank**0.8,
                season=shelf.category.season,
            )
        )
    return products


def categories(company: Company, catalogue: Catalogue) -> list[Category]:
    """Return the categories that the company deals in."""
    return [category for category in catalogue.categories if category.name in company.categories]


def _names(shelf: _Shelf, catalogue: Catalogue) -> tuple[str, str, str]:
    amount, unit = shelf.kind.sizes[shelf.size].split()
    words = catalogue.units[unit]
    return (
        f"{shelf.kind.name} {shelf.brand} {amount} {unit}",
        f"{shelf.kind.ru} {catalogue.brands[shelf.brand]} {amount} {words['ru']}",
        f"{shelf.kind.en} {shelf.brand} {amount} {words.get('en', unit)}",
    )


def stock(products: list[Product], warehouse_ids: list[int], chance: random.Random) -> list[tuple[int, int, int, int]]:
    """Return (warehouse, product, quantity, minimum) for every shelf; about every tenth is below its minimum."""
    rows = []
    for warehouse_id, product in itertools.product(warehouse_ids, products):
        minimum = max(5, round(product.popularity * 400)) * (2 if warehouse_id == warehouse_ids[0] else 1)
        fill = chance.uniform(0.0, 0.95) if chance.random() < 0.1 else chance.uniform(1.05, 4.0)
        rows.append((warehouse_id, product.id, int(minimum * fill), minimum))
    return rows
