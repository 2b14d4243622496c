"""Every text is in every catalogue, translated, with its placeholders: nothing missing, fuzzy or stale."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.servers import ROOT

LOCALES = ("en", "ru", "uz")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
WRONG_APOSTROPHE = re.compile(r"[oOgG]['’‘`ʼ]|[a-zA-Z]['’‘`][a-zA-Z]")


@pytest.fixture(scope="session")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the code and the templates say now, collected as `make catalogues` does it."""
    target = tmp_path_factory.mktemp("catalogue") / "messages.pot"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    options = re.search(r"^EXTRACT := (.*)$", makefile, re.MULTILINE)
    assert options
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options[1].split()]
    command += ["--mapping=locales/babel.cfg", f"--output={target}", "app", "templates"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return read(target)


@pytest.fixture(params=LOCALES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read(ROOT / "locales" / request.param / "LC_MESSAGES" / "messages.po", request.param)


def test_the_catalogue_has_exactly_what_the_product_says(catalogue: Catalog, extracted: Catalog) -> None:
    wanted, found = ids(extracted), ids(catalogue)
    assert sorted(wanted - found) == [], "missing: run `make catalogues` and translate"
    assert sorted(found - wanted) == [], "stale: run `make catalogues`"
    assert not catalogue.obsolete


def test_every_message_is_translated_in_every_plural_form(catalogue: Catalog) -> None:
    untranslated = [message.id for message in catalogue if message.id and (message.fuzzy or not all(forms(message)))]
    assert untranslated == []
    short = [message.id for message in catalogue if message.pluralizable and len(message.string) != catalogue.num_plurals]
    assert short == []


def test_placeholders_survive_translation(catalogue: Catalog) -> None:
    broken = []
    for message in catalogue:
        known = set(PLACEHOLDER.findall(" ".join(message.id if isinstance(message.id, tuple) else (message.id,))))
        for form in forms(message) if message.id else ():
            names = set(PLACEHOLDER.findall(form))
            # A singular may spell its number out; nothing else may be left out or made up.
            if names - known or (not message.pluralizable and known - names):
                broken.append((message.id, form))
    assert broken == []


def test_english_says_what_the_code_says() -> None:
    english = read(ROOT / "locales" / "en" / "LC_MESSAGES" / "messages.po", "en")
    assert [message.id for message in english if message.id and forms(message) != originals(message)] == []


def test_uzbek_is_written_with_its_own_letters() -> None:
    uzbek = read(ROOT / "locales" / "uz" / "LC_MESSAGES" / "messages.po", "uz")
    assert [form for message in uzbek if message.id for form in forms(message) if WRONG_APOSTROPHE.search(form)] == []


def read(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def ids(catalogue: Catalog) -> set[tuple[str, ...]]:
    counted = Counter(originals(message) for message in catalogue if message.id)
    assert not [key for key, count in counted.items() if count > 1]
    return set(counted)


def originals(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string,)
