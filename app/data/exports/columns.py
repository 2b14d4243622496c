"""A result's columns as a spreadsheet has them: headings in the reader's language, number formats as the locale writes."""

import re

from babel import numbers

from app.data.exports.messages import SheetColumn
from app.data.results import Column
from app.web.formats import Formats

DATES = {"en": "mmm d, yyyy", "ru": "dd.mm.yyyy", "uz": "dd.mm.yyyy"}
"""Excel writes the names of months in the language of whoever opens the file."""
OTHERS = {"month": "mmm yyyy", "duration": "[h]:mm:ss"}
IDENTIFIER = re.compile(r"(?:^|_)(?:id|code|year|no|number)$", re.IGNORECASE)


def sheet_column(column: Column, formats: Formats) -> SheetColumn:
    """Return a column for a file in the language of `formats`."""
    measure = formats.measure(column)
    heading = f"{formats.label(column)}, {measure}" if measure and not column.currency else formats.label(column)
    return SheetColumn(heading, column.type, _number_format(column, formats))


def _number_format(column: Column, formats: Formats) -> str:
    match column.type:
        case "integer" | "decimal" if column.currency:
            return _money(column.currency, "#,##0.00" if column.type == "decimal" else "#,##0", formats)
        case "integer":
            return "0" if IDENTIFIER.search(column.name) else "#,##0"
        case "decimal":
            return "#,##0.00##"
        case "date":
            return DATES[str(formats.locale)]
        case "datetime":
            return f"{DATES[str(formats.locale)]} hh:mm"
        case _:
            return OTHERS.get(column.type, "")


def _money(currency: str, figures: str, formats: Formats) -> str:
    """Put the currency where the language has it."""
    written = numbers.format_currency(1, currency, locale=formats.locale, decimal_quantization=False)
    before, _, after = written.replace('"', "").partition("1")
    after = after.lstrip("0.,")
    return (f'"{before}"' if before else "") + figures + (f'"{after}"' if after else "")
