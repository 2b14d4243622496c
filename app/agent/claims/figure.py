"""What a claim check works with: passages of prose and the figures in them. Plain values, no input or output."""

from decimal import Decimal

import msgspec


class Passage(msgspec.Struct, frozen=True):
    """A block's text; `places` holds the character of the source for each of its characters, -1 for none."""

    text: str
    places: tuple[int, ...] = ()


class Reading(msgspec.Struct, frozen=True):
    """What a number may mean: its size without the sign, exact to `quantum`, which is a unit of its last written digit."""

    value: Decimal
    quantum: Decimal

    @property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """Return between which values, both included, lies what is written like this.

        Half a unit either way: databases and spreadsheets round a half up or to the even digit, and either is right. What was
        only cut off is not: readers take `12.3` for what lies nearest to it, and 12.39 does not. A whole 0 says that there is
        nothing, and is no little that was rounded.
        """
        says_nothing = not self.value and self.quantum >= 1
        half = Decimal(0) if says_nothing else self.quantum / 2
        return self.value - half, self.value + half


class Figure(msgspec.Struct, frozen=True):
    """A number in a passage, from `start` to `end`.

    It may be read in several ways (`1 234` is one number or two); each is a sequence of readings that must all be found. In no
    way is `007` a number: it can only be part of a name.
    `sign` is -1, 1 or 0 where none is written; `digits` are the significant ones as they are written.
    """

    start: int
    end: int
    ways: tuple[tuple[Reading, ...], ...]
    sign: int = 0
    is_percent: bool = False
    digits: int = 1

    @property
    def plain(self) -> Reading | None:
        """Return how it is read first."""
        return self.ways[0][0] if self.ways else None
