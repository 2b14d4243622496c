"""Skills: read whole from their folders, refused with the file and the line, offered by name, loaded on demand."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.agent import loop, skill_files
from app.agent.claims.seen import seen
from app.agent.events import LoopEvent, ToolEnd
from app.agent.model import ToolOutput
from app.agent.skill_files import LONGEST, SkillsError, read_folder
from app.agent.tools.load_skill import LOAD_SKILL
from app.settings import Settings, SettingsError
from tests import servers
from tests.agent.test_loop import CONTEXT, work
from tests.agent.test_prompts import prompt
from tests.scripted_model import Call, ScriptedModel, final_answer

GOOD = "---\nname: stock\ndescription: Check the stock.\n---\nLook at it.\n"
WRONG = {
    "Look at it.": "stock/SKILL.md:1: the file does not begin with its name and description between two lines of ---",
    "---\nname: stock\nLook at it.": "stock/SKILL.md:1: the file does not begin with",
    "---\nname: stock\ndescription: [\n---\nText": "stock/SKILL.md:4: not valid YAML: ",
    "---\nname: stock\n\tdescription: x\n---\nText": "stock/SKILL.md:3: not valid YAML: ",
    "---\nname: stock\ndescription: 2024-13-45\n---\nText": "stock/SKILL.md:1: not valid YAML: month must be",
    "---\nname: stock\n---\nText": "stock/SKILL.md:1: Object missing required field `description`",
    "---\nname: stock\ndescription: ''\n---\nText": "stock/SKILL.md:3: Expected `str` of length >= 1 - at `$.description`",
    "---\ndescription: x\nname: Stock!\n---\nText": "stock/SKILL.md:3: Expected `str` matching regex",
    "---\nname: stock\ndescription: x\ncolour: red\n---\nText": "stock/SKILL.md:4: Object contains unknown field `colour`",
    "---\nname: goods\ndescription: x\n---\nText": "stock/SKILL.md:1: the name is 'goods', and its folder 'stock'",
    "---\nname: stock\ndescription: x\n---\n\n": "stock/SKILL.md:1: there is no text after the second ---",
    "---\n- stock\n---\nText": "stock/SKILL.md:1: Expected `object`, got `array`",
    GOOD + "x\n" * LONGEST: f"stock/SKILL.md:{5 + (LONGEST - len(GOOD)) // 2 + 1}: the text is longer than",
}


def written(folder: Path, **texts: str) -> Path:
    """Write a skill named stock with further texts, underscores in whose names stand for points."""
    home = folder / "stock"
    home.mkdir(parents=True, exist_ok=True)
    for name, text in {"SKILL_md": GOOD, **texts}.items():
        (home / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize("content", WRONG, ids=range(len(WRONG)))
def test_a_wrong_skill_is_refused_with_its_place(tmp_path: Path, content: str) -> None:
    settings = Settings(skills_dir=str(written(tmp_path, SKILL_md=content)))
    with pytest.raises(SettingsError) as refused:
        skill_files.load(settings)
    assert str(refused.value).startswith(f"BICHAT_SKILLS_DIR: {WRONG[content]}")
    assert "\n" not in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (written(tmp_path, SKILL_md="?") / "empty").mkdir()
    (tmp_path / "stock" / "notes.txt").write_bytes(b"one\ntwo\n\xff")
    with pytest.raises(SkillsError) as refused:
        read_folder(tmp_path)
    assert [fault.split(" ")[0] for fault in refused.value.faults] == [
        "empty/SKILL.md:1:", "stock/notes.txt:3:", "stock/SKILL.md:1:",
    ]  # fmt: skip


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_skills_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SkillsError, match=r"is not a directory|has no folder with SKILL\.md"):
        read_folder(tmp_path / folder)


def test_a_text_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (written(tmp_path / "skills") / "stock" / "more.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(SkillsError, match=r"stock/more\.txt:1: the file leads out of the skill's folder"):
        read_folder(tmp_path / "skills")


def test_ones_own_join_those_of_the_release_and_may_replace_them(tmp_path: Path) -> None:
    home = tmp_path / "monthly-report"
    home.mkdir()
    (home / "SKILL.md").write_text(GOOD.replace("stock", "monthly-report", 1))
    skills = skill_files.load(Settings(skills_dir=str(written(tmp_path))))
    assert set(skills) == {*skill_files.load(Settings()), "stock"}
    assert skills["monthly-report"].text == "Look at it."


def test_the_catalogue_stands_before_what_changes_by_the_day() -> None:
    skills = skill_files.load(Settings())
    lines = skill_files.catalogue(skills)
    assert len(skills) == len(lines.splitlines()) >= 4
    with_skills, without = prompt("One", skills=lines), prompt("One")
    assert f"\n{lines}\n\n# Facts" in with_skills
    assert "Skills" not in without
    assert prompt("One", 22, skills=lines).partition("# Facts")[0] == with_skills.partition("# Facts")[0]


async def loaded(skills: Any, **arguments: str) -> dict[str, Any]:
    model = ScriptedModel([[Call("load_skill", arguments)], [final_answer("Done.")]])
    context = msgspec.structs.replace(CONTEXT, skills=skills)
    events: list[LoopEvent] = [event async for event in loop.run(work(model, tools={"load_skill": LOAD_SKILL}, context=context))]
    (end,) = [event for event in events if isinstance(event, ToolEnd)]
    told: dict[str, Any] = json.loads(end.content)
    return told


async def test_a_skill_and_its_files_are_loaded_by_name(tmp_path: Path) -> None:
    skills = read_folder(written(tmp_path, list_sql="SELECT 1", picture_png="no text"))
    assert await loaded(skills, name="stock") == {"name": "stock", "text": "Look at it.", "files": ["list.sql"]}
    assert (await loaded(skills, name="stock", file="list.sql"))["text"] == "SELECT 1"


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "none"},
        {"name": "../stock"},
        {"name": "stock", "file": "../../secret.txt"},
        {"name": "stock", "file": "picture.png"},
    ],
)
async def test_nothing_else_is_read(tmp_path: Path, arguments: dict[str, str]) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    skills = read_folder(written(tmp_path / "skills", picture_png="no text"))
    told = await loaded(skills, **arguments)
    assert told["error"] == "not_found"
    assert "stock" in told["hint"] or "none" in told["hint"]


def test_numbers_of_a_skill_prove_nothing() -> None:
    assert seen([ToolOutput("c", "load_skill", '{"text": "At least 30 %"}')]) == seen([])


def test_serve_stops_with_one_line_and_the_doctor_tells_of_it(tmp_path: Path, data_dir: Path) -> None:
    own = {"BICHAT_SKILLS_DIR": str(written(tmp_path / "skills")), "BICHAT_MODEL": "offline"}
    assert "ok skills: skills of your own: 1" in servers.bichat("doctor", data_dir=data_dir, **own).stdout
    written(tmp_path / "skills", SKILL_md="?")
    assert "fail skills: stock/SKILL.md:1: " in servers.bichat("doctor", data_dir=data_dir, **own).stdout
    ended = servers.bichat("serve", data_dir=data_dir, PORT="0", **own)
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "BICHAT_SKILLS_DIR: stock/SKILL.md:1: the file does not begin" in ended.stderr.strip().splitlines()[-1]
