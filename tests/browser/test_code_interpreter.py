"""What a program printed, drew and wrote stands with the answer, on a phone too, and after a reload."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.conftest import Serve
from tests.model_server import ModelServer
from tests.servers import Served

CODE = "import matplotlib.pyplot as plt\n\nmonths = [3, 5, 8]\nplt.plot(months)\nplt.savefig('trend.png')\nprint(sum(months))"
FILES = ("trend.png", "trend.csv", "old.csv")


@pytest.fixture
def calculating(serve: Serve, demo_dir: Path, model: ModelServer) -> Served:
    """BiChat with the demo, whose model may run programs."""
    hosted = {"BICHAT_MODEL_API": "responses", "BICHAT_HOSTED_TOOLS": "code_interpreter", "BICHAT_AUTOMATIC_TITLES": "false"}
    return serve(demo_dir, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model.url, **hosted)


def drawn() -> bytes:
    image, written = Image.new("RGBA", (900, 500), (0, 0, 0, 0)), io.BytesIO()
    ImageDraw.Draw(image).line([(50, 450), (400, 300), (850, 60)], fill="navy", width=6)
    image.save(written, "PNG")
    return written.getvalue()


def script(model: ModelServer) -> None:
    place = "/v1/containers/cntr_1/files/{}/content".format
    model.files = {place("f0"): drawn(), place("f1"): b"month,branch,total\n" + b"2026-01,Chilonzor,41.5\n" * 12}
    outputs = [{"type": "logs", "logs": "16\n"}]
    program = {"type": "code_interpreter_call", "code": CODE, "container_id": "cntr_1", "outputs": outputs}
    told = {"type": "container_file_citation", "container_id": "cntr_1", "start_index": 0, "end_index": 1}
    files = [{"annotation": {**told, "file_id": f"f{number}", "filename": name}} for number, name in enumerate(FILES)]
    model.script = {"rules": [{"turns": [{"parts": [{"hosted": program}, "The trend rises, by 16 in all.", *files]}]}]}


async def test_a_program_its_picture_and_its_table_stand_with_the_answer(
    new_page: NewPage, calculating: Served, model: ModelServer
) -> None:
    script(model)
    manager = await new_page(calculating.url)
    await sign_in(manager, "admin@demo.test")
    await manager.goto("/bi-chat/manage/settings")
    await manager.locator('[name="tool.code_interpreter"]').select_option("allow")
    await manager.get_by_test_id("tools-save").click()
    await expect(manager.get_by_text("What was decided about the tools is saved.")).to_be_visible()
    page = await new_page(calculating.url, viewport={"width": 390, "height": 800}, color_scheme="dark")
    await sign_in(page)
    turn = await ask(page, "How is the trend?")
    await expect_status(turn, "completed")
    for _ in ("live", "reloaded"):
        image = turn.get_by_test_id("code-image")
        await image.scroll_into_view_if_needed()
        await expect(image).to_have_js_property("naturalWidth", 900)
        table = turn.locator('[data-form="csv"]')
        await expect(table.locator("tbody tr")).to_have_count(10)
        await expect(table).to_contain_text("First 10 of 12 rows")
        await expect(turn.get_by_test_id("lost-files")).to_contain_text("“old.csv” is gone")
        step = turn.get_by_test_id("tool-step")
        await step.locator("summary").click()
        await expect(step.get_by_test_id("tool-code")).to_contain_text("plt.plot(months)")
        await expect(step.get_by_test_id("tool-logs")).to_have_text("16")
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.reload()
    async with page.expect_download() as download:
        await turn.locator('[data-form="csv"]').get_by_test_id("export-download").click()
    assert (await download.value).suggested_filename == "trend.csv"
