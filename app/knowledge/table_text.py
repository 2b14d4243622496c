"""What is known of a table as a text that people read and edit, and back: each line stays a part of what it was a part of."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from app.data.metadata import ColumnNotes, Descriptions, TableNotes, TableWords, Translations

Part = Literal["labels", "description", "use", "caution", "column"]
PLAIN: tuple[Part, ...] = ("labels", "description")
MARKS: Mapping[str, Part] = {"- ": "use", "! ": "caution"}
OF_COLUMN = r"(?: \((?P<type>.+?)\)(?=:))?: ?(?P<said>.*)"
COLUMN = re.compile(rf"(?P<name>\w+){OF_COLUMN}")
BETWEEN_LABELS, BETWEEN = " · ", " / "


class Line(msgspec.Struct, frozen=True):
    """A line of the text; `key` is the locale in which it is said, '' for all, or the column's name in lower case."""

    part: Part
    key: str
    text: str


def text_of(notes: TableNotes) -> str:
    """Return what is known of a table, a line for each thing."""
    return "\n".join(line.text for line in lines_of(notes))


def lines_of(notes: TableNotes) -> list[Line]:
    """Return the lines: what people call the table, what it is and is good for, what to mind, and its columns."""
    labels = BETWEEN_LABELS.join(dict.fromkeys(notes.labels.values()))
    lines = [Line("labels", "", labels)] if labels else []
    lines += [Line("description", key, line) for key, text in notes.described().items() for line in _lines(text)]
    lines += [Line("use", key, f"- {_one(use)}") for key, uses in notes.uses().items() for use in uses]
    lines += [Line("caution", key, f"! {_one(note)}") for key, cautions in notes.cautions().items() for note in cautions]
    return lines + [Line("column", column.name.lower(), _column(column)) for column in notes.table_columns]


def reread(notes: TableNotes, text: str) -> TableNotes:
    """Return what is known of a table when its text says this; what is new is said for every language."""
    lines = list(_placed(lines_of(notes), _lines(text), notes))
    described = {key: "\n".join(_of(lines, "description", key)) for key in _keys(lines, "description")}
    uses = {key: tuple(_of(lines, "use", key)) for key in _keys(lines, "use")}
    cautions = {key: tuple(_of(lines, "caution", key)) for key in _keys(lines, "caution")}
    words = {
        key: TableWords(described.get(key, ""), uses.get(key, ()), cautions.get(key, ())) for key in ("en", "ru", "uz")
    }  # fmt: skip
    columns = {line.key: _column_of(notes.column(line.key), line.text) for line in lines if line.part == "column"}
    return msgspec.structs.replace(
        notes, table_description=described.get("", ""), use_cases=uses.get("", ()), data_quality_notes=cautions.get("", ()),
        table_columns=tuple(columns.values()), translations=Translations(**words),
        labels=_renamed(notes.labels, next((line.text for line in lines if line.part == "labels"), "")),
    )  # fmt: skip


def _placed(before: Sequence[Line], said: Sequence[str], notes: TableNotes) -> Iterator[Line]:
    """Yield what is said now, each line in the place of the one that it stands instead of."""
    last: dict[Part, str] = {}
    matcher = difflib.SequenceMatcher(None, [line.text for line in before], said, autojunk=False)
    for kind, start, end, first, until in matcher.get_opcodes():
        replaced = list(before[start:end])
        plain = sum(_is_plain(text, notes) for text in said[first:until])
        if plain < sum(line.part in PLAIN for line in replaced) and kind != "equal":
            replaced = [line for line in replaced if line.part != "labels"]
        for text in said[first:until]:
            line = replaced.pop(0) if kind == "equal" else _instead(text, replaced, notes, last)
            last.pop(line.part, None)
            last[line.part] = line.key
            yield msgspec.structs.replace(line, text=text)


def _instead(text: str, replaced: list[Line], notes: TableNotes, last: dict[Part, str]) -> Line:
    """Return the first line that a new one may stand instead of, taking it away, else the part that its sign tells."""
    is_below = next(reversed(last), "") == "column"
    if name := _column_named(text, notes, is_below=is_below):
        return Line("column", name.lower(), text)
    part = MARKS.get(text[:2], "description")
    found = next((line for line in replaced if line.part == part or (part == "description" and line.part == "labels")), None)
    if found is None:
        return Line(part, last.get(part, ""), text)
    replaced.remove(found)
    return found


def _is_plain(text: str, notes: TableNotes) -> bool:
    return text[:2] not in MARKS and not _column_named(text, notes)


def _column_named(text: str, notes: TableNotes, *, is_below: bool = False) -> str:
    """Return the column that a line tells of: a known one, or a new one: below others, or where it can be nothing else."""
    known = next((column.name for column in notes.table_columns if _read(column, text)), "")
    named = COLUMN.fullmatch(text)
    if known or named is None or text[:2] in MARKS:
        return known
    return named["name"] if is_below or "_" in named["name"] or named["type"] else ""


def _of(lines: Sequence[Line], part: Part, key: str) -> list[str]:
    said = [line.text for line in lines if (line.part, line.key) == (part, key)]
    return said if part == "description" else [text[2:].strip() for text in said]


def _keys(lines: Sequence[Line], part: Part) -> list[str]:
    return list(dict.fromkeys(line.key for line in lines if line.part == part))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _one(text: str) -> str:
    return " ".join(text.split())


def _column(column: ColumnNotes) -> str:
    kind = f" ({column.type})" if column.type else ""
    return f"{column.name}{kind}: {BETWEEN.join(map(_one, _said(column)))}".rstrip()


def _said(column: ColumnNotes) -> list[str]:
    return [*column.described().values(), *dict.fromkeys(column.labels.values())]


def _read(column: ColumnNotes, text: str) -> re.Match[str] | None:
    return re.compile(re.escape(column.name) + OF_COLUMN, re.IGNORECASE).fullmatch(text)


def _column_of(before: ColumnNotes | None, text: str) -> ColumnNotes:
    """Return what a line says of a column: in each language where it has as many parts as before, else in one for all."""
    column = before or ColumnNotes(text.partition(":")[0].partition(" ")[0])
    found = _read(column, text)
    if found is None or text == _column(column):
        return column
    column = msgspec.structs.replace(column, type=(found["type"] or column.type).strip())
    parts, labels = found["said"].split(BETWEEN), list(dict.fromkeys(column.labels.values()))
    if len(parts) == len(_said(column)):
        words, names = parts[: len(parts) - len(labels)], parts[len(parts) - len(labels) :]
        texts = dict(zip(column.described(), map(str.strip, words), strict=True))
        column = msgspec.structs.replace(column, labels=_renamed(column.labels, BETWEEN_LABELS.join(names)))
    else:
        has_labels = bool(labels) and parts[-len(labels) :] == labels
        texts = {"": BETWEEN.join(parts[: -len(labels)] if has_labels else parts).strip()}
    return msgspec.structs.replace(
        column, description=texts.pop("", ""), descriptions=Descriptions(**texts)
    )  # fmt: skip


def _renamed(labels: Mapping[str, str], line: str) -> Mapping[str, str]:
    """Return what something is called when the line of its names says this; the last name stands for all that are missing."""
    names = [name.strip() for name in line.split(BETWEEN_LABELS.strip()) if name.strip()]
    places = {label: place for place, label in enumerate(dict.fromkeys(labels.values()))}
    return {locale: names[min(places[label], len(names) - 1)] for locale, label in labels.items()} if names else {}
