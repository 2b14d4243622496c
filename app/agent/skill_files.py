"""Skills: ways of working written down for the analyst, each a folder with `SKILL.md` and perhaps further texts.

They are read whole at the start, so what is asked for later is looked up by its name and opens no file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from app.agent import front_matter
from app.settings import Settings, SettingsError

FOLDER = Path(__file__).with_name("skills")
MAIN = "SKILL.md"
TEXTS = frozenset({".md", ".txt", ".sql", ".csv", ".json", ".yaml", ".yml", ".toml"})
"""Which further files are given to the model; others may lie beside them."""
MOST_SKILLS, MOST_FILES, LONGEST = 50, 20, 20_000
MOST_TOLD = 20


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"allowed_tools": "allowed-tools"}):
    """What `SKILL.md` says of itself, in the published form of skills; only name and description are read."""

    name: Annotated[str, msgspec.Meta(max_length=64, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    license: str = ""
    compatibility: str = ""
    metadata: dict[str, Any] = {}
    allowed_tools: Any = None


class Skill(msgspec.Struct, frozen=True):
    """A way of working: when it is for, its text, and its further texts by their path in the folder."""

    name: str
    description: str
    text: str
    files: Mapping[str, str] = {}


class SkillsError(Exception):
    """Skills cannot be used; `faults` says what is wrong with them, each with its file and line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults[:MOST_TOLD]))
        self.faults = faults


def load(settings: Settings) -> Mapping[str, Skill]:
    """Return all skills by name: those of the release, and over them the deployment's own; raises `SettingsError`."""
    skills = read_folder(FOLDER)
    if settings.skills_dir:
        try:
            skills |= read_folder(Path(settings.skills_dir))
        except SkillsError as error:
            raise SettingsError(f"BICHAT_SKILLS_DIR: {error}. Mend the files, or unset the variable.") from error
    return dict(sorted(skills.items()))


def catalogue(skills: Mapping[str, Skill]) -> str:
    """Return a line for each skill, as the analyst is told of them before it reads any."""
    return "\n".join(f"- {skill.name}: {' '.join(skill.description.split())}" for skill in skills.values())


def read_folder(folder: Path) -> dict[str, Skill]:
    """Return the skills in the folders of `folder` by name; raises `SkillsError` with all that is wrong."""
    if not folder.is_dir():
        raise SkillsError([f"{folder} is not a directory"])
    faults: list[str] = []
    homes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not homes:
        faults.append(f"{folder} has no folder with {MAIN} in it")
    if len(homes) > MOST_SKILLS:
        faults.append(f"{folder} has {len(homes)} skills, which is more than {MOST_SKILLS}")
    read = [_read(home, faults) for home in homes[:MOST_SKILLS]]
    if faults:
        raise SkillsError(faults)
    return {skill.name: skill for skill in read if skill}


def _read(home: Path, faults: list[str]) -> Skill | None:
    place = f"{home.name}/{MAIN}"
    if not (home / MAIN).is_file():
        faults.append(f"{place}:1: the file is missing")
        return None
    texts = _texts(home, faults)
    if MAIN not in texts:
        return None
    try:
        facts, text = front_matter.read(texts.pop(MAIN), Facts)
    except front_matter.FrontMatterError as error:
        faults.append(f"{place}:{error.line}: {error}")
        return None
    if facts.name != home.name:
        faults.append(f"{place}:1: the name is {facts.name!r}, and its folder {home.name!r}: both must be the same")
    if not text:
        faults.append(f"{place}:1: there is no text after the second ---")
    return Skill(facts.name, facts.description, text, texts)


def _texts(home: Path, faults: list[str]) -> dict[str, str]:
    """Return the texts of a folder by their path in it."""
    paths = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix.lower() in TEXTS)
    shown = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(home).parts)]
    if len(shown) > MOST_FILES:
        faults.append(f"{home.name} has {len(shown)} texts, which is more than {MOST_FILES}")
    texts: dict[str, str] = {}
    for path in shown[:MOST_FILES]:
        name = path.relative_to(home).as_posix()
        if (text := _text(path, home, f"{home.name}/{name}", faults)) is not None:
            texts[name] = text
    return texts


def _text(path: Path, home: Path, place: str, faults: list[str]) -> str | None:
    if not path.resolve().is_relative_to(home.resolve()):
        faults.append(f"{place}:1: the file leads out of the skill's folder")
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        faults.append(f"{place}:{line}: the file is not UTF-8")
        return None
    except OSError as error:
        faults.append(f"{place}:1: {error.strerror}")
        return None
    if len(text) > LONGEST:
        line = text[:LONGEST].count("\n") + 1
        faults.append(f"{place}:{line}: the text is longer than {LONGEST} characters; put what follows into a file of its own")
        return None
    return text
