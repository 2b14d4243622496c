"""What a question says of files: “… to Excel”, «… в эксель», “… PDF qilib ber”; the rest of it is the question."""

import re
from collections.abc import Sequence
from typing import Literal

from app.data import words

Kind = Literal["excel", "pdf"]
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("excel", re.compile(r"(?:excel|eksel|xlsx?)(?:ga|ka|da|dagi|ni|e)?|[эе]ксел(?:[ьяею]|ем|ям|ьга|ьда)?|spreadsheets?")),
    ("pdf", re.compile(r"(?:pdf|пдф)(?:ga|ka|da|dagi|ni|га|да)?")),
)
ORDERS = frozenset((
    "export", "save", "download", "unload", "convert", "выгрузи", "выгрузите", "выгрузить", "выгрузка", "экспорт", "экспортируй",
    "экспортируйте", "экспортировать", "сохрани", "сохраните", "сохранить", "скачай", "скачать", "eksport",
))  # fmt: skip
"""What asks for a file and nothing else."""
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
EDGES = " \t\n,;:.-–—"


def wished(question: str) -> tuple[str, tuple[Kind, ...]]:
    """Return the question without what it says of files, and which are wanted."""
    spoken = words.tokens(question)
    kinds: list[Kind] = []
    taken: set[int] = set()
    for place, token in enumerate(spoken):
        kind = next((kind for kind, pattern in KINDS if pattern.fullmatch(token.text)), None)
        if kind is None:
            continue
        kinds += [kind] if kind not in kinds else []
        taken |= {
            place,
            *_around(spoken, range(place - 1, -1, -1), BEFORE),
            *_around(spoken, range(place + 1, len(spoken)), AFTER),
        }
    if not kinds:
        return question, ()
    taken |= set(_around(spoken, range(len(spoken)), ORDERS))
    return _without(question, [token for place, token in enumerate(spoken) if place in taken]), tuple(kinds)


def _around(spoken: Sequence[words.Token], places: Sequence[int], known: frozenset[str]) -> list[int]:
    """Return the places, one beside the other, whose words are known."""
    end = next((at for at, place in enumerate(places) if spoken[place].text not in known), len(places))
    return list(places[:end])


def _without(text: str, tokens: Sequence[words.Token]) -> str:
    for token in reversed(tokens):
        text = f"{text[: token.start]} {text[token.end :]}"
    rest = " ".join(text.split()).strip(EDGES)
    return rest if words.tokens(rest) else ""
