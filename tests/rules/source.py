"""The product's source as the rules see it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.servers import ROOT

APP = ROOT / "app"
TEMPLATES = ROOT / "templates"


def modules() -> list[Path]:
    return sorted(path for path in APP.rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    """Return a module's dotted name: `app.chat.runner`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield what a module imports, as dotted names, with the line and whether it happens inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        child
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, node in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield from ((f"{node.module}.{alias.name}", node.lineno, node in inside) for alias in node.names)
