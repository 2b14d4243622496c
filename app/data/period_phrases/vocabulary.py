"""The words that periods are named with in English, Russian and Uzbek. Months and weekdays come from CLDR."""

import functools
import re
from collections.abc import Iterable, Iterator

import msgspec
from babel import Locale
from rapidfuzz.distance import OSA

from app.data import words

UNITS = {
    "day": "day days день дня дней дни днем сутки суток kun",
    "week": "week weeks wk неделя недели неделе неделю недель неделей неделям hafta xafta",
    "month": "month months мес месяц месяца месяце месяцев месяцу месяцем oy",
    "quarter": "quarter quarters qtr кв квартал квартала квартале кварталов кварталу кварталом chorak kvartal",
    "half": "half halfyear полугодие полугодия полугодии полугодий полугодию полгода половина "
    "половине половину половины yarim yarmi",
    "year": "year years yr год года году годом годе лет yil",
}
PARTS = {
    "this": "this current present этот эта это этом этой эту этого тек текущий текущая текущее текущем текущей текущую текущего "
    "нынешний нынешнем нынешней нынешнего bu shu joriy hozirgi ushbu mazkur",
    "last": "last past прошл прошлый прошлая прошлое прошлом прошлой прошлую прошлого прошлые прошлых минувший минувшем минувшей "
    "минувшую минувшего прошедший прошедшем прошедшую прошедшей прошедшие otgan otkan utgan",
    "next": "next following upcoming следующий следующая следующее следующем следующей следующую следующего будущий будущем "
    "будущей будущую ближайший ближайшем ближайшей ближайшую keyingi kelgusi kelasi",
    "before_last": "позапрошлый позапрошлая позапрошлое позапрошлом позапрошлой позапрошлую позапрошлого",
    "before": "before",
    "same": "same тот том того той ту же",
    "ago": "ago назад тому oldin avval ilgari",
    "until": "until till до gacha qadar",
    "day_number": "числа число числу",
    "previous": "previous prior preceding предыдущий предыдущая предыдущее предыдущем предыдущей предыдущую предыдущего "
    "предыдущие предыдущих oldingi avvalgi",
    "recent": "latest recent последний последняя последнее последнем последней последнюю последние последних songgi oxirgi",
    "today": "today сегодня сегодняшний bugun bugungi",
    "yesterday": "yesterday вчера вчерашний kecha kechagi",
    "ereyesterday": "позавчера",
    "from": "from",
    "with": "с со",
    "since": "since starting начиная beri buyon",
    "to": "to till until through thru по до gacha qadar",
    "between": "between между",
    "and": "and и va",
    "beginning": "beginning start начало начала boshi",
    "date": "date",
    "all": "all entire whole все весь всего всю butun barcha hamma",
    "time": "time время времени период vaqt davr",
    "of": "of the in on a for за в во на г гг uchun среди",
    "over": "for over during within за",
    "inside": "ichida davomida mobaynida",
    "article": "the a an",
    "person": "i we you",
}
TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
NUMERALS = """
1 one один одного одна bir|2 two couple два две двух ikki|3 three три трех uch|4 four четыре четырех tort
5 five пять пяти besh|6 six шесть шести olti|7 seven семь семи yetti|8 eight восемь восьми sakkiz
9 nine девять девяти toqqiz|10 ten десять десяти on|12 twelve двенадцать двенадцати|15 fifteen пятнадцать пятнадцати
20 twenty двадцать двадцати yigirma|30 thirty тридцать тридцати ottiz|50 fifty пятьдесят ellik|100 hundred сто yuz
"""
ORDINALS = """
1 first 1st i первый первая первое первом первой первую первого birinchi
2 second 2nd ii второй вторая второе втором вторую второго ikkinchi
3 third 3rd iii третий третья третье третьем третьей третью третьего uchinchi
4 fourth 4th iv четвертый четвертом четвертого tortinchi
"""
RUSSIAN_ENDINGS = {"а": ("ы", "е", "у", "ой"), "": ("", "а", "я", "ь", "й", "е", "у", "ю", "ом", "ем")}
"""The cases of a noun by its last letter; the second row is for all others than those in а."""
LONG, VERY_LONG = 6, 9
THEMSELVES = frozenset(["there", "form", "while", "least", "lost", "none", "seconds", "data", "tell", "though"])
"""Words that are near to those of periods and are no mistyped ones."""
UNMISTAKABLE = frozenset((
    "jan", "feb", "apr", "jul", "aug", "sep", "oct", "nov", "янв", "февр", "апр", "июн", "июл", "авг", "сент", "окт", "нояб",
    "fev", "iyn", "iyl", "okt", "noy",
))  # fmt: skip
"""Short names of months that are no other words."""
NO_VOWELS = str.maketrans("", "", "aeiouаеиоуыэюя")
SHORT_PART = re.compile(r"(?:[qк]|(?P<half>h))(?P<after>[1-4])|(?P<before>[1-4])(?:q|кв)")
"""Q3, H1, 3кв."""
COUNTED = re.compile(
    r"(?P<number>\d+|ikki|uch|tort|besh|olti|yetti|sakkiz|toqqiz|on|yigirma|ottiz|ellik|yuz)ta(?:si|sini|sidan|ni)?"
)
"""An Uzbek number of things: uchta, 5ta."""
ORDINAL_NUMBER = re.compile(r"\d{1,2}(st|nd|rd|th)")

Meaning = tuple[str, int | str]
"""A kind of word and its value: `("unit", "month")`, `("month", 10)`, `("part", "last")`, `("number", 3)`."""


class Word(msgspec.Struct, frozen=True):
    """A token with its meanings in a period; `case` is the Uzbek ending `dan` or `gacha` that makes it a border."""

    token: words.Token
    meanings: tuple[Meaning, ...]
    case: str = ""

    def get(self, kind: str) -> int | str | None:
        """Return the value of the word's meaning of `kind`."""
        return next((value for name, value in self.meanings if name == kind), None)

    def number(self, kind: str) -> int | None:
        """Return the number that the word means as a `kind`."""
        value = self.get(kind)
        return value if isinstance(value, int) else None


def number(word: str) -> int | None:
    """Return the number that a folded word names, in digits or letters."""
    counted = COUNTED.fullmatch(word)
    word = counted["number"] if counted else word
    if word.isdecimal():
        return int(word) if len(word) < 7 else None
    return next((int(value) for kind, value in _meanings(word) if kind == "number"), None)


def read(token: words.Token) -> Word:
    """Look a token up; one or two mistyped letters are forgiven in longer words."""
    text = token.text
    if text.isdecimal():
        value = int(text) if len(text) < 7 else 0
        kinds: list[Meaning] = [("number", value)] if value else []
        return Word(token, (*kinds, ("year", value)) if 1990 <= value <= 2100 and len(text) == 4 else tuple(kinds))
    if ORDINAL_NUMBER.fullmatch(text):
        return Word(token, (("number", int(text[:-2])),))
    if short := SHORT_PART.fullmatch(text):
        number, kind = int(short["after"] or short["before"]), "half" if short["half"] else "quarter"
        return Word(token, ((kind, number),))
    found = _meanings(text) or (_meanings(words.latin(text)) if words.is_cyrillic(text) else ())
    case = next((case for case in ("dan", "gacha") if text.endswith(case)), "")
    return Word(token, found, case if found else "")


@functools.lru_cache(maxsize=4096)
def _meanings(word: str) -> tuple[Meaning, ...]:
    vocabulary = _vocabulary()
    for stem in words.uzbek_stems(word):
        if stem in vocabulary:
            return vocabulary[stem]
    for stem in words.uzbek_stems(word) if word not in THEMSELVES else ():
        nearest = _nearest(stem, _by_first_letter().get(stem[:1], ()))
        if nearest:
            return vocabulary[nearest]
    return ()


def _nearest(word: str, vocabulary: Iterable[str]) -> str | None:
    near = [(OSA.distance(word, known, score_cutoff=2), known) for known in vocabulary if _may_be(word, known)]
    return min(near)[1] if near else None


def _may_be(word: str, known: str) -> bool:
    if len(known) < 4 or len(word) < 3 or word[0] != known[0] or abs(len(word) - len(known)) > 2:
        return False
    # In a short word a wrong letter makes another word ("маржа" is not "марта"); a lost, swapped or wrong vowel does not.
    if len(known) < LONG:
        is_lost_or_swapped = len(word) < len(known) or sorted(word) == sorted(known)
        return OSA.distance(word, known) == 1 and (is_lost_or_swapped or word.translate(NO_VOWELS) == known.translate(NO_VOWELS))
    return OSA.distance(word, known) <= (1 if len(known) < VERY_LONG else 2)


@functools.cache
def _vocabulary() -> dict[str, tuple[Meaning, ...]]:
    known: dict[str, tuple[Meaning, ...]] = {}
    for word, meaning in _entries():
        if meaning not in known.get(word, ()):
            known[word] = (*known.get(word, ()), meaning)
    return known


@functools.cache
def _by_first_letter() -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for word in _vocabulary():
        known.setdefault(word[0], []).append(word)
    return known


def _entries() -> Iterator[tuple[str, Meaning]]:
    for kind, table in (("unit", UNITS), ("part", PARTS)):
        yield from ((word, (kind, name)) for name, forms in table.items() for word in forms.split())
    yield from ((word, ("to_date", unit)) for word, unit in TO_DATE.items())
    for kind, text in (("number", NUMERALS), ("ordinal", ORDINALS)):
        for line in text.replace("|", "\n").split("\n"):
            value, *forms = line.split() or ["0"]
            yield from ((word, (kind, int(value))) for word in forms)
    for code in ("en", "ru", "uz", "uz_Cyrl"):
        yield from _calendar_names(code)


def _calendar_names(code: str) -> Iterator[tuple[str, Meaning]]:
    locale = Locale.parse(code)
    for value, name in (*locale.months["format"]["wide"].items(), *locale.months["stand-alone"]["wide"].items()):
        yield from ((form, ("month", value)) for form in _forms(name, code))
    for value, name in locale.months["format"]["abbreviated"].items():
        # The Uzbek "avg" or "sen" is another word as often as not: a number has to stand beside it.
        short = words.fold(name.rstrip("."))
        kind = "numbered_month" if code == "uz" else "short_month"
        yield short, ("month" if short in UNMISTAKABLE else kind, value)
    for value, name in locale.days["format"]["wide"].items():
        yield from ((form, ("weekday", value)) for form in _forms(name, code))


def _forms(name: str, code: str) -> Iterator[str]:
    word = words.fold(name)
    yield words.latin(word) if code == "uz_Cyrl" else word
    if code == "ru":
        endings = RUSSIAN_ENDINGS.get(word[-1], RUSSIAN_ENDINGS[""])
        stem = word[:-1] if word[-1] in "аяьйе" else word
        yield from (stem + ending for ending in endings)
