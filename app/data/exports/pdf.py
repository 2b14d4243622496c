"""Typeset a document. All text comes as data: the template never takes any of it for markup."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import typst

from app.data.exports.messages import DocumentWork, Written

LONGEST_WORD = 2000
ENDLESS = re.compile(rf"(\S{{{LONGEST_WORD}}})\S+")
"""What finds no place to break a line; the typesetter fails at 64 kB of it."""
TEMPLATE = Path(__file__).parent / "document.typ"


def write(work: DocumentWork) -> Written:
    """Write a tagged PDF (PDF/UA-1)."""
    document = _bounded(msgspec.json.decode(work.document))
    charted = [shown for turn in document["turns"] for shown in turn["exhibits"] if shown["chart"]]
    fonts: list[str] = _draw(charted, Path(work.path).parent) if charted else []
    typst.compile(
        str(TEMPLATE),
        output=work.path,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(document).decode()},
        pdf_standards=["ua-1"],
    )
    return Written()


def _bounded(value: Any) -> Any:
    """Return what is to be typeset with endless words cut."""
    match value:
        case str():
            return ENDLESS.sub(r"\1…", value) if len(value) > LONGEST_WORD else value
        case list():
            return [_bounded(each) for each in value]
        case dict():
            return {key: _bounded(each) for key, each in value.items()}
    return value


def _draw(charted: list[dict[str, Any]], folder: Path) -> list[str]:
    """Put pictures in the place of charts, or the sentence that a table stands for one; returns where their fonts are."""
    os.environ["MPLCONFIGDIR"] = str(folder)  # The library remembers in a file which fonts it found.
    from app.data.exports.drawing import chart  # noqa: PLC0415 - only for documents with charts

    for shown in charted:
        described: Mapping[str, Any] = shown["chart"]
        try:
            shown["chart"] = {"svg": chart.svg(described), "alt": described["alt"]}
        except (ValueError, ArithmeticError):
            shown["chart"], shown["told"] = None, [described["as_table"]]
    return [chart.FONTS]
