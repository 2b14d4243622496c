"""A document can be written of whatever Markdown a model answers with, and nothing of it is lost."""

from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest

from app.data.exports import pdf
from app.data.exports.messages import DocumentWork
from app.data.exports.rich_text import blocks


def written(folder: Path, *answers: str, question: str = "How much?") -> pypdf.PdfReader:
    """Write a document of answers and open it."""
    turns: list[dict[str, Any]] = [
        {"question": question, "blocks": blocks(answer), "note": "", "exhibits": []} for answer in answers
    ]
    around = {"cut": "", "lang": "en", "title": "A chat", "subtitle": "by us", "footer": "A chat", "link": "", "link-label": ""}
    document = msgspec.json.encode({**around, "turns": turns, "receipts": [], "receipt-heading": "Where from"})
    path = folder / "chat.pdf"
    pdf.write(DocumentWork(str(path), document.decode()))
    return pypdf.PdfReader(path)


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def is_accessible(reader: pypdf.PdfReader) -> bool:
    return reader.xmp_metadata is not None and b"pdfuaid" in reader.xmp_metadata.stream.get_data()


@pytest.mark.parametrize("question", ["How much?", ""])
@pytest.mark.parametrize("marks", ["#", "##", "###", "######"])
def test_an_answer_begins_with_a_heading_of_any_level(tmp_path: Path, marks: str, question: str) -> None:
    reader = written(tmp_path, f"{marks} Revenue\n\nIt grew.", f"#### Deep\n\n{marks} Again\n\nIt fell.", question=question)
    assert is_accessible(reader)
    assert all(word in text_of(reader) for word in ("Revenue", "It grew.", "Deep", "Again", "It fell."))


def test_headings_leave_levels_out(tmp_path: Path) -> None:
    assert is_accessible(written(tmp_path, "# One\n\n#### Four\n\n## Two\n\n###### Six"))


def test_lists_inside_lists_keep_every_text(tmp_path: Path) -> None:
    answer = "3. North\n   - Toshkent\n     - Chilonzor\n4. South\n\n   more of it\n\n   ```\n   code\n   ```\n"
    found = text_of(written(tmp_path, answer))
    assert all(word in found for word in ("3. North", "Toshkent", "Chilonzor", "4. South", "more of it", "code"))


def test_a_table_and_a_heading_stand_inside_a_list(tmp_path: Path) -> None:
    reader = written(tmp_path, "- ## Branches\n\n  | name | sum |\n  |---|--:|\n  | Buxoro | 5003 |\n\n- after")
    assert is_accessible(reader)
    assert all(word in text_of(reader) for word in ("Branches", "Buxoro", "5003", "after"))


def test_signs_without_a_letter_in_the_fonts_become_plainer_ones(tmp_path: Path) -> None:
    reader = written(tmp_path, "## 📊 Figures\n\n✅ paid, ⚠️ late, 👍🏽 1️⃣\x00 \x1b[0m")
    assert is_accessible(reader)
    assert "Figures ✓ paid, ⚠ late, 1" in text_of(reader)
    assert (len(reader.pages), "Where from" in text_of(reader)) == (1, False)


def test_a_script_that_no_font_has_still_gives_a_document(tmp_path: Path) -> None:
    assert "Customer" in text_of(written(tmp_path, "Customer 上海贸易有限公司 paid."))
