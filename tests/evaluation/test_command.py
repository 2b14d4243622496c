"""`bichat eval run` as people and build servers run it."""

import asyncio
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from tests.evaluation.conftest import Write, small
from tests.model_server import ModelServer
from tests.servers import bichat

VERDICT = {"verdicts": [{"item": 1, "reason": "It names the month.", "is_met": True}]}
GOOD = {"parts": [{"call": {"name": "give_verdicts", "arguments": VERDICT}}]}


def test_a_suite_is_held_whole_and_reported(write: Write, tmp_path: Path) -> None:
    held = bichat("eval", "run", "--suite", str(write(small())), "--report", str(tmp_path / "out"), data_dir=tmp_path)
    assert (held.returncode, held.stderr.count("passed revenue/1/")) == (0, 3), held.stderr
    lines = {line.split()[0]: line.split() for line in held.stdout.splitlines()[1:]}
    assert lines["all"][1:6] == ["3", "3", "0", "of", "3"]
    assert set(lines) == {"en", "ru", "uz", "all"}
    cases = ET.fromstring((tmp_path / "out" / "junit.xml").read_bytes())
    assert (cases.get("tests"), cases.get("failures"), len(list(cases.iter("testcase")))) == ("3", "0", 3)
    assert "| all | 3 | 3 | 0 of 3 |" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    scores = msgspec.json.decode((tmp_path / "out" / "scores.json").read_bytes())
    assert scores["turns"] == {"revenue/1/en": True, "revenue/1/ru": True, "revenue/1/uz": True}
    assert not (tmp_path / "bichat.sqlite").exists()


def test_a_faulty_suite_is_wrong_usage_and_tells_its_lines(write: Write, tmp_path: Path) -> None:
    path = write(small() + '\n[[conversations]]\nname = "empty"\n')
    held = bichat("eval", "run", "--suite", str(path), data_dir=tmp_path)
    assert (held.returncode, held.stdout) == (2, "")
    assert f"{path}:16: conversations[1]: there must be at least one turn" in held.stderr


def test_a_file_that_is_no_report_is_no_baseline(write: Write, tmp_path: Path) -> None:
    path = str(write(small()))
    held = bichat("eval", "run", "--suite", path, "--baseline", path, data_dir=tmp_path)
    assert (held.returncode, held.stdout) == (2, "")
    assert path in held.stderr


def test_a_report_without_the_figures_of_all_turns_is_no_baseline(write: Write, tmp_path: Path) -> None:
    before = tmp_path / "scores.json"
    before.write_text('{"suite": "small", "model": "m", "languages": {}, "turns": {}}', encoding="utf-8")
    held = bichat("eval", "run", "--suite", str(write(small())), "--baseline", str(before), data_dir=tmp_path)
    assert (held.returncode, held.stdout, held.stderr) == (2, "", f"{before}: the figures of all turns are missing\n")


def test_a_place_where_no_report_can_be_written_is_told_before_anything_is_asked(write: Write, tmp_path: Path) -> None:
    path = write(small())
    held = bichat("eval", "run", "--suite", str(path), "--report", str(path / "out"), data_dir=tmp_path)
    assert (held.returncode, held.stdout) == (2, "")
    assert held.stderr == f"No reports can be written into {path / 'out'} (Not a directory). Name another folder.\n"


async def test_the_model_that_is_named_judges(write: Write, tmp_path: Path) -> None:
    path = str(write(small() + 'checklist = ["names the period"]\n'))
    async with ModelServer(lambda _: GOOD) as server:
        place = {"BICHAT_MODEL": "offline", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url, "BICHAT_JUDGE_MODEL": "usual"}
        held = await asyncio.to_thread(bichat, "eval", "run", "--suite", path, "--judge", "careful", data_dir=tmp_path, **place)
    assert held.returncode == 0, held.stderr
    assert held.stdout.splitlines()[-1].split()[-6:] == ["3", "of", "3", "0", "450", "unknown"]
    assert {entry["body"]["model"] for entry in server.log} == {"careful"}


def test_a_judge_without_a_key_is_wrong_usage(write: Write, tmp_path: Path) -> None:
    held = bichat("eval", "run", "--suite", str(write(small())), data_dir=tmp_path, BICHAT_JUDGE_MODEL="careful")
    assert (held.returncode, held.stdout) == (2, "")
    assert "careful cannot judge without a key. Set OPENAI_API_KEY" in held.stderr
