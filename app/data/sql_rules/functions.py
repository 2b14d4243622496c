"""The functions that a statement may call, by dialect: everything else is refused."""

from pathlib import Path


def _listed(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


SQLITE_FUNCTIONS = _listed("sqlite_functions.txt")
