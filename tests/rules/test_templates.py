"""Templates hold no scripts, styles or handlers of their own: the content security policy would refuse them."""

import re

import pytest

from tests.rules.source import TEMPLATES
from tests.servers import ROOT

INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an htmx handler": re.compile(r"\b(hx-on|data-hx-on)\b|\bhx-(vals|headers)[^=]*=\s*['\"]js:|\bjavascript:", re.IGNORECASE),
    "a filtered trigger": re.compile(r"\bhx-trigger\s*=\s*['\"][^'\"]*\["),
    "an unescaped value": re.compile(r"\|\s*safe\b|\bautoescape\s+false\b"),
}
UNESCAPED_ON_PURPOSE = frozenset({"chat"})
"""Folders whose templates include HTML that was made and cleaned in Python."""


@pytest.mark.parametrize("kind", INLINE)
def test_templates_hold_nothing_inline(kind: str) -> None:
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if kind == "an unescaped value" and path.relative_to(TEMPLATES).parts[0] in UNESCAPED_ON_PURPOSE:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()[:80]}" for match in INLINE[kind].finditer(text)]
    assert found == []


def test_scripts_of_our_own_evaluate_no_text() -> None:
    evaluating = re.compile(r"\beval\s*\(|new Function\b|\.innerHTML\s*=|insertAdjacentHTML|document\.write")
    scripts = sorted((ROOT / "static" / "js").rglob("*.js"))
    assert [path.name for path in scripts if evaluating.search(path.read_text(encoding="utf-8"))] == []


def test_partials_name_their_inputs_at_their_top() -> None:
    partials = sorted(TEMPLATES.rglob("_*.html"))
    assert [path.name for path in partials if not path.read_text(encoding="utf-8").lstrip().startswith("{#")] == []
