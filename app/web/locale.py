"""The reader's language: message catalogues, and choosing one of en, ru and uz for a request.

Messages are marked where they are written: `_("…")` and `ngettext("…", "…", n)` of a `Translator`, in templates the
same names and `{% trans %}`, `N_("…")` where the reader is not known yet. Placeholders are named: `%(name)s`.
"""

import functools
import gettext
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from app.errors import BiChatError

Locale = Literal["en", "ru", "uz"]
LOCALES: tuple[str, ...] = get_args(Locale)
COOKIE = "locale"
FOLDER = Path(__file__).parents[2] / "locales"


class Translator:
    """The catalogue of one language. Without a translation the English msgid speaks."""

    def __init__(self, locale: str, folder: Path = FOLDER) -> None:
        self.locale = locale
        self.catalogue = _load(folder / locale / "LC_MESSAGES")

    def gettext(self, message: str, **values: object) -> str:
        """Return the message in this language, with its named placeholders filled when there are `values`."""
        translated = self.catalogue.gettext(message) if message else ""
        return translated % values if values else translated

    def ngettext(self, singular: str, plural: str, n: int, **values: object) -> str:
        """Return the form that goes with `n`, filled with `values` and `n` itself as `%(n)s` or `%(num)s`."""
        return self.catalogue.ngettext(singular, plural, n) % {"n": n, "num": n, **values}

    def sentence(self, error: BiChatError) -> str:
        """Return what an error says to people in this language."""
        return self.gettext(error.message, **error.values)


@functools.cache
def translator(locale: str) -> Translator:
    """Return the translator of a language, loaded once."""
    return Translator(locale)


def supported(locale: str | None) -> str | None:
    """Return the locale when it is one of ours."""
    return locale if locale in LOCALES else None


def negotiated(cookies: Mapping[str, str], accept_language: str) -> str | None:
    """Return what the browser asks for: the cookie set before sign-in, else the best of `Accept-Language` (RFC 9110, 12.5.4)."""
    return supported(cookies.get(COOKIE)) or _best(accept_language)


@functools.lru_cache(maxsize=256)
def _best(accept_language: str) -> str | None:
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, parameter = part.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        weight = _weight(value) if name.strip() == "q" else 1.0
        locale = supported(tag.strip().lower().partition("-")[0])
        if locale and weight > 0:
            ranked.append((-weight, position, locale))
    return min(ranked)[2] if ranked else None


def _weight(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _load(folder: Path) -> gettext.NullTranslations:
    source, compiled = folder / "messages.po", folder / "messages.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not source.exists():
        return gettext.NullTranslations()
    return _compile(source)


def _compile(source: Path) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - only where catalogues were not compiled beforehand
    from babel.messages.pofile import read_po  # noqa: PLC0415 - only where catalogues were not compiled beforehand

    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=source.parent.parent.name))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
