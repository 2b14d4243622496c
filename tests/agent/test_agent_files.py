"""Agents are files that say of themselves what they can do; what is wrong in one is told at the start."""

import datetime as dt
from pathlib import Path

import pytest

from app.agent import agent_files, analysts
from app.agent.agent_files import AgentFilesError
from app.agent.tools.registry import BUILT_IN
from app.data.periods import Calendar
from tests.agent.test_loop import ACTOR

NAMES = {tool.name for tool in BUILT_IN}
RIGHT = "---\nname: scout\ndescription: Looks around.\ntools: [schema_list]\niterations: 3\n---\nLook around.\n"


def test_the_agents_of_the_release_can_be_given_tasks() -> None:
    agents = agent_files.load(NAMES)
    assert sorted(agents) == ["chart_maker", "spreadsheet_analyst", "sql_analyst"]
    tools = analysts.tools_of(built_in=BUILT_IN, extra=(), agents=agents)
    told = tools["task"].description
    assert all(f"- {name}: {agent.facts.description}" in told for name, agent in agents.items())
    facts = analysts.facts(
        actor=ACTOR, dialect="sqlite", locale="uz", calendar=Calendar("UTC"), now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    )
    for agent in agents.values():
        ready = analysts.sub_agent(agent, facts, ("Revenue is net of returns.",), tools, "small")
        assert ready.system.startswith("You are the ")
        assert ready.system.endswith("Revenue is net of returns.")
        assert "task" not in ready.tools
        assert "ask_user_question" not in ready.tools
        assert ready.model_name == "small"


def test_an_agent_goes_without_the_tools_that_are_not_there() -> None:
    agent = agent_files.load(NAMES)["sql_analyst"]
    facts = dict.fromkeys(agent_files.FACTS, "x")
    ready = analysts.sub_agent(agent, facts, (), {tool.name: tool for tool in BUILT_IN if tool.name != "kb_search"}, None)
    assert "kb_search" not in ready.tools
    assert "sql_execute" in ready.tools


def test_an_agent_is_told_of_skills_where_its_file_lists_the_tool_that_reads_them() -> None:
    agents, facts = agent_files.load(NAMES), dict.fromkeys(agent_files.FACTS, "x")
    some = {tool.name: tool for tool in BUILT_IN}
    told = {
        name: analysts.sub_agent(agent, facts, ("Last.",), some, None, "- stock: Count it.") for name, agent in agents.items()
    }
    assert "load_skill" in told["sql_analyst"].tools
    assert told["sql_analyst"].system.endswith("\n- stock: Count it.\n\nLast.")
    assert "stock" not in told["chart_maker"].system
    without = analysts.sub_agent(agents["sql_analyst"], facts, (), some, None)
    assert "# Skills" not in without.system


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Look around.", "scout.md:1: the file does not begin with its name"),
        (RIGHT.replace("description: Looks around.\n", ""), "scout.md:1: Object missing required field `description`"),
        (RIGHT.replace("iterations: 3", "iterations: none"), "scout.md:5: Expected `int`"),
        (RIGHT.replace("iterations: 3", "iterations: 0"), "scout.md:5: Expected `int` >= 1"),
        (RIGHT.replace("iterations: 3", "iterations: 3\nsecret: 1"), "scout.md:6: Object contains unknown field `secret`"),
        (RIGHT.replace("scout", "Big Scout"), "scout.md:2: Expected `str` matching regex"),
        (RIGHT.replace("schema_list", "schema_list, fly"), "scout.md: there is no tool named fly"),
        (RIGHT.replace("schema_list", "schema_list, schema_list"), "scout.md: the tool schema_list is named twice"),
        (RIGHT.replace("schema_list", "task"), "scout.md: task is the BI analyst's alone"),
        (RIGHT.replace("schema_list", "ask_user_question"), "scout.md: ask_user_question is the BI analyst's alone"),
        (RIGHT.replace("Look around.\n", "{# Given: company #}\nLook."), "scout.md: scout does not use the variables"),
        (RIGHT.replace("Look around.\n", "{# Given: moon #}\n{{ moon }}"), "scout.md: nothing is known of moon"),
        (RIGHT.replace("Look around.\n", "{# Given: company #}\n{{ company "), "scout.md: scout is no template"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "scout.md").write_text(text, encoding="utf-8")
    with pytest.raises(AgentFilesError) as fault:
        agent_files.load(NAMES, tmp_path)
    assert str(fault.value).startswith(told)


def test_two_agents_cannot_have_one_name_and_all_faults_are_told_at_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "three.md").write_text("", encoding="utf-8")
    with pytest.raises(AgentFilesError) as fault:
        agent_files.load(NAMES, tmp_path)
    assert "three.md:1:" in str(fault.value)
    assert "two.md: there is another agent named scout" in str(fault.value)
