"""The demo's companies as their TOML files describe them: branches, goods, names and the people who sign in."""

import functools
import uuid
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
NAMESPACE = uuid.UUID("6f1c2a52-3f0e-5d2b-9b38-0c5f4f0d7a11")


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A warehouse or a branch; the Russian spelling is how staff may type it."""

    name: str
    name_ru: str
    city: str
    city_ru: str


class Branch(Place, frozen=True, forbid_unknown_fields=True):
    """A shop. `weight` is its share of orders at the end, `growth` the change a month, `opened` in months before the end."""

    weight: float
    growth: float
    opened: int = 60


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who may sign in to the demo; no role means no permission."""

    email: str
    first_name: str
    last_name: str
    role: str | None = None


class Company(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant of the demo. `people` and `businesses` count its customers, `wholesale` is the share of orders by businesses."""

    key: str
    name: str
    order_lines: int
    people: int
    businesses: int
    price_level: float
    wholesale: float
    categories: tuple[str, ...]
    branches: tuple[Branch, ...]
    warehouses: tuple[Place, ...]
    users: tuple[Login, ...]

    @property
    def tenant_id(self) -> uuid.UUID:
        """Return the id, the same on every machine."""
        return uuid.uuid5(NAMESPACE, self.key)


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of the data in three languages; `name` is what the data hold."""

    name: str
    name_ru: str
    name_en: str


class _Companies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    companies: tuple[Company, ...]
    channels: tuple[Word, ...]
    payment_methods: tuple[Word, ...]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of goods; `price` is for the first of `sizes`, in whole soʻm."""

    name: str
    ru: str
    en: str
    price: int
    sizes: tuple[str, ...]


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product category. `cost` is the goods' share of the price, `popularity` scales how often it is bought."""

    name: str
    name_ru: str
    name_en: str
    season: str
    cost: float
    brands: tuple[str, ...]
    kinds: tuple[Kind, ...]
    popularity: float = 1.0


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All goods; `units` and `brands` map the words inside product names to other languages."""

    units: dict[str, dict[str, str]]
    brands: dict[str, str]
    categories: tuple[Category, ...]


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A job. `salary` is a month's pay in whole soʻm; the counts are per branch and at the head office."""

    name: str
    name_ru: str
    name_en: str
    salary: int
    per_branch: int = 0
    head_office: int = 0
    sells: bool = False


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What names and jobs are made of."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    last_names: tuple[str, ...]
    company_first: tuple[str, ...]
    company_second: tuple[str, ...]
    positions: tuple[Position, ...]


def companies() -> tuple[Company, ...]:
    """Return the demo's tenants, the main one first."""
    return _companies().companies


def channels() -> tuple[Word, ...]:
    """Return the ways to order, the shop itself first and wholesale last."""
    return _companies().channels


def payment_methods() -> tuple[Word, ...]:
    """Return the ways to pay, bank transfer last."""
    return _companies().payment_methods


@functools.cache
def _companies() -> _Companies:
    return msgspec.toml.decode((HERE / "companies.toml").read_bytes(), type=_Companies)


@functools.cache
def catalogue() -> Catalogue:
    """Return all goods that the companies choose from."""
    return msgspec.toml.decode((HERE / "catalogue.toml").read_bytes(), type=Catalogue)


@functools.cache
def people() -> People:
    """Return the parts of names and the jobs."""
    return msgspec.toml.decode((HERE / "people.toml").read_bytes(), type=People)
