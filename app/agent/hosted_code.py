"""Programs that the provider ran for the model: what came of them in the items and annotations of the Responses API."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.agent.hosted import CODE, FileReference, HostedCall, HostedFile, LostFile, title_of

LONGEST_LOGS, LONGEST_CODE = 20_000, 50_000
MOST_OUTPUTS = 200
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
PICTURE = re.compile(r"data:image/(png|jpeg);base64,")
IN_CONTAINER = re.compile(r"/containers/([A-Za-z0-9_-]{1,128})/files/([A-Za-z0-9_-]{1,128})/content/?$")
NOT_IN_LOGS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]")


class Outputs(msgspec.Struct):
    """What a program gave besides its files."""

    logs: list[str] = []
    files: list[HostedFile] = []
    references: list[FileReference] = []
    lost: list[LostFile] = []

    def take(self, output: dict[str, Any]) -> None:
        """Add one output of an item; a picture that is neither here nor in a container is asked for nowhere else."""
        if output.get("type") == "logs":
            self.logs.append(str(output.get("logs") or ""))
        elif output.get("type") == "image":
            self._take_picture(output.get("url"))

    def _take_picture(self, url: object) -> None:
        number = len(self.files) + len(self.references) + len(self.lost) + 1
        address = url if isinstance(url, str) else ""
        if found := PICTURE.match(address):
            name = f"picture-{number}.{'jpg' if found[1] == 'jpeg' else 'png'}"
            try:
                self.files.append(HostedFile(name, base64.b64decode(address[found.end() :], validate=True)))
            except binascii.Error:
                self.lost.append(LostFile(name, "unreadable"))
        elif place := IN_CONTAINER.search(urlsplit(address).path if len(address) < 2_000 and "[" not in address else ""):
            self.references.append(FileReference(place[1], place[2], f"picture-{number}.png"))
        else:
            self.lost.append(LostFile(f"picture-{number}.png", "failed"))


def program(code: str | None, outputs: Any, status: str | None, container_id: str | None) -> HostedCall:
    """Return a program that ran from an item `code_interpreter_call`."""
    found = Outputs()
    for output in (outputs if isinstance(outputs, list) else [])[:MOST_OUTPUTS]:
        if isinstance(output, dict):
            found.take(output)
    logs, written = _plain("\n".join(found.logs)), _plain(code or "")
    return HostedCall(
        CODE,
        {"code": written[:LONGEST_CODE]},
        "failed" if status in {"failed", "incomplete"} else None,
        logs=logs[:LONGEST_LOGS],
        is_cut=len(logs) > LONGEST_LOGS,
        container_id=container_id or "",
        references=tuple(found.references),
        files=tuple(found.files),
        lost=tuple(found.lost),
    )


def _plain(text: str) -> str:
    """Return a text with its lines, and with signs in place of what would disturb or mislead the eye."""
    return NOT_IN_LOGS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def reference(told: dict[str, Any]) -> FileReference | None:
    """Return which file an annotation `container_file_citation` names, None where its ids are none."""
    ids = [told.get(name) for name in ("container_id", "file_id")]
    container_id, file_id = (part if isinstance(part, str) and ID.fullmatch(part) else "" for part in ids)
    return FileReference(container_id, file_id, title_of(told.get("filename"))) if container_id and file_id else None


def with_references(calls: Sequence[HostedCall], references: Sequence[FileReference]) -> tuple[HostedCall, ...]:
    """Return the calls with the files that the text names; each belongs to the last program of its container."""
    done = list(calls)
    programs = [at for at, call in enumerate(done) if call.name == CODE]
    for reference in references:
        at = max((at for at in programs if done[at].container_id == reference.container_id), default=max(programs, default=-1))
        if at >= 0:
            known = [each for each in done[at].references if each.file_id != reference.file_id]
            done[at] = msgspec.structs.replace(done[at], references=(*known, reference))
    return tuple(done)
