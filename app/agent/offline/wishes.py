"""What a question says of files: “… to Excel”, «… в эксель», “… PDF qilib ber”; the rest of it is the question."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from app.data import words
from app.knowledge.terms import subject_of

Kind = Literal["excel", "pdf"]
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("excel", re.compile(r"(?:excel|eksel|xlsx?)(?:ga|ka|da|dagi|ni|e)?|[эе]ксел(?:[ьяею]|ем|ям|ьга|ьда)?|spreadsheets?")),
    ("pdf", re.compile(r"(?:pdf|пдф)(?:ga|ka|da|dagi|ni|га|да)?")),
)
FILE_ORDERS = frozenset((
    "export", "download", "выгрузи", "выгрузите", "выгрузить", "выгружай", "выгружайте", "скачай", "скачайте", "скачать",
    "экспортируй", "экспортируйте", "экспортировать",
))  # fmt: skip
"""What asks for a file, also where no format is named."""
SAVING = frozenset(("save", "сохрани", "сохраните", "сохранить"))
ORDERS = FILE_ORDERS | SAVING | {"unload", "convert", "выгрузка", "экспорт", "eksport"}
"""What asks for a file where a format is named."""
LOADING = frozenset(("yukla", "yuklab", "yuklang", "eksport"))
STORING = frozenset(("saqla", "saqlab", "saqlang"))
LEADING = frozenset((
    "please", "can", "could", "would", "you", "i", "want", "like", "to", "lets", "and", "also", "now", "then", "пожалуйста",
    "можешь", "можете", "можно", "хочу", "прошу", "нужно", "надо", "мне", "и", "а", "теперь", "также", "потом", "iltimos",
    "endi", "va",
))  # fmt: skip
"""What stands before an order at the start; `JOINING` stays, since it tells that the question goes on."""
JOINING = frozenset(("and", "also", "or", "nor", "и", "или", "также", "va", "yoki", "ham", "hamda"))
GOING_ON = JOINING | {"now", "then", "а", "теперь", "потом", "endi"}
BEFORE = ORDERS | {
    "to", "into", "in", "as", "an", "a", "the", "for", "and", "also", "now", "or", "it", "this", "that", "them", "me",
    "us", "please", "put", "send", "give", "make", "get", "show", "report", "same", "в", "во", "на", "и", "или", "а",
    "также", "теперь", "то", "же", "его", "ее", "их", "это", "мне", "пожалуйста", "сделай", "сделайте", "дай", "дайте",
    "пришли", "пришлите", "отправь", "покажи", "отчет", "виде", "формате", "файл", "файлом", "файле", "va", "yoki",
    "ham", "hamda", "endi", "uni", "buni", "shuni", "menga", "hisobot",
}  # fmt: skip
AFTER = frozenset((
    "file", "files", "format", "sheet", "spreadsheet", "please", "файл", "файла", "файле", "файлом", "формат",
    "формате", "таблицу", "таблице", "таблицей", "пожалуйста", "fayl", "fayli", "faylga", "fayliga", "faylda",
    "faylida", "formati", "formatga", "formatda", "formatida", "shaklida", "korinishida", "qilib", "qil", "qiling",
    "ber", "bering", "chiqar", "chiqaring", "chiqarib", "yukla", "yuklab", "yuklang", "saqla", "saqlab", "saqlang",
    "ol", "oling", "eksport",
))  # fmt: skip
INTO = frozenset(("to", "into", "in", "as", "в", "во"))
MAKING = frozenset((
    "put", "send", "give", "make", "get", "сделай", "сделайте", "дай", "дайте", "пришли", "пришлите", "отправь",
))  # fmt: skip
HOLDING = frozenset(("with", "of", "for", "с", "со", "по", "за"))
"""What goes on after a file that is asked for: “give me an Excel file with …”."""
AS_FORM = AFTER - {
    "file", "files", "format", "sheet", "spreadsheet", "please", "файл", "файла", "формат", "таблицу", "пожалуйста", "fayl",
    "fayli", "formati", "ol", "oling",
}  # fmt: skip
CASES = re.compile(r"\w+(?:ga|ka|da|га|да|ем|ям)")
ABOUT = frozenset((
    "of", "for", "about", "with", "is", "are", "microsoft", "ms", "office", "buy", "sell", "sold", "use",
    "no", "any", "many", "much",
    "что", "такое", "сколько", "какой", "майкрософт", "офис", "без", "nechta", "qancha", "nima", "bitta",
))  # fmt: skip
"""Before a format at the end of a question these tell that it is what is asked about: “how much Excel”, “sales of Excel”."""
NOT = frozenset(("without", "no", "not", "dont", "не", "без", "ни"))
NEEDED = frozenset(("need", "needed", "want", "надо", "нужно", "нужен", "нужна", "хочу", "требуется", "kerak"))
BREAK = re.compile(r"[,;:.!?]")
EDGES = " \t\n,;:.-–—"


class Named(msgspec.Struct, frozen=True):
    """A format that is named: the place of its word, and of the words around that may belong to a wish for it."""

    kind: Kind
    place: int
    start: int
    end: int


class Spoken:
    """The words of a question by their places."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.tokens = words.tokens(question)
        self.words = [token.text for token in self.tokens]

    def is_broken(self, place: int) -> bool:
        """Tell whether a comma, a full stop or the like stands before the word of `place`, or nothing follows there."""
        if not 0 < place < len(self.tokens):
            return True
        return BREAK.search(self.question[self.tokens[place - 1].end : self.tokens[place].start]) is not None

    def is_only(self, known: frozenset[str], but: frozenset[int] = frozenset()) -> bool:
        """Tell whether all words but those of some places are known."""
        return all(word in known for place, word in enumerate(self.words) if place not in but)

    def without(self, places: set[int]) -> str:
        """Return the question without the words of some places."""
        text = self.question
        for token in reversed([token for place, token in enumerate(self.tokens) if place in places]):
            text = f"{text[: token.start]} {text[token.end :]}"
        rest = " ".join(text.split()).strip(EDGES)
        return rest if words.tokens(rest) else ""


def wished(question: str) -> tuple[str, tuple[Kind, ...]]:
    """Return the question without what it says of files, and which are wanted."""
    spoken = Spoken(question)
    named = _named(spoken)
    order, means_file = _order(spoken)
    known = BEFORE | AFTER | LEADING | NOT | NEEDED | {"emas", "but"}
    is_only = spoken.is_only(known, frozenset(order | {each.place for each in named}))
    kinds: dict[Kind, None] = {}
    refused: set[Kind] = set()
    taken = set(order)
    for group in _groups(spoken, named):
        if not (is_only or any(_is_form(spoken, each, order) for each in group)):
            continue
        denials = {place for each in group for place in _denials(spoken, each)}
        taken |= denials.union(*(range(each.start, each.end) for each in group))
        if denials:
            refused |= {each.kind for each in group}
        else:
            kinds |= dict.fromkeys(each.kind for each in group)
    if means_file and not kinds and "excel" not in refused:
        kinds["excel"] = None
    if kinds:
        taken |= set(_around(spoken, range(len(spoken.words)), ORDERS))
    if not taken:
        return question, ()
    rest = "" if is_only and kinds else spoken.without(taken)
    return (rest, tuple(kinds)) if rest or kinds else (question, ())


def _named(spoken: Spoken) -> list[Named]:
    found = []
    for place, word in enumerate(spoken.words):
        kind = next((kind for kind, pattern in KINDS if pattern.fullmatch(word)), None)
        if kind:
            before = _around(spoken, range(place - 1, -1, -1), BEFORE)
            after = _around(spoken, range(place + 1, len(spoken.words)), AFTER)
            found.append(Named(kind, place, place - len(before), place + len(after) + 1))
    return found


def _groups(spoken: Spoken, named: Sequence[Named]) -> Iterator[list[Named]]:
    """Give the formats that are named in one breath ("Excel and PDF") together."""
    group: list[Named] = []
    for each in named:
        between = range(group[-1].place + 1, each.place) if group else range(0)
        is_joined = any(spoken.words[place] in JOINING for place in between) and each.start <= group[-1].end
        if group and not (is_joined and not any(spoken.is_broken(place) for place in (*between, each.place))):
            yield group
            group = []
        group = [*group, each]
    if group:
        yield group


def _is_form(spoken: Spoken, named: Named, order: set[int]) -> bool:
    """Tell whether a format is what something shall be made into, not what is asked about ("Excel licences")."""
    before = set(spoken.words[named.start : named.place])
    after = set(spoken.words[named.place + 1 : named.end])
    if CASES.fullmatch(spoken.words[named.place]) or before & (INTO | ORDERS) or after & AS_FORM:
        return True
    if before & MAKING:
        return spoken.is_broken(named.end) or spoken.words[named.end] in HOLDING
    if not order and _is_added(spoken, named):
        return True
    return bool(order) and all(place in order for place in range(named.end, len(spoken.words)))


def _is_added(spoken: Spoken, named: Named) -> bool:
    """Tell whether a format is noted down beside what is asked: “revenue last month excel”, «Excel: выручка за октябрь»."""
    if named.place == 0:
        rest = spoken.words[named.end :]
        return spoken.is_broken(named.end) and bool(subject_of(" ".join(rest)))
    said = spoken.words[: named.start]
    is_last = named.end == len(spoken.words) and bool(said) and said[-1] not in ABOUT
    return is_last and not set(said) & NOT and bool(subject_of(" ".join(said)))


def _denials(spoken: Spoken, named: Named) -> set[int]:
    """Return the places of the words that say that a format is not wanted ("not in Excel", «в эксель не надо»)."""
    said = dict(enumerate(spoken.words))
    first = named.start - 1
    first -= said.get(first) in NEEDED
    if said.get(first) in NOT and not spoken.is_broken(first + 1):
        return set(range(first, named.start))
    last = named.end
    if spoken.is_broken(last):
        return set()
    is_refusing = said[last] in NOT and said.get(last + 1) in NEEDED
    last += said[last] in NEEDED or is_refusing
    return set(range(named.end, last + 1)) if is_refusing or said.get(last) == "emas" else set()


def _order(spoken: Spoken) -> tuple[set[int], bool]:
    """Return the places of an order at the start or the end of a question, and whether it is for a file."""
    start = len(_around(spoken, range(len(spoken.words)), LEADING))
    first = spoken.words[start] if start < len(spoken.words) else ""
    if first in FILE_ORDERS | SAVING and spoken.words[start + 1 : start + 2] != ["of"]:
        places = {place for place in range(start + 1) if spoken.words[place] not in GOING_ON}
        return places, first in FILE_ORDERS
    return _order_at_the_end(spoken)


def _order_at_the_end(spoken: Spoken) -> tuple[set[int], bool]:
    count = len(spoken.words)
    tail = AFTER | FILE_ORDERS | {"it", "them", "ее", "его", "их", "это"}
    places = sorted(_around(spoken, range(count - 1, -1, -1), tail))
    orders = FILE_ORDERS | LOADING | STORING
    start = next((place for place in places if spoken.words[place] in orders), None)
    if start is None:
        return set(), False
    order, before = spoken.words[start], spoken.words[start - 1] if start else ""
    if before in NOT or (order in ("export", "download") and before not in GOING_ON):
        return set(), False
    while start and spoken.words[start - 1] in GOING_ON | {"menga", "uni", "мне", "please", "пожалуйста"}:
        start -= 1
    return set(range(start, count)), order not in STORING


def _around(spoken: Spoken, places: Sequence[int], known: frozenset[str]) -> list[int]:
    """Return the places, one beside the other, whose words are known."""
    end = next((at for at, place in enumerate(places) if spoken.words[place] not in known), len(places))
    return list(places[:end])
