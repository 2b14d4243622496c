"""Prompts say what they are filled in with, and begin with what stays the same."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from app.agent import analysts, prompt_files
from app.data.periods import Calendar
from tests.agent.test_loop import ACTOR


def prompt(company: str, day: int = 21, skills: str = "") -> str:
    facts = analysts.facts(
        actor=dataclasses.replace(ACTOR, tenant_name=company), dialect="postgres", locale="uz",
        calendar=Calendar("Asia/Tashkent"), now=dt.datetime(2026, 11, day, tzinfo=dt.UTC),
    )  # fmt: skip
    return analysts.system_prompt(facts, ("Say more.", "", "{{ no template }}"), skills)


def test_the_analyst_is_told_who_it_works_for_and_what_day_it_is() -> None:
    text = prompt("One & {{ Sons }}")
    assert text.startswith("You are the BI analyst of One & {{ Sons }}.")
    assert "Today is Saturday, 2026-11-21, in the time zone Asia/Tashkent." in text
    assert text.endswith("Say more.\n\n{{ no template }}")


def test_another_day_changes_only_the_end() -> None:
    today, tomorrow = prompt("One"), prompt("One", 22)
    assert today != tomorrow
    assert today.partition("# Facts")[0] == tomorrow.partition("# Facts")[0]
    assert "# Bounds" in today.partition("# Facts")[0]


@pytest.mark.parametrize("told", [analysts.title_prompt, analysts.summary_prompt])
def test_prompts_without_variables_are_text(told: object) -> None:
    assert callable(told)
    assert told().startswith("You ")


@pytest.mark.parametrize("values", [{}, {"company": "One"}])
def test_what_is_declared_must_be_given_and_nothing_else(values: dict[str, str]) -> None:
    with pytest.raises(prompt_files.PromptError):
        prompt_files.written("bi_analyst", **values)
    with pytest.raises(prompt_files.PromptError):
        prompt_files.written("title", company="One")


@pytest.mark.parametrize("path", sorted(prompt_files.FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_prompt_declares_in_its_first_line_what_it_uses(path: Path) -> None:
    declared = prompt_files.compiled(path.stem, path.read_text(encoding="utf-8")).declared
    assert path.read_text(encoding="utf-8").startswith("{# Given: ")
    assert bool(declared) == (path.stem in {"bi_analyst", "skills"})
