"""What models are told, as Jinja texts: each declares its variables in its first line and is compiled once.

What stays the same comes first in them and what changes by the day last, so that providers find the beginning in their caches.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
import msgspec
from jinja2 import meta

FOLDER = Path(__file__).parent / "prompts"
DECLARATION = re.compile(r"\{# Given: (.+?) #\}")
_environment = jinja2.Environment(
    autoescape=jinja2.select_autoescape((), default_for_string=False), undefined=jinja2.StrictUndefined
)


class PromptError(Exception):
    """A prompt does not use what it declares, or is not given it."""


class Prompt(msgspec.Struct, frozen=True):
    """A compiled prompt and the names of the variables that it declares."""

    name: str
    template: jinja2.Template
    declared: frozenset[str]

    def written(self, values: Mapping[str, str]) -> str:
        """Return the text with its variables filled in; raises `PromptError` where these are not the declared ones."""
        if values.keys() != self.declared:
            raise PromptError(f"{self.name} is given {sorted(values)} and declares {sorted(self.declared)}")
        return self.template.render(values).strip()


def written(name: str, **values: str) -> str:
    """Return a prompt of the folder with its variables filled in; raises `PromptError`."""
    return _in_folder(name).written(values)


@cache
def _in_folder(name: str) -> Prompt:
    return compiled(name, (FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def compiled(name: str, source: str) -> Prompt:
    """Return a prompt that is written in `source`; raises `PromptError` where it does not use what it declares."""
    declaration = DECLARATION.match(source)
    names = declaration[1] if declaration else "nothing"
    declared = frozenset() if names == "nothing" else frozenset(names.split(", "))
    try:
        used = meta.find_undeclared_variables(_environment.parse(source))
    except jinja2.TemplateSyntaxError as error:
        raise PromptError(f"{name} is no template: {error.message} (line {error.lineno} of the text)") from error
    if declared != used:
        raise PromptError(f"{name} does not use the variables that it declares")
    return Prompt(name, _environment.from_string(source), declared)
