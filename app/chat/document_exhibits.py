"""What stands beside the answers of a document: tables, charts, files of programs, and where their figures come from."""

import uuid
from collections.abc import Mapping
from typing import Any

from app.chat.view import RunView
from app.data.charts.spec import present_spec
from app.data.exports.exhibits import exhibit, exhibit_of_file, receipt_of
from app.data.exports.receipt import Origin
from app.files.models import Artifact
from app.identity.actor import Actor

MOST_PIXELS = 60_000_000
"""Of all pictures in a document: whoever typesets it holds them at once. Those that do not fit are named only."""

Exhibit = Mapping[str, Any]


class Exhibits:
    """The exhibits of a document and, of those given so far, their `receipts`, the tables they were read from and pictures.

    `pictures` are the keys of files in the storage by the names that they have in the document.
    """

    def __init__(self, stored: Mapping[uuid.UUID, Artifact], actor: Actor, link: str) -> None:
        self.receipts: list[Mapping[str, Any]] = []
        self.reads: set[str] = set()
        self.pictures: dict[str, str] = {}
        self._stored = stored
        self._actor = actor
        self._link = link
        self._pixels = 0

    def of(self, question: str, view: RunView | None) -> list[Exhibit]:
        """Return the exhibits of an answer, none where there is no answer."""
        printing, receipted = printing_of(view, self._stored), set[uuid.UUID]()
        shown = list[Exhibit]()
        for artifact in [self._stored[each.id] for each in view.artifacts if each.id in self._stored] if view else []:
            result = self._stored.get(uuid.UUID(artifact.details.get("result_id") or str(artifact.id)))
            if artifact.kind == "code_output":
                shown += self._file(artifact)
            elif artifact.kind in {"table", "chart"} and result:
                spec = present_spec(artifact.details) if artifact.kind == "chart" else None
                with_table = printing.get(result.id) == artifact.id
                shown.append(exhibit(artifact.name, result, spec, self._actor, with_table=with_table))
                if result.id not in receipted:
                    origin = Origin(question, self._link)
                    self.receipts.append(receipt_of(artifact.name, result, origin, self._actor))
                receipted.add(result.id)
                self.reads |= tables_of(result)
        return shown

    def _file(self, artifact: Artifact) -> list[Exhibit]:
        """Return a picture or a table that a program wrote, nothing for another file."""
        details = artifact.details
        if not (details["form"] == "image" or details.get("columns")):
            return []
        self.reads |= set(details["reads"])
        return [exhibit_of_file(artifact, self._picture(details), self._actor)]

    def _picture(self, details: Mapping[str, Any]) -> str:
        """Return the name that a picture has in the document, empty where there is none or no room for it."""
        pixels = self._pixels + details.get("width", 0) * details.get("height", 0)
        if details["form"] != "image" or pixels > MOST_PIXELS:
            return ""
        self._pixels = pixels
        name = f"picture-{len(self.pictures) + 1}.{details['storage_key'].rpartition('.')[2]}"
        self.pictures[name] = details["storage_key"]
        return name


def printing_of(view: RunView | None, stored: Mapping[uuid.UUID, Artifact]) -> dict[uuid.UUID, uuid.UUID]:
    """Return for each result of an answer the artifact that prints its rows: a table of it, else its first chart."""
    shown = [stored[each.id] for each in view.artifacts if each.id in stored] if view else []
    printing: dict[uuid.UUID, uuid.UUID] = {}
    for artifact in sorted(shown, key=lambda each: each.kind != "table"):
        printing.setdefault(uuid.UUID(artifact.details.get("result_id") or str(artifact.id)), artifact.id)
    return printing


def tables_of(result: Artifact) -> set[str]:
    """Return the tables that a result was read from."""
    parts = (result.details.get("asked") or {}).get("parts", ())
    return {name for part in parts if part.get("type") == "tables" for name in part["names"]}
