"""Managers look after the people of their company: invite, give roles, shut out; nobody locks the company out."""

import asyncio
import datetime as dt
import re
import uuid

import httpx
import pytest
from sqlalchemy import select, update

from app.identity import users
from app.identity.models import Invitation, Role, Tenant, User
from app.identity.users import NewUser
from tests.admin.words import actions
from tests.chat.conftest import Chat, Person
from tests.site import ON_EACH_ENGINE, PASSWORD

PAGE = "/bi-chat/manage/people"
LINK = re.compile(r"https?://[^/<]+(/invitation\?key=[\w-]+)")
PERSON = re.compile(r'data-testid="person" data-email="([^"]+)"')


async def id_of(site: Chat, email: str) -> uuid.UUID:
    async with site.database.reading() as db:
        return (await db.scalars(select(User.id).where(User.email == email))).one()


async def role_id(site: Chat, name: str, company: str = "One") -> str:
    async with site.database.reading() as db:
        query = select(Role.id).join(Tenant, Tenant.id == Role.tenant_id).where(Role.name == name, Tenant.name == company)
        return str((await db.scalars(query)).one())


async def invited(admin: Person, email: str = "ann@one.test", **fields: str) -> str:
    """Invite somebody and return the path of their link."""
    answer = await admin.post(PAGE, email=email, **fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = LINK.search(answer.text)
    assert found
    return found[1]


@ON_EACH_ENGINE
async def test_an_invited_person_chooses_a_password_once_and_is_signed_in(admin: Person, site: Chat) -> None:
    link = await invited(admin, first_name="Ann", last_name="Lee", role=await role_id(site, "Analyst"))
    assert link.rsplit("=", 1)[-1] not in (await admin.get(PAGE)).text
    async with site.person("nobody@one.test") as browser:
        assert "ann@one.test" in (await browser.get(link)).text
        assert (await browser.post(link, new_password="short")).status_code == 422
        assert (await browser.post(link, new_password="long enough")).headers["location"] == "/bi-chat"
        assert "Ann Lee" in (await browser.get("/bi-chat")).text
        assert (await browser.get(link)).status_code == 404
        assert (await browser.post(link, new_password="another one")).status_code == 404
    async with site.person("ann@one.test", "long enough"):
        pass
    assert {"user.invited", "user.joined"} <= set(await actions(site))


async def test_only_the_hash_of_a_link_is_kept(admin: Person, site: Chat) -> None:
    key = (await invited(admin)).rsplit("=", 1)[-1]
    async with site.database.reading() as db:
        (kept,) = await db.scalars(select(Invitation))
    assert key not in str(vars(kept))


async def test_a_link_is_over_after_a_week_and_a_new_one_ends_the_old(admin: Person, site: Chat) -> None:
    first = await invited(admin)
    ann = await id_of(site, "ann@one.test")
    second = LINK.search((await admin.post(f"{PAGE}/{ann}/link")).text)
    assert second
    assert (await admin.get(first)).status_code == 404
    assert (await admin.get(second[1])).status_code == 200
    async with site.database.writing() as db:
        week = dt.timedelta(days=7)
        assert (await db.scalars(select(Invitation))).one().expires_at - dt.datetime.now(dt.UTC) <= week
        await db.execute(update(Invitation).values(expires_at=dt.datetime.now(dt.UTC)))
    assert (await admin.get(second[1])).status_code == 404
    assert "link is over" in (await admin.get(PAGE)).text


async def test_a_new_link_replaces_a_forgotten_password_and_signs_out_everywhere(admin: Person, site: Chat) -> None:
    async with site.person("analyst@one.test") as analyst:
        found = LINK.search((await admin.post(f"{PAGE}/{await id_of(site, 'analyst@one.test')}/link")).text)
        assert found
        assert (await analyst.get("/bi-chat")).status_code == 200
        async with site.person("nobody@one.test") as other:
            await other.post(found[1], new_password="a new password")
        assert (await analyst.get("/bi-chat")).status_code == 303
    async with site.person("analyst@one.test", "a new password"):
        pass


@pytest.mark.parametrize(
    ("email", "status", "sentence"),
    [
        ("not an address", 422, "is not an e-mail address"),
        ("viewer@one.test", 409, "There is a person with the address viewer@one.test already."),
        ("ANALYST@two.test", 409, "There is a person with the address analyst@two.test already."),
    ],
)
async def test_an_address_that_cannot_be_invited_is_told_and_stays_in_the_form(
    admin: Person, email: str, status: int, sentence: str
) -> None:
    answer = await admin.post(PAGE, email=email, first_name="Ann")
    assert answer.status_code == status
    assert sentence in answer.text
    assert 'value="Ann"' in answer.text


@ON_EACH_ENGINE
async def test_another_role_and_shutting_out_take_effect_at_once(admin: Person, site: Chat) -> None:
    analyst_id = await id_of(site, "analyst@one.test")
    async with site.person("analyst@one.test") as analyst:
        answer = await admin.post(f"{PAGE}/{analyst_id}/role", role="")
        assert answer.headers["location"].startswith(f"{PAGE}?done=role")
        assert (await analyst.get("/bi-chat")).status_code == 403
        await admin.post(f"{PAGE}/{analyst_id}/role", role=await role_id(site, "Viewer"))
        assert (await analyst.get("/bi-chat")).status_code == 200
        await admin.post(f"{PAGE}/{analyst_id}/deactivate")
        assert (await analyst.get("/bi-chat")).status_code == 303
    await admin.post(f"{PAGE}/{analyst_id}/reactivate")
    async with site.person("analyst@one.test", PASSWORD) as analyst:
        assert (await analyst.get("/bi-chat")).status_code == 200
    assert {"user.role_changed", "user.deactivated", "user.reactivated"} <= set(await actions(site))
    assert "Person let in again" in (await admin.get("/bi-chat/manage/audit")).text


async def test_shutting_out_ends_the_run_that_goes_on(admin: Person, site: Chat) -> None:
    site.model.add([asyncio.Event()])
    async with site.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("Well?")
        await admin.post(f"{PAGE}/{await id_of(site, 'analyst@one.test')}/deactivate")
    async with site.person("auditor@one.test") as auditor:
        page = await auditor.until(session, "failed")
    assert "Well?" in page


async def test_the_last_manager_stays_and_nobody_changes_themselves(admin: Person, site: Chat) -> None:
    admin_id = await id_of(site, "admin@one.test")
    for change in ("role", "deactivate", "link"):
        assert (await admin.post(f"{PAGE}/{admin_id}/{change}", role="")).status_code == 409
    async with site.database.reading() as db:
        company = (await db.scalars(select(User.tenant_id).where(User.email == "admin@one.test"))).one()
    await users.add(site.database, company, NewUser("second@one.test", PASSWORD, "Admin"))
    async with site.person("second@one.test") as second:
        assert (await second.post(f"{PAGE}/{admin_id}/deactivate")).status_code == 303
        assert (await second.post(f"{PAGE}/{admin_id}/reactivate")).status_code == 303


@ON_EACH_ENGINE
async def test_two_managers_do_not_shut_each_other_out_at_once(admin: Person, site: Chat) -> None:
    async with site.database.reading() as db:
        company = (await db.scalars(select(User.tenant_id).where(User.email == "admin@one.test"))).one()
    await users.add(site.database, company, NewUser("second@one.test", PASSWORD, "Admin"))
    ids = [await id_of(site, email) for email in ("second@one.test", "admin@one.test")]
    async with site.person("second@one.test") as second:
        answers = await asyncio.gather(*(
            manager.post(f"{PAGE}/{other}/deactivate") for manager, other in zip((admin, second), ids, strict=True)
        ))  # fmt: skip
    # The second one comes too late: either nobody would be left, or it is nobody's request any more.
    assert sorted(answer.headers.get("location", "")[:6] for answer in answers).count("/bi-ch") == 1


async def test_an_invited_manager_who_has_not_come_yet_does_not_count(admin: Person, site: Chat) -> None:
    await invited(admin, role=await role_id(site, "Admin"))
    async with site.database.writing() as db:
        own = await db.get_one(Role, uuid.UUID(await role_id(site, "Admin")))
        db.add(Role(tenant_id=own.tenant_id, name="Chief", permissions=own.permissions))
    admin_id = await id_of(site, "admin@one.test")
    await admin.post(f"{PAGE}/{await id_of(site, 'viewer@one.test')}/role", role=await role_id(site, "Chief"))
    async with site.person("viewer@one.test") as chief:
        assert (await chief.post(f"{PAGE}/{admin_id}/deactivate")).status_code == 303
        async with site.database.writing() as db:
            await db.execute(update(User).where(User.id == admin_id).values(is_active=True, role_id=None))
        assert (await chief.post(f"{PAGE}/{await id_of(site, 'ann@one.test')}/deactivate")).status_code == 303


async def test_people_are_looked_for_and_paged(admin: Person, site: Chat) -> None:
    async with site.database.writing() as db:
        company = (await db.scalars(select(User.tenant_id).where(User.email == "admin@one.test"))).one()
        for number in range(60):
            name = {"first_name": "Ёлка", "last_name": f"Номер {number:02}"}
            db.add(User(tenant_id=company, email=f"p{number:02}@one.test", password_hash="!", **name))
    first = await admin.get(PAGE)
    assert "65 people" in first.text
    assert len(PERSON.findall(first.text)) == 50
    second = await admin.get(f"{PAGE}?page=2")
    assert len(PERSON.findall(second.text)) == 15
    found = await admin.get(f"{PAGE}?q=ёлка+номер+07")
    assert PERSON.findall(found.text) == ["p07@one.test"]
    assert "Nobody matches." in (await admin.get(f"{PAGE}?q=%25")).text
    for odd in ("999999999999", "123456abc", "²", "-1", ""):
        assert (await admin.get(f"{PAGE}?page={odd}")).status_code == 200


async def test_it_is_for_managers_and_their_own_company(admin: Person, site: Chat) -> None:
    stranger = await id_of(site, "analyst@two.test")
    assert "analyst@two.test" not in (await admin.get(PAGE)).text
    for change in ("role", "deactivate", "reactivate", "link"):
        assert (await admin.post(f"{PAGE}/{stranger}/{change}", role="")).status_code == 404
    theirs = await role_id(site, "Admin", "Two")
    assert (await admin.post(f"{PAGE}/{await id_of(site, 'viewer@one.test')}/role", role=theirs)).status_code == 404
    assert (await admin.post(PAGE, email="ann@one.test", role=theirs)).status_code == 404
    for email in ("viewer@one.test", "analyst@one.test", "auditor@one.test", "analyst@two.test"):
        async with site.person(email) as person:
            assert (await person.get(PAGE)).status_code == 403
            assert (await person.post(PAGE, email="ann@one.test")).status_code == 403
            assert (await person.post(f"{PAGE}/{stranger}/role", role="")).status_code == 403


async def test_a_link_of_a_closed_company_or_of_somebody_shut_out_does_not_work(admin: Person, site: Chat) -> None:
    link = await invited(admin)
    ann = await id_of(site, "ann@one.test")
    await admin.post(f"{PAGE}/{ann}/deactivate")
    assert (await admin.get(link)).status_code == 404
    assert (await admin.post(f"{PAGE}/{ann}/link")).status_code == 409
    await admin.post(f"{PAGE}/{ann}/reactivate")
    assert (await admin.get(link)).status_code == 200
    async with site.database.writing() as db:
        await db.execute(update(Tenant).where(Tenant.name == "One").values(is_active=False))
    async with httpx.AsyncClient(base_url=site.url) as nobody:
        assert (await nobody.get(link)).status_code == 404
