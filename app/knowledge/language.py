"""Tell which of the languages a text is written in."""

import re

from app.data import words

UZBEK_LETTERS = re.compile(rf"[og][{words.APOSTROPHES}]|[ўқғҳ]", re.IGNORECASE)
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LATIN = re.compile(r"[a-z]", re.IGNORECASE)
ENGLISH = """
the of by in is are was what how much many which who our we for and show me top last this do does did from at on with per
each month week year day quarter revenue sales branch branches orders customers products list best today yesterday to it
you can hello hi help about have has total average by all stock profit price employees payments overdue
"""
UZBEK = """
va bu shu qancha nechta qaysi qanday eng boyicha uchun oy oyda yil hafta kun bugun kecha otgan kim nima bor kop koproq tushum
savdo filial filiallar mijoz mijozlar mahsulot mahsulotlar buyurtma buyurtmalar chek tolov tolovlar jami ham har bir salom
korsat bizda kerak oylik ombor xodimlar qarz foyda narx chi esa ber ayt nima yordam
utgan kancha buyicha kaysi bilan kesim kategoriya solishtir avgust umumiy umuman faqat
"""
RUSSIAN_TOO = frozenset(("chek", "avgust", "kategoriya", "filial", "kim", "bor", "har", "ham", "chi", "ber", "tolov"))
"""Uzbek words that are Russian ones, or names, when they are written in Cyrillic."""
ENGLISH_WORDS, UZBEK_WORDS = frozenset(ENGLISH.split()), frozenset(UZBEK.split())


def language(text: str) -> str | None:
    """Return `en`, `ru` or `uz`; None where the words do not tell."""
    if UZBEK_LETTERS.search(text):
        return "uz"
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    spoken = [token.text for token in words.tokens(text)]
    if cyrillic > latin:
        stems = {stem for word in spoken for stem in words.uzbek_stems(words.latin(word))}
        return "ru" if stems.isdisjoint(UZBEK_WORDS - RUSSIAN_TOO) else "uz"
    english = sum(word in ENGLISH_WORDS for word in spoken)
    uzbek = sum(any(stem in UZBEK_WORDS for stem in words.uzbek_stems(word)) and word not in ENGLISH_WORDS for word in spoken)
    if english == uzbek:
        return "ru" if cyrillic and not english else None
    return "en" if english > uzbek else "uz"
