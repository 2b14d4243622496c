"""The fields by which a list of a management page is narrowed, as an address carries them."""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

import msgspec


class Fields(msgspec.Struct, frozen=True):
    """Fields of a form as they were sent: texts, empty where nothing was chosen."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Return the fields of an address."""
        return cls(**{name: given.get(name, "").strip() for name in cls.__struct_fields__})

    @property
    def address(self) -> str:
        """Return the query of the address that asks for the same."""
        return urlencode({name: value for name, value in msgspec.structs.asdict(self).items() if value})
