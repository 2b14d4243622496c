"""Roles that a company makes of the four permissions; the built-in ones are only shown."""

import re
import uuid

import pytest
from sqlalchemy import select, update

from app.identity.models import Role, User
from tests.admin.words import actions, details_of
from tests.chat.conftest import Chat, Person
from tests.site import ON_EACH_ENGINE

PAGE = "/bi-chat/manage/roles"
ROLE = re.compile(r'data-testid="role" data-role="([^"]+)"')
READER = ["BiChat.Access", "BiChat.ReadAll"]


async def id_of(site: Chat, name: str) -> uuid.UUID:
    async with site.database.reading() as db:
        return (await db.scalars(select(Role.id).join(User, User.tenant_id == Role.tenant_id).where(
            Role.name == name, User.email == "admin@one.test"
        ))).one()  # fmt: skip


async def give(site: Chat, email: str, role_id: uuid.UUID) -> None:
    async with site.database.writing() as db:
        await db.execute(update(User).where(User.email == email).values(role_id=role_id))


@ON_EACH_ENGINE
async def test_a_role_is_made_changed_and_deleted_and_works_at_once(admin: Person, site: Chat) -> None:
    assert (await admin.post(PAGE, name=" Reader  of all ", permission=READER)).status_code == 303
    reader = await id_of(site, "Reader of all")
    await give(site, "analyst@one.test", reader)
    async with site.person("analyst@one.test") as analyst:
        assert (await analyst.get("/bi-chat/manage/people")).status_code == 403
        everything = [*READER, "BiChat.Manage", "BiChat.Export"]
        assert (await admin.post(f"{PAGE}/{reader}", name="Chief", permission=everything)).status_code == 303
        assert (await analyst.get("/bi-chat/manage/people")).status_code == 200
        await admin.post(f"{PAGE}/{reader}", name="Chief", permission=["BiChat.Access"])
        assert (await analyst.get("/bi-chat/manage/people")).status_code == 403
    answer = await admin.post(f"{PAGE}/{reader}/delete")
    assert answer.status_code == 409
    assert "Somebody has this role." in answer.text
    await give(site, "analyst@one.test", await id_of(site, "Analyst"))
    assert (await admin.post(f"{PAGE}/{reader}/delete")).status_code == 303
    assert ROLE.findall((await admin.get(PAGE)).text) == ["Viewer", "Analyst", "Auditor", "Admin"]
    assert [action for action in await actions(site) if action.startswith("role.")] == [
        "role.added", "role.changed", "role.changed", "role.deleted",
    ]  # fmt: skip
    assert (await details_of(site, "role.changed"))["before"] == {"name": "Chief", "permissions": sorted(everything)}


@pytest.mark.parametrize("name", ["Viewer", "Analyst", "Auditor", "Admin"])
async def test_built_in_roles_are_only_shown(admin: Person, site: Chat, name: str) -> None:
    role = await id_of(site, name)
    assert (await admin.post(f"{PAGE}/{role}", name="Other", permission=READER)).status_code == 409
    assert (await admin.post(f"{PAGE}/{role}/delete")).status_code == 409
    assert f'action="{PAGE}/{role}' not in (await admin.get(PAGE)).text


@pytest.mark.parametrize(
    ("name", "permissions", "status", "sentence"),
    [
        ("", READER, 422, "The name of a role has 1 to 60 characters."),
        ("x" * 61, READER, 422, "The name of a role has 1 to 60 characters."),
        ("ADMIN", READER, 409, "There is a role ADMIN already."),
        ("Manager", ["BiChat.Manage"], 422, "A role needs the permission to use the chat"),
        ("Manager", ["Everything"], 422, "A role needs the permission to use the chat"),
    ],
)
async def test_what_is_wrong_with_a_role_is_told(
    admin: Person, name: str, permissions: list[str], status: int, sentence: str
) -> None:
    answer = await admin.post(PAGE, name=name, permission=permissions)
    assert answer.status_code == status
    assert sentence in answer.text


async def test_the_last_role_that_manages_keeps_that_permission(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, name="Chief", permission=["BiChat.Access", "BiChat.Manage"])
    chief = await id_of(site, "Chief")
    await give(site, "admin@one.test", chief)
    answer = await admin.post(f"{PAGE}/{chief}", name="Chief", permission=["BiChat.Access"])
    assert answer.status_code == 409
    assert "Somebody has to be able to manage the company" in answer.text
    assert (await admin.get(PAGE)).status_code == 200


async def test_they_are_for_managers_and_their_own_company(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, name="Chief", permission=["BiChat.Access", "BiChat.Manage"])
    chief = await id_of(site, "Chief")
    for email in ("viewer@one.test", "analyst@one.test", "auditor@one.test", "analyst@two.test"):
        async with site.person(email) as person:
            assert (await person.get(PAGE)).status_code == 403
            assert (await person.post(PAGE, name="Mine", permission=READER)).status_code == 403
            assert (await person.post(f"{PAGE}/{chief}/delete")).status_code == 403
    async with site.database.writing() as db:
        two = (await db.scalars(select(User.tenant_id).where(User.email == "analyst@two.test"))).one()
        theirs = Role(id=uuid.uuid4(), tenant_id=two, name="Theirs", permissions=["BiChat.Access"])
        db.add(theirs)
    assert "Theirs" not in (await admin.get(PAGE)).text
    assert (await admin.post(f"{PAGE}/{theirs.id}", name="Mine", permission=READER)).status_code == 404
    assert (await admin.post(f"{PAGE}/{theirs.id}/delete")).status_code == 404
