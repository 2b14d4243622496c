"""Each kind of chart in a document: drawn by the writing process, with its words as text that can be read and searched."""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pypdf
import pytest

from app.data.charts.spec import ChartSpec, ChartType
from app.data.exports.messages import DocumentWork
from app.data.exports.pictures import picture
from app.data.exports.process import writing
from app.data.results import Column
from tests.data.charts.results import BRANCHES, COLUMNS, HOSTILE, ROWS, stored
from tests.data.charts.test_options import EVERY

KINDS: tuple[ChartType, ...] = get_args(ChartType)
PLACES = {"en": "Jan 2026", "ru": "янв. 2026", "uz": "yan, 2026"}
MEASURES = {"en": "Revenue, UZS", "ru": "Выручка, сум", "uz": "Tushum, soʻm"}
Charts = dict[str, dict[str, Any]]


async def typeset(folder: Path, charts: Charts, locale: str = "en", columns: Any = COLUMNS, rows: Any = None) -> pypdf.PdfReader:
    """Return the document in which each chart stands below its name."""
    exhibits = []
    for name, spec in charts.items():
        drawn, told = picture(ChartSpec(**spec), *stored(columns, rows), locale)
        nothing: dict[str, Sequence[str]] = {"heads": [], "figures": [], "rows": []}
        exhibits.append({"title": f"§{name}§", "chart": drawn, "picture": None, "told": told, "note": "", **nothing})
    turn = {"question": "Charts", "blocks": [], "note": "", "exhibits": exhibits}
    document = {
        "cut": "", "lang": locale, "title": "Charts", "subtitle": "", "footer": "", "turns": [turn], "receipts": [],
        "receipt-heading": "Receipt", "link": "", "link-label": "",
    }  # fmt: skip
    path = folder / "charts.pdf"
    async with writing(DocumentWork(str(path), msgspec.json.encode(document).decode())) as process:
        await process.written()
    return pypdf.PdfReader(io.BytesIO(path.read_bytes()))


def texts(document: pypdf.PdfReader) -> dict[str, str]:
    """Return the text of each chart by its name."""
    whole = "".join(page.extract_text() for page in document.pages).replace("\u00a0", " ")
    _, *parts = whole.split("§")
    return dict(zip(parts[::2], parts[1::2], strict=True))


def alternatives(document: pypdf.PdfReader) -> list[str]:
    """Return what is told of the pictures to those who do not see them."""
    return list(_alternatives(document.trailer["/Root"]["/StructTreeRoot"]))


def _alternatives(node: Any) -> Iterator[str]:
    node = node.get_object()
    if not isinstance(node, dict):
        return
    if "/Alt" in node:
        yield str(node["/Alt"])
    below = node.get("/K", [])
    for each in below if isinstance(below, list) else [below]:
        yield from _alternatives(each)


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
async def test_every_kind_is_drawn_with_its_words_in_the_readers_language(tmp_path: Path, locale: str) -> None:
    document = await typeset(tmp_path, {kind: {"type": kind, **EVERY[kind]} for kind in KINDS}, locale)
    told = texts(document)
    assert list(told) == list(KINDS)
    assert len(alternatives(document)) == len(KINDS)
    for kind, text in told.items():
        assert MEASURES[locale] in text, kind
        assert kind == "bubble" or BRANCHES[0] in text, kind
        assert "month" not in EVERY[kind].values() or PLACES[locale] in text, kind
    assert all(MEASURES[locale].partition(",")[0] in alternative for alternative in alternatives(document))


async def test_scales_legends_and_figures_are_those_of_the_page(tmp_path: Path) -> None:
    apart = [[f"2026-{month:02}", "A", Decimal(10) ** month, *ROWS[0][3:]] for month in range(1, 6)]
    both = {"type": "bar", "x": "month", "y": ("revenue", "orders")}
    told = texts(
        await typeset(
            tmp_path,
            {
                "two units": both,
                "lying": {**both, "y": ("cost",), "series": "branch", "horizontal": True, "stacked": True},
                "log": {"type": "line", "x": "month", "y": ("revenue",)},
            },
            rows=[*apart],
        )
    )
    assert all(word in told["two units"] for word in ("Revenue, UZS", "orders", "100 k"))
    assert "-800" in told["lying"]
    assert "Revenue, UZS (logarithmic scale)" in told["log"]
    assert all(tick in told["log"] for tick in ("100", "1,000", "10 k", "100 k"))


async def test_labels_are_texts_whatever_they_look_like(tmp_path: Path) -> None:
    columns = (Column("$f_1$", "text"), Column("_group", "text"), Column("\\alpha", "integer"))
    names = ["$x^2$", "_hidden", HOSTILE, "#strong[x]", "Qoʻqon\x00\x1b&amp;", "商店 🛒"]
    rows = [[name, name[:8], place + 1] for place, name in enumerate(names)]
    spec = {"x": "$f_1$", "y": ("\\alpha",)}
    grouped = {kind: {"type": kind, **spec, "series": "_group"} for kind in ("bar", "heatmap", "radar", "treemap")}
    shares = {kind: {"type": kind, **spec} for kind in ("pie", "radial_bar", "line")}
    told = texts(await typeset(tmp_path, {**grouped, **shares}, columns=columns, rows=rows))
    for kind in (*grouped, *shares):
        assert all(text in told[kind] for text in ("$x^2$", "_hidden", "Qoʻqon")), (kind, told[kind])
        assert all(text in told[kind] for text in ("\\alpha",)), (kind, told[kind])


async def test_what_there_is_no_room_for_is_shortened_and_said(tmp_path: Path) -> None:
    columns = (Column("shop", "text"), Column("amount", "integer"))
    rows = [[f"Shop {number} of the very long street beside the old bazaar", number] for number in range(1, 401)]
    charts: Charts = {kind: {"type": kind, "x": "shop", "y": ("amount",)} for kind in ("bar", "line", "treemap", "pie")}
    told = texts(await typeset(tmp_path, charts, columns=columns, rows=rows))
    assert "The first 40 of 400 categories are drawn." in told["bar"]
    assert "Shop 1 of the ver…" in told["bar"]
    assert "bazaar" not in "".join(told.values())
    assert "Pie chart: shown here as a table." in told["pie"]


async def test_a_chart_that_cannot_be_drawn_leaves_the_document_whole(tmp_path: Path) -> None:
    columns = (Column("shop", "text"), Column("amount", "integer"))
    spec = {"type": "bar", "x": "shop", "y": ("amount",)}
    told = texts(await typeset(tmp_path, {"huge": spec}, columns=columns, rows=[["A", 10**400], ["B", 1]]))
    assert "Bar chart: shown here as a table." in told["huge"]
