"""An answer that is being written survives reloads, second tabs, lost networks and impatience."""

import asyncio

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

PARAGRAPHS = [f"Paragraph {number} tells something that takes a few words." for number in range(120)]
TEXT = "\n\n".join(PARAGRAPHS)


def slowly(text: str, pieces: int, rate: float, *, half: asyncio.Event) -> dict[str, object]:
    """A turn that writes `text` in pieces, so many a second; it stops in the middle until `half` is set."""
    size = -(-len(text) // pieces)
    parts: list[object] = []
    for at in range(0, len(text), size):
        parts += [text[at : at + size], {"sleep": 1 / rate}]
    return {"parts": [*parts[: pieces // 2 * 2], {"until": half}, *parts[pieces // 2 * 2 :]]}


async def began(page: Page, model: ModelServer, pieces: int = 400, rate: float = 100) -> asyncio.Event:
    """Ask, wait for the first paragraphs and return what lets the second half come."""
    half = asyncio.Event()
    model.script = {"rules": [{"turns": [slowly(TEXT, pieces, rate, half=half)]}]}
    await sign_in(page)
    turn = await ask(page, "Tell me everything")
    await expect(turn.get_by_test_id("answer-text").locator("p").nth(3)).to_be_visible()
    return half


async def expect_whole_answer(page: Page) -> None:
    turn = page.get_by_test_id("turn")
    await expect_status(turn, "completed")
    assert await turn.get_by_test_id("answer-text").locator("p").all_inner_texts() == PARAGRAPHS


async def test_a_finished_block_stays_the_same_node_while_500_more_chunks_arrive(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    page = await new_page(scripted.url)
    half = await began(page, model, pieces=1100, rate=150)
    await page.evaluate("window.kept = document.querySelector('[data-testid=answer-text] p')")
    half.set()
    await expect_whole_answer(page)
    assert await page.evaluate("window.kept === document.querySelector('[data-testid=answer-text] p')")


async def test_a_reload_in_the_middle_shows_the_whole_answer_and_goes_on(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    half = await began(page, model)
    await page.reload()
    await expect(page.get_by_test_id("answer-text").locator("p").nth(3)).to_be_visible()
    half.set()
    await expect_whole_answer(page)


async def test_a_second_tab_follows_the_same_answer(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    half = await began(page, model)
    second = await page.context.new_page()
    await second.goto(page.url)
    await expect(second.get_by_test_id("answer-text").locator("p").nth(3)).to_be_visible()
    half.set()
    await expect_whole_answer(second)
    await expect_whole_answer(page)


async def test_an_answer_is_followed_however_late_the_scripts_come(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    half = await began(page, model)

    asked: list[str] = []

    async def later_and_later(route: Route) -> None:
        asked.append(route.request.url)
        await asyncio.sleep(len(asked) * 0.3)
        await route.continue_()

    second = await page.context.new_page()
    await second.route("**/static/**/*.js*", later_and_later)
    await second.goto(page.url)
    assert len(asked) > 3
    await expect(second.get_by_test_id("answer-text").locator("p").nth(3)).to_be_visible()
    half.set()
    await expect_whole_answer(second)


async def test_a_lost_network_is_told_and_the_answer_goes_on_without_loss(
    new_page: NewPage, scripted: Served, model: ModelServer, page_errors: list[str]
):
    page = await new_page(scripted.url)
    half = await began(page, model)
    scripted.kill()
    await expect(page.get_by_text("Connection lost, trying again…")).to_be_visible(timeout=10_000)
    half.set()
    scripted.restart()
    turn = page.get_by_test_id("turn")
    await expect_status(turn, "completed")
    assert await turn.get_by_test_id("answer-text").locator("p").all_inner_texts() == PARAGRAPHS
    await expect(page.get_by_text("Connection lost, trying again…")).to_be_hidden()
    page_errors.clear()  # Chromium reports the lost stream.


async def test_esc_stops_and_what_was_written_stays(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    await began(page, model)
    await expect(page.get_by_test_id("stop")).to_be_visible()
    await expect(page.get_by_test_id("send")).to_be_hidden()
    await page.keyboard.press("Escape")
    turn = page.get_by_test_id("turn")
    await expect_status(turn, "stopped")
    await expect(page.get_by_test_id("send")).to_be_visible()
    await expect(turn.get_by_test_id("answer-text")).to_contain_text(PARAGRAPHS[0])
    await page.reload()
    await expect_status(turn, "stopped")
    await expect(turn.get_by_test_id("answer-text")).to_contain_text(PARAGRAPHS[0])


async def test_scrolling_up_is_left_alone_until_the_reader_jumps_back(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, viewport={"width": 1000, "height": 500})
    half = await began(page, model)
    transcript = page.locator("[data-transcript]")
    jump = page.locator("[data-to-latest]")
    await expect(page.get_by_test_id("answer-text").locator("p").nth(25)).to_be_attached(timeout=10_000)
    await page.mouse.move(600, 250)
    await page.mouse.wheel(0, -600)
    await expect(jump).to_be_visible()
    top = await transcript.evaluate("element => element.scrollTop")
    count = await page.get_by_test_id("answer-text").locator("p").count()
    half.set()
    await expect(page.get_by_test_id("answer-text").locator("p").nth(count + 5)).to_be_attached()
    assert await transcript.evaluate("element => element.scrollTop") == top
    await jump.click()
    await expect(jump).to_be_hidden()


async def test_what_is_drawn_after_an_answer_has_ended_is_followed(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, viewport={"width": 1000, "height": 500})
    half = await began(page, model)
    half.set()
    await expect_whole_answer(page)
    left = await page.locator("[data-transcript]").evaluate("""async (view) => {
        const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        await drawn();
        view.querySelector("[data-testid=turn]").style.paddingBlockEnd = "400px";
        await drawn();
        return view.scrollHeight - view.clientHeight - view.scrollTop;
    }""")
    assert left < 5


async def test_a_failed_answer_is_explained_and_tried_again(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    model.script = lambda _request: {"status": 401, "error": {"code": "invalid_api_key", "message": "no"}}
    await sign_in(page)
    turn = await ask(page, "What went wrong?")
    await expect_status(turn, "failed")
    await expect(turn.get_by_test_id("run-error")).to_contain_text("OPENAI_API_KEY")

    model.script = lambda _request: {"parts": ["Half an answer"], "ending": "reset"}
    turn = await ask(page, "And now?")
    await expect_status(turn, "failed")
    model.script = lambda _request: "All is well."
    await turn.get_by_test_id("retry").click()
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_have_text("All is well.")
