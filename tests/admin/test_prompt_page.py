"""A company adds to the analyst's instructions; every version stays, is compared and can be taken again."""

import re
from html import unescape

import msgspec
import pytest

from app.chat import prompt_versions
from app.settings import Settings
from tests.admin.words import details_of
from tests.chat.conftest import Chat, Person
from tests.scripted_model import final_answer
from tests.site import ON_EACH_ENGINE

PAGE = "/bi-chat/manage/prompt"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, prompt_extension="The project speaks.")


async def told(site: Chat, email: str = "analyst@one.test") -> str:
    """Return what the model is told when somebody asks."""
    site.model.add([final_answer("Yes.")])
    async with site.person(email) as person:
        session, _ = await person.ask("Well?")
        await person.until(session, "completed")
    return site.model.requests[-1].system


def lines_of(page: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}><span[^>]*>[^<]*</span>(.*?)</{tag}>", page)
    return [unescape(line) for line in found]


@ON_EACH_ENGINE
async def test_it_follows_the_project_s_and_is_told_to_the_own_company_only(admin: Person, site: Chat) -> None:
    assert (await told(site)).endswith("\n\nThe project speaks.")
    answer = await admin.post(PAGE, text="Say $revenue,\r\nnot sales. ", based_on="0")
    assert answer.status_code == 303
    assert (await told(site)).endswith("\n\nThe project speaks.\n\nSay $revenue,\nnot sales.")
    assert (await told(site, "analyst@two.test")).endswith("\n\nThe project speaks.")
    await admin.post(PAGE, text="", based_on="1")
    assert (await told(site)).endswith("\n\nThe project speaks.")


@ON_EACH_ENGINE
async def test_versions_are_compared_and_taken_again(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, text="one\ntwo\nthree", based_on="0")
    await admin.post(PAGE, text="one\n<b>2</b>\nthree", based_on="1")
    page = (await admin.get(f"{PAGE}?version=2")).text
    assert lines_of(page, "del") == ["two"]
    assert lines_of(page, "ins") == ["<b>2</b>"]
    assert "<b>2" not in page
    assert lines_of((await admin.get(f"{PAGE}?version=1")).text, "ins") == ["one", "two", "three"]
    assert (await admin.post(f"{PAGE}/restore", version="1")).status_code == 303
    assert (await told(site)).endswith("\n\none\ntwo\nthree")
    assert await details_of(site, "prompt.changed") == {
        **await details_of(site, "prompt.changed"), "version": 3, "restored_from": 1, "characters": 13,
    }  # fmt: skip
    assert "as version 1" in (await admin.get(PAGE)).text
    assert "Instructions changed" in (await admin.get("/bi-chat/manage/audit")).text
    for unknown in (f"{PAGE}?version=9", f"{PAGE}?version=x"):
        assert (await admin.get(unknown)).status_code == 404
    assert (await admin.post(f"{PAGE}/restore", version="9")).status_code == 404


async def test_a_text_written_over_an_older_version_does_not_undo_a_colleague_s(admin: Person) -> None:
    await admin.post(PAGE, text="one", based_on="0")
    answer = await admin.post(PAGE, text="another", based_on="0")
    assert answer.status_code == 409
    assert "another</textarea>" in answer.text
    assert 'name="based_on" value="1"' in answer.text
    assert (await admin.post(PAGE, text="one", based_on="0")).status_code == 303
    assert "Version 2" not in (await admin.get(PAGE)).text


async def test_it_is_bounded(admin: Person) -> None:
    limit = prompt_versions.MOST_CHARS
    assert (await admin.post(PAGE, text="x" * limit, based_on="0")).status_code == 303
    answer = await admin.post(PAGE, text="x" * (limit + 1), based_on="1")
    assert answer.status_code == 422
    assert "at most 8000 characters; these have 8001" in answer.text


async def test_it_is_for_managers_and_their_own_company(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, text="one", based_on="0")
    for email in ("viewer@one.test", "analyst@one.test", "auditor@one.test", "analyst@two.test"):
        async with site.person(email) as person:
            assert (await person.get(f"{PAGE}?version=1")).status_code == 403
            assert (await person.post(PAGE, text="two", based_on="1")).status_code == 403
            assert (await person.post(f"{PAGE}/restore", version="1")).status_code == 403


def test_a_comparison_leaves_equal_lines_out() -> None:
    before = "\n".join(str(number) for number in range(20))
    lines = prompt_versions.compared(before, before.replace("\n2\n", "\ntwo\n").replace("18", "eighteen"))
    assert [(line.kind, line.text) for line in lines if line.kind != "same"] == [
        ("removed", "2"), ("added", "two"), ("gap", ""), ("removed", "18"), ("added", "eighteen"),
    ]  # fmt: skip
    assert prompt_versions.compared(before, before) == []


async def test_every_version_can_be_reached(admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_versions, "SHOWN", 2)
    for number in range(5):
        await admin.post(PAGE, text=f"text {number + 1}", based_on=str(number))
    lines = re.compile(r">Version (\d)(?: <|<)")
    first = (await admin.get(PAGE)).text
    assert lines.findall(first) == ["5", "4"]
    assert f"{PAGE}?before=4" in first
    second = (await admin.get(f"{PAGE}?before=4")).text
    assert lines.findall(second) == ["3", "2"]
    assert "speaks now" not in second
    last = (await admin.get(f"{PAGE}?version=1&before=2")).text
    assert lines.findall(last) == ["1"]
    assert "prompt-older" not in last
    assert lines_of(last, "ins") == ["text 1"]
    assert (await admin.get(f"{PAGE}?version=9")).status_code == 404
