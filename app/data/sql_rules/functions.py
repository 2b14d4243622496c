"""The functions that a statement may call and the words of the grammar that look like calls, by dialect."""

from pathlib import Path


def _listed(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


SQLITE_FUNCTIONS = _listed("sqlite_functions.txt")
POSTGRES_FUNCTIONS = _listed("postgres_functions.txt")
FUNCTIONS = {"sqlite": SQLITE_FUNCTIONS, "postgres": POSTGRES_FUNCTIONS}
KEYWORDS = {"sqlite": _listed("sqlite_keywords.txt"), "postgres": _listed("postgres_keywords.txt")}
