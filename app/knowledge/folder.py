"""Read a folder of knowledge: `tables/*.json`, `queries/*.sql`, `business/*.json` and Markdown documents."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from app.data.metadata import TableNotes
from app.knowledge.business_files import read_business
from app.knowledge.drafts import HEADING, Draft, hash_of, of_table
from app.knowledge.json_places import line_of
from app.knowledge.query_files import Faults, read_queries

OWN = ("tables", "queries", "business")
PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]+)`)?$", re.DOTALL)
LONGEST_NAME = 200


def read_folder(folder: Path) -> tuple[list[Draft], Faults]:
    """Return what a folder says, by kind and file, and what is wrong with it; nothing of a faulty folder is to be used."""
    faults = Faults()
    if not folder.is_dir():
        faults.append(f"{folder} is not a directory")
        return [], faults
    drafts: list[Draft] = []
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in files:
        file = path.relative_to(folder).as_posix()
        reader = _reader(path, folder)
        if reader is None:
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            faults.tell(f"{file}:{line}", "the file is not UTF-8")
        except OSError as error:
            faults.tell(f"{file}:1", str(error.strerror))
        else:
            drafts += reader(text, file, faults)
    if not drafts and not faults:
        faults.append(f"{folder} has no tables/*.json, queries/*.sql, business/*.json and no Markdown documents")
    _check_names(drafts, faults)
    return drafts, faults


def hash_of_folder(drafts: Sequence[Draft]) -> str:
    """Return a hash of all that a folder says."""
    return hash_of(*sorted(f"{draft.kind} {draft.name} {draft.hash}" for draft in drafts))


def _reader(path: Path, folder: Path) -> Callable[[str, str, Faults], Iterator[Draft]] | None:
    place, kind = path.parent.relative_to(folder).as_posix(), path.suffix.lower()
    if path.suffix.lower() in {".md", ".markdown"}:
        return None if place in OWN and path.stem.lower() == "readme" else _read_document
    known: dict[tuple[str, str], Callable[[str, str, Faults], Iterator[Draft]]] = {
        ("tables", ".json"): _read_table, ("queries", ".sql"): read_queries, ("business", ".json"): _read_business,
    }  # fmt: skip
    return known.get((place, kind))


def _check_names(drafts: list[Draft], faults: Faults) -> None:
    places: dict[tuple[str, str], str] = {}
    for draft in drafts:
        key = (draft.kind, draft.name.lower())
        if not _can_be_stored(draft):
            faults.tell(draft.place, "there are characters that cannot be stored, such as NUL")
        if len(draft.name) > LONGEST_NAME:
            faults.tell(draft.place, f"a name has at most {LONGEST_NAME} characters")
        if key in places:
            faults.tell(draft.place, f"the {draft.kind} {draft.name!r} is there already, at {places[key]}")
        places.setdefault(key, draft.place)


def _can_be_stored(draft: Draft) -> bool:
    try:
        return b"\\u0000" not in msgspec.json.encode(draft)
    except UnicodeEncodeError:
        return False


def _read_document(text: str, file: str, _faults: Faults) -> Iterator[Draft]:
    if text.strip():
        heading = next((found[1] for line in text.splitlines() if (found := HEADING.match(line))), "")
        title = heading or Path(file).stem.replace("_", " ").replace("-", " ")
        yield Draft("document", file, title[:LONGEST_NAME], text.strip(), f"{file}:1")


def _read_table(text: str, file: str, faults: Faults) -> Iterator[Draft]:
    raw = _decoded(text, file, faults)
    if raw is None:
        return
    told = list(_mistakes(raw, TableNotes, "$"))
    for path, what in told:
        faults.tell(f"{file}:{line_of(text, path)}", f"{path}: {what}")
    if not told:
        yield of_table(msgspec.convert(raw, TableNotes), f"{file}:1")


def _read_business(text: str, file: str, faults: Faults) -> Iterator[Draft]:
    raw = _decoded(text, file, faults)
    if raw is not None:
        yield from read_business(raw, file, lambda path: line_of(text, path), faults)


def _decoded(text: str, file: str, faults: Faults) -> Any:
    """Return the value of a JSON text; None, and a fault told, where it is none."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        faults.tell(f"{file}:{error.lineno}", f"not valid JSON: {error.msg} (column {error.colno})")
    except RecursionError:
        faults.tell(f"{file}:1", "the JSON is nested too deeply")
    else:
        if value is None:
            faults.tell(f"{file}:1", "there is nothing in it")
        return value
    return None


def _mistakes(value: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield all places of a decoded value that do not fit a type, and why: converting it whole would stop at the first."""
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        for name, field in fields.items():
            if name in value:
                yield from _mistakes(value[name], field.type, f"{path}.{name}")
            elif field.required:
                yield path, f"Object missing required field `{name}`"
        unknown = value.keys() - fields if kind.__struct_config__.forbid_unknown_fields else ()
        yield from ((f"{path}.{name}", "not one of " + ", ".join(fields)) for name in sorted(unknown))
    elif isinstance(value, list) and get_origin(kind) is tuple:
        for place, item in enumerate(value):
            yield from _mistakes(item, get_args(kind)[0], f"{path}[{place}]")
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            found = PATH.match(str(error))
            assert found is not None
            yield path + (found["path"] or "").removeprefix("$"), found["what"]
