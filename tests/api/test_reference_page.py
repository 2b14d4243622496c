"""The page for people says all that the OpenAPI document does, in the reader's language."""

import html
import re
import shlex
from typing import Any

import httpx
import pytest

from app.api.reading_words import WORDS
from app.api.stream_events import TOLD
from app.web.locale import translator
from tests.chat.conftest import Chat, Person

PAGE = "/bi-chat/programs"
IDS = re.compile(r'\sid="([^"]+)"')
EXAMPLE = re.compile(r'<pre id="[^"]+"><code>(curl .*?)</code></pre>', re.DOTALL)


def sentences(document: dict[str, Any]) -> set[str]:
    """Return what the document says besides of calls and their answers, which are told by their methods."""
    found = {document["info"]["description"]}
    for operation in (each for path in document["paths"].values() for each in path.values()):
        found |= {operation["summary"], *operation["tags"]}
        found |= {answer["description"] for answer in operation["responses"].values()}
        found |= {each["schema"].get("description", "") for each in operation.get("parameters", ())}
    found |= {event["description"] for event in document["x-events"].values()}
    for schema in document["components"]["schemas"].values():
        fields = schema.get("properties", {})
        found |= {schema.get("description", ""), *(field.get("description", "") for field in fields.values())}
    return {sentence for sentence in found if sentence and not sentence.startswith("The answer to `")}


async def test_every_route_method_event_and_type_has_a_place_of_its_own(analyst: Person) -> None:
    document = (await analyst.get("/bi-chat/openapi.json")).json()
    page = (await analyst.get(PAGE)).text
    ids = IDS.findall(page)
    assert len(ids) == len(set(ids))
    schemas = document["components"]["schemas"]
    methods = {schema["properties"]["method"]["enum"][0] for name, schema in schemas.items() if name.endswith("Call")}
    routes = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    types = {f"type-{name}" for name in schemas if not re.fullmatch(r".+(Call|Answer)", name)}
    events = {f"event-{name}" for name in TOLD}
    assert methods | routes | types | events <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


async def test_it_speaks_the_readers_language(analyst: Person) -> None:
    document = (await analyst.get("/bi-chat/openapi.json")).json()
    assert sentences(document) == set(WORDS)
    await analyst.post("/locale", locale="ru", next="/")
    page = (await analyst.get(PAGE)).text
    for sentence in ("Not available yet.", "The body is too large.", "A piece of the answer."):
        assert sentence not in page
        assert translator("ru").gettext(sentence) in page


async def test_its_examples_are_calls_that_the_doors_understand(chat: Chat, analyst: Person, client: httpx.AsyncClient) -> None:
    found = EXAMPLE.findall((await analyst.get(PAGE)).text)
    assert len(found) > 25
    for example in found:
        words = shlex.split(html.unescape(example))
        address = next(word for word in words if word.startswith("http"))
        assert address.startswith(chat.url)
        headers = {"Content-Type": "application/json"}
        if "-d" in words:
            answer = await client.post(address, content=words[words.index("-d") + 1], headers=headers)
        else:
            answer = await client.get(address)
        assert answer.status_code in {200, 403, 404}, (example, answer.text)
        assert '"code":"validation"' not in answer.text.replace(" ", ""), (example, answer.text)


@pytest.mark.parametrize(("email", "status"), [("nobody@one.test", 403), ("viewer@one.test", 200)])
async def test_it_is_for_whoever_may_use_the_chat(chat: Chat, email: str, status: int) -> None:
    async with chat.person(email) as person:
        assert (await person.get(PAGE)).status_code == status
        assert ("/bi-chat/programs" in (await person.get("/account")).text) is (status == 200)
