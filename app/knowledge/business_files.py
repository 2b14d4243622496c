"""Read `business/*.json`: rules, metrics, definitions and what to beware of, in the shapes in which people write them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.knowledge.drafts import Draft
from app.knowledge.query_files import Faults

GROUPS = {
    "rules": "rule", "business_rules": "rule", "metrics": "metric", "business_metrics": "metric", "definitions": "definition",
    "business_definitions": "definition", "glossary": "definition", "terms": "definition", "gotchas": "gotcha",
    "common_gotchas": "gotcha",
}  # fmt: skip
NAMES = ("name", "title", "term", "metric", "rule", "issue", "gotcha", "id")
ABOUT = {"name", "title", "description", "version", "$schema"}
"""What may be said of the whole file, as texts."""
LONGEST_NAME = 120


def read_business(raw: Any, file: str, line_of: Callable[[str], int], faults: Faults) -> Iterator[Draft]:
    """Yield what a decoded file says; `line_of` gives the line of a path in it."""
    if not isinstance(raw, dict):
        faults.tell(f"{file}:1", f"an object with {', '.join(sorted(set(GROUPS)))} is expected")
        return
    for group, said in raw.items():
        path = f"$.{group}"
        if group.lower() not in GROUPS:
            if group not in ABOUT or not isinstance(said, str | int | float):
                faults.tell(f"{file}:{line_of(path)}", f"{path}: not one of {', '.join(GROUPS)}")
            continue
        if not isinstance(said, dict | list):
            faults.tell(f"{file}:{line_of(path)}", f"{path}: a list or an object is expected")
            continue
        kind = GROUPS[group.lower()]
        items = said.items() if isinstance(said, dict) else ((None, item) for item in said)
        for index, (name, item) in enumerate(items):
            part = f"{path}.{name}" if name is not None else f"{path}[{index}]"
            place = f"{file}:{line_of(part)}"
            draft = _draft(kind, name, item, place)
            if draft is None:
                faults.tell(place, f"{part}: a text, or an object with a name and what there is to say of it, is expected")
            else:
                yield draft


def _draft(kind: str, name: str | None, item: Any, place: str) -> Draft | None:
    if isinstance(item, str) and item.strip():
        title = name or item.strip().partition("\n")[0][:LONGEST_NAME]
        return Draft(kind, title, title, item.strip(), place, details={"text": item})
    if not isinstance(item, dict) or not item:
        return None
    given = next((str(item[key]) for key in NAMES if isinstance(item.get(key), str) and item[key].strip()), None)
    title = (name or given or "").strip()[:LONGEST_NAME]
    text = _told({key: value for key, value in item.items() if value != title})
    return Draft(kind, title, title, text, place, details=item) if title and text else None


def _told(item: Mapping[str, Any]) -> str:
    """Return the fields of an object as lines for people."""
    lines = []
    for key, value in item.items():
        texts = [str(each) for each in (value if isinstance(value, list) else [value]) if each not in (None, "")]
        if isinstance(value, dict):
            texts = [f"{name}: {each}" for name, each in value.items()]
        if texts:
            lines.append(f"{key.replace('_', ' ').capitalize()}: {'; '.join(texts)}")
    return "\n".join(lines)
