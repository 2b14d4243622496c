"""What programs of the analyst printed, drew and wrote, as programs get it: contract §6, `codeOutputs`."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from app.agent.hosted import LostFile
from app.agent.tool import NewArtifact
from app.api.shapes import CodeOutput
from app.chat import sentences

Translate = Callable[..., str]


def code_outputs(
    details: Mapping[str, Any],
    artifacts: Iterable[NewArtifact],
    translate: Translate,
    names: Mapping[uuid.UUID, str] | None = None,
) -> list[CodeOutput]:
    """Return what came of a call that the reader may learn of, nothing where it ran no program.

    `names` are those of the files that there are by now, by id; None where all are as they were made. `content` is what was
    printed, where a file is, or for an `error` the sentence that says which file is not kept.
    """
    if "code" not in details:
        return []
    printed = [CodeOutput(type="logs", content=details["logs"], mime_type="text/plain")] if details.get("logs") else []
    files = [made for made in artifacts if made.kind == "code_output" and (names is None or made.id in names)]
    lost = msgspec.convert(details.get("lost", ()), tuple[LostFile, ...])
    return [
        *printed,
        *(_file(made, (names or {}).get(made.id, made.name)) for made in files),
        *(
            CodeOutput(type="error", content=translate(sentences.LOST[each.reason], name=each.name), filename=each.name)
            for each in lost
        ),
    ]


def _file(made: NewArtifact, name: str) -> CodeOutput:
    details = made.details
    content = f"/bi-chat/artifacts/{made.id}/image" if details["form"] == "image" else details["url"]
    return CodeOutput(
        type=details["form"], content=content, filename=name, mime_type=details["mime_type"], size_bytes=details["size_bytes"]
    )
