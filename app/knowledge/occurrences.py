"""What postings are made of and asked for."""

import msgspec


class Posting(msgspec.Struct, frozen=True):
    """One record."""

    position: int
    count: int
    is_found: bool
    length: int


class Sought(msgspec.Struct, frozen=True):
    """A word of a question: the stems that mean it, and what sounds like it."""

    forms: tuple[str, ...]
    sounds: tuple[str, ...] = ()
