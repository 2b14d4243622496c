"""Stems of words are the same whoever else asks for some at the same time."""

import sys
from concurrent.futures import ThreadPoolExecutor

from app.data.stemming import stems

WORDS = ("выручками", "филиалов", "заказывали", "ташкентских", "customers", "relational", "orderings", "deliveries")


def all_stems(_: int) -> list[tuple[str, ...]]:
    return [stems(word, "en" if word.isascii() else "ru") for word in WORDS]


def test_threads_that_ask_side_by_side_get_their_own() -> None:
    expected, before = all_stems(0), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(all_stems, range(400)))
    finally:
        sys.setswitchinterval(before)
    assert all(each == expected for each in found)
