"""The served application answers as its own description says, whatever is sent."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.servers import Served, bichat

DOCUMENT = "/bi-chat/openapi.json"
CONFORMANCE = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
EXAMPLES = 12
DOORS = {
    "GET /bi-chat/graphql/schema.graphql", "GET /bi-chat/stream/events", "GET /bi-chat/stream/status", "GET /health",
    "GET /health/live", "GET /health/ready", "POST /bi-chat/graphql", "POST /bi-chat/rpc", "POST /bi-chat/stream",
    "POST /bi-chat/stream/stop",
}  # fmt: skip


@pytest.fixture(scope="session")
def headers(shared_server: Served) -> dict[str, str]:
    made = bichat("token", "create", "--email", "analyst@demo.test", data_dir=shared_server.data_dir)
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


@pytest.fixture(scope="session")
def described(shared_server: Served, headers: dict[str, str]) -> dict[str, Any]:
    return dict(httpx.get(shared_server.url + DOCUMENT, headers=headers).json())


def test_every_door_for_programs_is_described(described: dict[str, Any]) -> None:
    found = {f"{method.upper()} {path}": of for path, methods in described["paths"].items() for method, of in methods.items()}
    assert set(found) == DOORS
    for door in DOORS - {"GET /health", "GET /health/live", "GET /health/ready"}:
        assert {"401", "403", "429", "500"} < set(found[door]["responses"]), door
        assert found[door]["x-permissions"] == ["BiChat.Access"]
    assert len(found["POST /bi-chat/rpc"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"]) > 17


@pytest.mark.parametrize("door", sorted(DOORS))
@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_a_door_answers_as_described(
    demo_server: Served, headers: dict[str, str], described: dict[str, Any], door: str, mode: GenerationMode
) -> None:
    method, path = door.split()
    operation = schemathesis.openapi.from_dict(described)[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
        return
    checks = [*CONFORMANCE, *([] if door == "POST /bi-chat/rpc" else [negative_data_rejection])]

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def conforms(case: schemathesis.Case) -> None:
        answer = case.call(base_url=demo_server.url, headers=headers, timeout=20)
        case.validate_response(answer, checks=checks)

    conforms()
