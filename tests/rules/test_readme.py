"""README says what is there: its tree is the disk's, its settings are read, its sentences are in the code."""

import re

from app.settings import Settings, variable
from tests.rules.source import APP, modules
from tests.servers import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TREE = README.split("```\napp/ ", 1)[1].split("```", 1)[0]


def test_the_tree_names_everything_at_the_top_and_in_the_product() -> None:
    named = {line.split()[0].strip("/") for line in ("app/ " + TREE).splitlines() if line.strip()}
    tracked = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - {"var"}
    inside = {path.name for path in APP.iterdir() if path.name not in {"__init__.py", "__pycache__"}}
    assert named == tracked | inside


def test_the_tree_is_in_the_order_of_imports() -> None:
    from tests.rules.test_imports import RANK

    named = [line.split()[0].strip("/").removesuffix(".py") for line in TREE.splitlines()[1:] if line.startswith("  ")]
    assert [RANK[name] for name in named] == sorted(RANK[name] for name in named)


def test_it_begins_with_the_two_commands_and_has_its_picture() -> None:
    assert re.match(r"# BiChat\n\n```sh\nmake run .*\nmake test ", README)
    assert all((ROOT / path).exists() for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))


def test_every_setting_is_described() -> None:
    described = README.split("## Settings", 1)[1].split("\n## ", 1)[0]
    missing = [variable(name) for name in Settings.__struct_fields__ if not is_named(variable(name), described)]
    assert missing == []


def test_every_sentence_of_the_troubleshooting_is_said_somewhere() -> None:
    table = README.split("## When something is wrong", 1)[1].split("\n## ", 1)[0]
    sentences = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    source = re.sub(r"\"\s*\n?\s*f?\"", "", "\n".join(path.read_text(encoding="utf-8") for path in modules()))
    parts = [(sentence, part.strip(" ,:")) for sentence in sentences for part in sentence.split("…") if part.strip(" ,:")]
    assert len(sentences) > 10
    assert [
        sentence for sentence, part in parts if part not in re.sub(r"\{[^}]*\}|%\(\w+\)s", "", source) and part not in source
    ] == []


def is_named(name: str, text: str) -> bool:
    """Tell whether `text` has the variable, perhaps shortened after one with the same beginning: `A_URL`, `…_SCHEMA`."""
    return f"`{name}`" in text or f"`…_{name.rsplit('_', 1)[-1]}`" in text
