"""Numbers in prose that claim nothing about figures: dates, times, ordinals, addresses and what only names something."""

import re
from collections.abc import Iterator

EN = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
RU = (
    "январ[ьяюе]|феврал[ьяюе]|март[ауе]?|апрел[ьяюе]|ма[йяюе]|июн[ьяюе]|июл[ьяюе]|август[ауе]?|сентябр[ьяюе]|октябр[ьяюе]|"
    "ноябр[ьяюе]|декабр[ьяюе]|июн|июл|янв|февр?|мар|апр|авг|сент?|окт|нояб?|дек|(?:январ|феврал|март|апрел|ма|июн|июл|август|"
    "сентябр|октябр|ноябр|декабр)(?:ём|ем|ом)"
)
UZ = (
    "(?:yanvar|fevral|mart|aprel|may|iyun|iyul|avgust|sentabr|sentyabr|oktabr|oktyabr|noyabr|dekabr)"
    "(?:ning|ga|da|dan|gacha)?|yan|fev|iyn|iyl|avg|sen|okt|noy|dek"
)
MONTH = rf"(?<![^\W\d_])(?:{EN}|{RU}|{UZ})(?![^\W\d_])\.?"
YEAR = r"(?:19|20)\d\d(?!\d)"
GAP = r"[\s\u00a0\u202f]"
DASH = rf"{GAP}?[-–—]{GAP}?"
DAY = rf"(?<![\d.,])\d{{1,2}}(?:st|nd|rd|th)?(?:{DASH}\d{{1,2}}(?:st|nd|rd|th)?)?(?![\d%])(?![.,]\d)(?!{GAP}\d{{3}}(?!\d))"
YEAR_WORD = r"(?:г\.|гг\.|год[а-я]*|г(?!\w)|гг(?!\w)|yil\w*|йил\w*)"
PATTERNS = (
    rf"{MONTH},?{GAP}+{YEAR}",
    rf"{MONTH}{GAP}+{DAY}(?:,?{GAP}+{YEAR})?",
    rf"{DAY}(?:{GAP}|-)+(?:of{GAP})?{MONTH}(?:,?{GAP}+{YEAR})?",
    rf"{YEAR}{DASH}{YEAR}(?:{GAP}?{YEAR_WORD})?",
    rf"(?<!\d){YEAR}(?:{GAP}|-)?{YEAR_WORD}(?:{GAP}+{DAY})?",
    rf"(?:year|год[а-я]*|fy){GAP}?{YEAR}",
    rf"(?<!\w)[qQ][1-4](?:{GAP}|[-,’'])*(?:{YEAR})?",
    r"(?<!\d)\d{4}-(?:q[1-4]|w\d\d|\d\d(?:-\d\d)?)(?!\d)",
    r"(?<![\d.,])\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)(?!\d)",
    r"(?<!\d)(?:0?[1-9]|1[0-2])/(?:19|20)\d\d(?!\d)",
    r"(?<!\d)\d{1,2}:\d\d(?::\d\d)?(?!\d)",
    rf"(?:week|неделя|hafta){GAP}\d{{1,2}}(?!\d)(?:,?{GAP}(?:of{GAP})?{YEAR})?",
    rf"(?<!\d)\d{{1,2}}{GAP}?(?:квартал\w*|кв\.|chorak\w*)",
    r"\b(?:https?://|www\.)\S+",
    r"[\w.+-]{1,64}@[\w.-]{1,255}",
    r"\+\d[\d\s()-]{7,}\d",
    r"(?<!\w)\d+(?:\.\d+){3,}(?!\w)",
    r"\(\d\)",
    rf"(?:#|№|\bno\.|\bn°|\bid\b:?){GAP}?\d[\w-]*",
    r"(?<!\d)\d{1,4}(?:st|nd|rd|th)\b",
)
NOT_FIGURES = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS), re.IGNORECASE)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where numbers stand that claim nothing."""
    for found in NOT_FIGURES.finditer(text):
        yield found.span()
