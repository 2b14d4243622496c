"""What models are told, as Jinja files: each declares its variables in its first line and is compiled once.

What stays the same comes first in them and what changes by the day last, so that providers find the beginning in their caches.
"""

import re
from functools import cache
from pathlib import Path

import jinja2
from jinja2 import meta

FOLDER = Path(__file__).parent / "prompts"
DECLARATION = re.compile(r"\{# Given: (.+?) #\}")
_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=jinja2.select_autoescape(()), undefined=jinja2.StrictUndefined
)


class PromptError(Exception):
    """A prompt does not use what it declares, or is not given it."""


def written(name: str, **values: str) -> str:
    """Return a prompt with its variables filled in; raises `PromptError` where these are not the declared ones."""
    template, declared = _compiled(name)
    if values.keys() != declared:
        raise PromptError(f"{name} is given {sorted(values)} and declares {sorted(declared)}")
    return template.render(values).strip()


@cache
def _compiled(name: str) -> tuple[jinja2.Template, frozenset[str]]:
    source = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    declaration = DECLARATION.match(source)
    names = declaration[1] if declaration else "nothing"
    declared = frozenset() if names == "nothing" else frozenset(names.split(", "))
    if declared != meta.find_undeclared_variables(_environment.parse(source)):
        raise PromptError(f"{name} does not use the variables that it declares")
    return _environment.get_template(f"{name}.md"), declared
