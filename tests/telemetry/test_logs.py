import json
import logging
from collections.abc import Iterator

import msgspec
import pytest
import structlog

from app.settings import Settings
from app.telemetry import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level = logging.root.handlers, logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers, logging.root.level = handlers, level


def lines(settings: Settings, capsys: pytest.CaptureFixture[str], **changes: str) -> list[dict]:
    logs.configure(msgspec.structs.replace(settings, log_format="json", **changes))
    structlog.contextvars.bind_contextvars(request_id="r-1")
    log = structlog.get_logger()
    log.info("token made", token="bct_abcdefghijkl", content="how much did we sell?", email="a@b.test")
    log.debug("asked", content="how much did we sell?")
    logging.getLogger("library").warning("called %s with bct_abcdefghijkl", "postgresql://me:secret@db/x")
    log.error("failed", exc_info=RuntimeError("sk-abcdefghijkl"))
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_json_with_the_requests_id(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for line in lines(settings, capsys):
        assert line["request_id"] == "r-1"
        assert {"event", "level", "timestamp"} <= line.keys()


def test_secrets_and_texts_are_hidden(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    written = lines(settings, capsys)
    assert (written[0]["token"], written[0]["content"], written[0]["email"]) == ("[hidden]", "[hidden]", "a@b.test")
    everything = json.dumps(written)
    assert not [secret for secret in ("bct_abc", "sk-abc", "secret@", "how much") if secret in everything]


def test_texts_show_when_debugging(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    written = lines(settings, capsys, log_level="DEBUG")
    assert written[1]["content"] == "how much did we sell?"
    assert "bct_abc" not in json.dumps(written)


def test_people_get_plain_lines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings)
    structlog.get_logger().info("started", url="http://127.0.0.1:8000")
    assert "started" in capsys.readouterr().err
