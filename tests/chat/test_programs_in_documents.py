"""What programs drew and wrote stands in the document of its answer, and what cannot be printed is said."""

import io
from pathlib import Path

import pypdf
import pytest

from app.chat import document_exhibits
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_code_interpreter import calculating, chat, named, picture, program, provider
from tests.chat.test_exports import fetched, made
from tests.data.charts.test_pictures import alternatives
from tests.model_server import ModelServer

__all__ = ("calculating", "chat", "provider")

LEFT_OUT = "The picture “{}” is not printed here: look at it in the chat.".format


async def answered(analyst: Person, provider: ModelServer) -> str:
    """Have a question answered with two pictures and a table; returns its run."""
    provider.script = [{"parts": [program(), "Done.", *named("plot.png", "photo.jpg", "table.csv")]}]
    session, run = await analyst.ask("What is the total?")
    await analyst.until(session, "completed")
    return run


async def printed(analyst: Person, run: str) -> tuple[pypdf.PdfReader, str]:
    """Return the document of an answer and its text."""
    content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/runs/{run}/exports"))
    document = pypdf.PdfReader(io.BytesIO(content))
    return document, " ".join(" ".join(page.extract_text() for page in document.pages).split())


def lose(settings: Settings, names: str) -> None:
    (kept,) = Path(settings.storage_url.removeprefix("file://")).rglob(names)
    kept.unlink()


async def test_pictures_and_tables_are_printed(chat: Chat, provider: ModelServer) -> None:
    async with chat.person("analyst@one.test") as analyst:
        document, text = await printed(analyst, await answered(analyst, provider))
    images = [image.image for page in document.pages for image in page.images]
    assert [image.size for image in images if image] == [(30, 20), (30, 20)]
    assert alternatives(document) == ["Picture drawn by a program: plot.png", "Picture drawn by a program: photo.jpg"]
    assert all(word in text for word in ("plot.png", "table.csv", "branch", "Chilonzor", "41.5", "=1+1"))
    assert "not printed" not in text


async def test_pictures_that_are_too_much_for_one_document_are_named(
    chat: Chat, provider: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_exhibits, "MOST_PIXELS", 30 * 20)
    large = next(path for path in provider.files if "plot_png" in path)
    provider.files[large] = picture(size=(40, 40))
    async with chat.person("analyst@one.test") as analyst:
        document, text = await printed(analyst, await answered(analyst, provider))
    assert sum(len(page.images) for page in document.pages) == 1
    assert (LEFT_OUT("plot.png") in text, LEFT_OUT("photo.jpg") in text) == (True, False)


async def test_a_picture_that_is_lost_leaves_the_document_whole(chat: Chat, provider: ModelServer, calculating: Settings) -> None:
    async with chat.person("analyst@one.test") as analyst:
        run = await answered(analyst, provider)
        lose(calculating, "*.png")
        document, text = await printed(analyst, run)
    assert sum(len(page.images) for page in document.pages) == 1
    assert (LEFT_OUT("plot.png") in text, "Chilonzor" in text) == (True, True)
