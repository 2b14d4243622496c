"""Typeset a document. All text comes as data: the template never takes any of it for markup."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import typst

from app.data.exports.messages import DocumentWork, Written

LONGEST_WORD = 2000
ENDLESS = re.compile(rf"(\S{{{LONGEST_WORD}}})\S+")
"""What finds no place to break a line; the typesetter fails at 64 kB of it."""
DEEPEST = 6
DRAWN_AS = {
    "✓": "✅✔☑", "✗": "❌✖❎", "★": "⭐🌟", "●": "🔴🟠🟡🟢🔵🟣⚫⚪",
    "↑": "📈⬆🔼", "↓": "📉⬇🔽", "→": "➡", "←": "⬅", "!": "❗❕", "?": "❓❔",
}  # fmt: skip
"""Signs of the fonts, each with those that are drawn as it."""
DRAWN = str.maketrans({sign: plain for plain, signs in DRAWN_AS.items() for sign in signs})
NO_SIGN = "[\U0001f000-\U0001faff\ufe0e\ufe0f\u200d\u20e3\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
UNDRAWN = re.compile(rf"(?<!\S){NO_SIGN}+ |{NO_SIGN}")
"""Pictures that no font has, what joins them, and control characters; between spaces one of these goes too."""
TEMPLATE = Path(__file__).parent / "document.typ"


def write(work: DocumentWork) -> Written:
    """Write a tagged PDF: PDF/UA-1 where the fonts have every letter, else one with a box for each that they lack."""
    document = _printable(msgspec.json.decode(work.document))
    for turn in document["turns"]:
        _put_in_steps(turn)
    folder, exhibits = Path(work.path).parent, [shown for turn in document["turns"] for shown in turn["exhibits"]]
    charted = [shown for shown in exhibits if shown["chart"]]
    fonts: list[str] = _draw(charted, folder) if charted else []
    _leave_out([shown for shown in exhibits if shown["picture"]], folder)
    try:
        _typeset(work.path, document, fonts, ["ua-1"])
    except typst.TypstError:
        _typeset(work.path, document, fonts, [])
    return Written()


def _typeset(path: str, document: dict[str, Any], fonts: list[str], standards: list[Any]) -> None:
    data = {"data": msgspec.json.encode(document).decode()}
    # Only what stands beside the template can be put into a document, so it stands beside the pictures.
    template = shutil.copy(TEMPLATE, Path(path).with_name(TEMPLATE.name))
    typst.compile(
        str(template), output=path, font_paths=fonts, ignore_system_fonts=True, sys_inputs=data, pdf_standards=standards
    )


def _printable(value: Any) -> Any:
    """Return what is to be typeset with endless words cut and signs that can be drawn."""
    match value:
        case str():
            text = UNDRAWN.sub("", value.translate(DRAWN)) if not value.isascii() or not value.isprintable() else value
            return ENDLESS.sub(r"\1…", text) if len(text) > LONGEST_WORD else text
        case list():
            return [_printable(each) for each in value]
        case dict():
            return {key: _printable(each) for key, each in value.items()}
    return value


def _leave_out(pictured: list[dict[str, Any]], folder: Path) -> None:
    """Say so in the place of pictures that are not kept any more."""
    for shown in pictured:
        if not (folder / shown["picture"]["name"]).exists():
            shown["told"], shown["picture"] = [shown["picture"]["left_out"]], None


def _put_in_steps(turn: dict[str, Any]) -> None:
    """Let the headings of an answer begin one level below what stands above it, and none leave a level out."""
    level = 2 if turn["question"] else 1
    headings = [block for block in turn["blocks"] if block["kind"] == "heading"]
    lower = level + 1 - min((heading["level"] for heading in headings), default=0)
    for heading in headings:
        heading["level"] = level = min(heading["level"] + lower, level + 1, DEEPEST)


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
