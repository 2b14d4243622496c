"""What a company decides for itself: kept, told where wrong, recorded with what it was before, and gone by."""

import uuid
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import select

from app.database import Database
from app.identity import tenants
from app.identity.models import User
from app.identity.tenants import TenantSettings
from app.settings import Settings
from tests.admin.words import actions, details_of
from tests.chat.conftest import Chat, Person, served
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

PAGE = "/bi-chat/manage/settings"
FIELDS = {
    "default_locale": "ru", "time_zone": "Europe/Berlin", "first_weekday": "6", "currency": "eur",
    "models_allowed": "gpt-5.2\r\n small \r\n\r\nsmall", "cap_user_tokens": "1 000 000", "cap_user_cost": "12,50",
    "cap_tenant_tokens": "", "cap_tenant_cost": "100", "retention_days": "90",
}  # fmt: skip
KEPT = TenantSettings("ru", "Europe/Berlin", 6, "EUR", ("gpt-5.2", "small"), 10**6, Decimal("12.5"), None, Decimal(100), 90)
DEFAULT = TenantSettings("en", "Asia/Tashkent", 0, "UZS", (), None, None, None, None, None)


async def company_of(site: Chat, email: str) -> uuid.UUID:
    async with site.database.reading() as db:
        return (await db.scalars(select(User.tenant_id).where(User.email == email))).one()


@ON_EACH_ENGINE
async def test_settings_are_kept_recorded_and_nobody_elses(admin: Person, site: Chat) -> None:
    one, two = [await company_of(site, email) for email in ("admin@one.test", "analyst@two.test")]
    assert await tenants.settings_of(site.database, one) == DEFAULT
    assert (await admin.post(PAGE, **FIELDS)).status_code == 303
    assert await tenants.settings_of(site.database, one) == KEPT
    assert await tenants.settings_of(site.database, two) == DEFAULT
    page = (await admin.get(PAGE)).text
    assert "gpt-5.2\nsmall</textarea>" in page
    assert 'value="12.50"' in page
    kept = await details_of(site, "tenant.settings_changed")
    assert kept["before"]["currency"] == "UZS"
    assert kept["after"]["cap_user_cost"] == "12.50"
    assert "cap_tenant_tokens" not in kept["after"]
    await admin.post(PAGE, **FIELDS)
    assert (await actions(site)).count("tenant.settings_changed") == 1
    await admin.post(PAGE, **{**FIELDS, "cap_user_tokens": "", "retention_days": "", "models_allowed": ""})
    changed = await tenants.settings_of(site.database, one)
    assert (changed.cap_user_tokens, changed.retention_days, changed.models_allowed) == (None, None, ())


async def test_a_manager_reads_which_model_stands_in_and_when_it_does_not(settings: Settings, peopled_url: str) -> None:
    model, stands_in = ScriptedModel(), {"fallback_base_url": "http://127.0.0.1:9/v1", "fallback_model": "spare"}
    async with (
        served(msgspec.structs.replace(settings, database_url=peopled_url, **stands_in), model) as url,
        Chat(url, model, Database(peopled_url)).person("admin@one.test") as admin,
    ):
        page = (await admin.get(PAGE)).text
    assert "Where its provider fails, spare answers instead; if there is a list, that model must be in it too." in page


async def test_where_nothing_stands_in_nothing_is_said_of_it(admin: Person) -> None:
    page = (await admin.get(PAGE)).text
    assert "Usually gpt-5.2 answers." in page
    assert "Where its provider fails" not in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("default_locale", "fr", "BiChat speaks English, Russian and Uzbek."),
        ("time_zone", "Mars/Base", "Mars/Base is not an IANA time zone"),
        ("time_zone", "../etc/passwd", "is not an IANA time zone"),
        ("first_weekday", "7", "The week begins on one of seven days."),
        ("currency", "sum", "SUM is not the code of a currency"),
        ("models_allowed", "two words", "two words is not the name of a model."),
        ("models_allowed", "\n".join(f"m{number}" for number in range(51)), "At most 50 models can be listed."),
        ("cap_user_tokens", "0", "Write a figure from 1 to"),
        ("cap_user_tokens", "-5", "Write a whole figure"),
        ("cap_tenant_tokens", "9" * 15, "Write a figure from 1 to"),
        ("cap_tenant_tokens", "٣", "Write a whole figure"),
        ("cap_user_cost", "0", "Write a figure from 0.01"),
        ("cap_user_cost", "1.005", "Write dollars and cents"),
        ("cap_tenant_cost", "1e999999", "Write"),
        ("cap_tenant_cost", "NaN", "Write dollars and cents"),
        ("retention_days", "4000", "Write a figure from 1 to 3650"),
    ],
)
async def test_what_is_wrong_is_told_beside_what_was_typed(admin: Person, field: str, value: str, sentence: str) -> None:
    answer = await admin.post(PAGE, **{**FIELDS, field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'name="{field}"' in answer.text.split('aria-invalid="true"')[0].rsplit("<", 1)[-1]
    assert "Europe/Berlin" in answer.text or field == "time_zone"


async def test_a_company_s_zone_currency_and_language_are_what_its_people_act_by(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, **FIELDS)
    site.model.add([final_answer("Yes.")])
    async with site.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("Well?")
        await analyst.until(session, "completed")
    told = site.model.requests[-1].system
    assert "Europe/Berlin" in told
    assert "EUR" in told


@ON_EACH_ENGINE
async def test_a_model_that_is_not_allowed_cannot_be_chosen(admin: Person, site: Chat) -> None:
    await admin.post(PAGE, **{**FIELDS, "models_allowed": "small\nlarge"})
    async with site.program("analyst@one.test") as program:
        answer = await program.post("/bi-chat/stream", json={"content": "Well?", "model": "huge"})
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["code"], error["details"]["model"]) == ("validation", "not allowed")
        assert "small, large" in error["message"]
        site.model.add([final_answer("Yes.")], [final_answer("Yes.")])
        await site.stream(program, content="Well?", model="large")
        await site.stream(program, content="Well?")
    assert [request.model for request in site.model.requests] == ["large", "small"]
    async with site.program("analyst@two.test") as program:
        site.model.add([final_answer("Yes.")])
        await site.stream(program, content="Well?", model="huge")
    assert site.model.requests[-1].model == "huge"


async def test_a_model_chosen_before_it_was_forbidden_answers_no_more(admin: Person, site: Chat) -> None:
    async with site.program("analyst@one.test") as program:
        session = (await site.stream(program, content="Well?", model="huge"))[0]["sessionId"]
    await admin.post(PAGE, **{**FIELDS, "models_allowed": "small\ngpt-5.2"})
    site.model.add([final_answer("Yes.")])
    async with site.person("analyst@one.test") as analyst:
        page = await analyst.until(session, "failed")
        run = page.split('data-run-id="')[-1].split('"')[0]
        await analyst.post(f"/bi-chat/runs/{run}/retry")
        await analyst.until(session, "completed")
    assert site.model.requests[-1].model is None


async def test_they_are_for_managers(site: Chat) -> None:
    for email in ("viewer@one.test", "analyst@one.test", "auditor@one.test", "analyst@two.test"):
        async with site.person(email) as person:
            assert (await person.get(PAGE)).status_code == 403
            assert (await person.post(PAGE, **FIELDS)).status_code == 403
