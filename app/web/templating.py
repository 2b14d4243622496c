"""Templates: one Jinja environment a language, so that texts and formats need no looking up while rendering.

An environment is made when its language is first read; the languages share the compiled code.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.bccache import Bucket
from markupsafe import Markup

from app.web.column_types import FIGURES
from app.web.formats import ColumnLike, Formats
from app.web.freshness import seldom
from app.web.locale import translator

FOLDER = Path(__file__).parents[2] / "templates"
INSTALL = "install_gettext_callables"
"""A method that the i18n extension adds to an environment, unknown to type checkers."""
TEXTS = 4096
"""Translated texts that are kept a language; all of the catalogue fits."""


class Templates:
    """All templates in all languages; `static` makes the URL of a static file."""

    def __init__(self, static: Callable[[str], str], *, folder: Path = FOLDER, fresh: bool = False) -> None:
        self._make = functools.partial(_environment, folder=folder, compiled=SharedBytecode(), static=static, fresh=fresh)
        self._environments: dict[str, Environment] = {}

    def render(self, locale: str, name: str, **values: Any) -> str:
        """Render the template `name`, such as `chat/_turn.html`; a value that it needs and misses is an error."""
        return self.template(locale, name).render(values, locale=locale)

    def template(self, locale: str, name: str) -> Template:
        """Return the compiled template, for rendering the same partial many times."""
        environment = self._environments.get(locale)
        if environment is None:
            environment = self._environments[locale] = self._make(locale)
        return environment.get_template(name)

    def block(self, locale: str, name: str, block: str, **values: Any) -> str:
        """Render one `{% block %}` of a template on its own."""
        template = self.template(locale, name)
        return "".join(template.blocks[block](template.new_context({**values, "locale": locale})))


class SharedBytecode(BytecodeCache):
    """Compiled templates in memory: the three languages run the same code, so two of them need not compile it."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what another environment compiled from the same source."""
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


class _Loader(FileSystemLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        return source, path, seldom(is_current)


def _environment(
    locale: str, *, folder: Path, compiled: SharedBytecode, static: Callable[[str], str], fresh: bool
) -> Environment:
    environment = Environment(
        loader=_Loader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled,
        auto_reload=fresh,
        cache_size=-1,
    )
    cast("dict[str, Any]", environment.tests)["figures"] = _holds_figures
    texts = translator(locale)
    install: Callable[..., None] = getattr(environment, INSTALL)
    install(texts.catalogue.gettext, texts.catalogue.ngettext, newstyle=True)
    environment.filters.update({name: _at_render(write) for name, write in Formats(locale).filters().items()})
    gettext = _gettext(texts.catalogue.gettext)
    cast("dict[str, Any]", environment.globals).update({"static": static, "gettext": gettext, "_": gettext})
    return environment


def _holds_figures(column: ColumnLike) -> bool:
    """Tell whether a column holds numbers, which stand at the right."""
    return column.type in FIGURES


def _gettext(translate: Callable[[str], str]) -> Callable[..., Markup]:
    """Return Jinja's newstyle gettext for environments that always escape; a page asks for the same hundred texts each time."""

    @functools.lru_cache(TEXTS)
    def text(message: str) -> Markup:
        return Markup(translate(message))  # noqa: S704 - catalogues are part of the program

    def gettext(message: str, /, **variables: Any) -> Markup:
        return text(message) % variables

    return gettext


def _at_render(write: Callable[..., str]) -> Callable[..., str]:
    """Keep Jinja from working a filter out while compiling, since the languages share the code."""

    @pass_context
    @functools.wraps(write)
    def filtered(_context: object, *arguments: Any, **options: Any) -> str:
        return write(*arguments, **options)

    return filtered
