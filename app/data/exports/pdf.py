"""Typeset a document. All text comes as data: the template never takes any of it for markup."""

from pathlib import Path

import typst

from app.data.exports.messages import DocumentWork, Written

TEMPLATE = Path(__file__).parent / "document.typ"


def write(work: DocumentWork) -> Written:
    """Write a tagged PDF (PDF/UA-1)."""
    typst.compile(
        str(TEMPLATE), output=work.path, ignore_system_fonts=True, sys_inputs={"data": work.document}, pdf_standards=["ua-1"]
    )
    return Written()
