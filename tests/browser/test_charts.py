"""A chart arrives with the answer, follows the theme, is drawn in another way and taken along."""

import json
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

HOSTILE = "<img src=x onerror=alert(1)>"
SQL = f"""
SELECT branch, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders FROM sales GROUP BY branch
UNION ALL SELECT '{HOSTILE}', 5, 1
"""
PATIENCE = 15_000


def drawing(request: dict[str, Any]) -> Any:
    """Query, then draw what came back, then answer."""
    results = [json.loads(message["content"]) for message in request["messages"] if message["role"] == "tool"]
    if not results:
        return {"parts": [{"call": {"name": "sql_execute", "arguments": {"query": SQL}}}]}
    if len(results) == 1:
        spec = {"type": "bar", "x": "branch", "y": ["revenue"], "title": "Revenue: all branches"}
        return {"parts": [{"call": {"name": "draw_chart", "arguments": {"result_id": results[0]["result_id"], **spec}}}]}
    return "Here it is."


async def charted(page: Page, model: ModelServer) -> Locator:
    model.script = drawing
    await sign_in(page)
    turn = await ask(page, "Draw revenue by branch")
    await expect_status(turn, "completed")
    return await drawn(page)


async def drawn(page: Page) -> Locator:
    chart = page.get_by_test_id("chart")
    await expect(chart).to_have_attribute("data-state", "drawn", timeout=PATIENCE)
    return chart


PAINTED = "document.querySelector('[data-testid=chart] canvas').toDataURL()"


async def picture(chart: Locator) -> str:
    """Return what is painted, as a data address."""
    return str(await chart.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


async def test_it_comes_with_the_answer_and_is_there_after_a_reload(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce")
    chart = await charted(page, model)
    canvas = chart.get_by_role("img")
    description = await canvas.get_attribute("aria-label")
    assert description is not None
    assert description.startswith("Bar chart: revenue by Branch.")
    await expect(chart.locator("canvas").first).to_be_visible()

    await page.reload()
    chart = await drawn(page)
    await expect(chart.get_by_role("img")).to_have_attribute("aria-label", description)
    assert await page.locator('img[src="x"]').count() == 0

    await chart.get_by_text("Show data").focus()
    await page.keyboard.press("Enter")
    await expect(chart.locator("table")).to_be_visible()
    await expect(chart.locator("table")).to_contain_text(HOSTILE)


async def test_it_follows_the_theme(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, color_scheme="light", reduced_motion="reduce")
    chart = await charted(page, model)
    light = await picture(chart)
    for _ in range(2):  # From the system's to light, and on to dark.
        await page.get_by_test_id("theme-switch").click()
    await page.wait_for_function(f"before => {PAINTED} !== before", arg=light)
    dark = await picture(chart)
    await page.emulate_media(color_scheme="dark")
    await page.get_by_test_id("theme-switch").click()  # Back to the system's, which is dark now.
    await page.wait_for_function(f"before => {PAINTED} === before", arg=dark)


async def test_people_draw_it_in_another_way_by_keyboard(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce")
    chart = await charted(page, model)
    await chart.get_by_text("Change", exact=True).focus()
    await page.keyboard.press("Enter")
    kind = chart.get_by_label("Kind")
    await expect(kind).to_be_focused()
    await expect(chart.get_by_label("Size of the bubbles")).to_be_hidden()
    await kind.select_option("pie")
    await chart.get_by_role("checkbox", name="orders").check()
    await chart.get_by_role("button", name="Apply").click()
    await expect(chart.get_by_role("alert").filter(has_text="shows one column")).to_be_visible()

    await chart.get_by_role("checkbox", name="revenue").uncheck()
    await chart.get_by_role("button", name="Apply").click()
    assert "orders by Branch" in await described(chart, "Pie chart")
    await expect(chart.get_by_text("Change", exact=True)).to_be_focused()

    await page.reload()
    await drawn(page)
    await chart.get_by_text("Change", exact=True).click()
    await chart.get_by_role("button", name="Analyst’s version").click()
    await described(chart, "Bar chart")


async def described(chart: Locator, beginning: str) -> str:
    await expect(chart.locator(f'[role=img][aria-label^="{beginning}"]')).to_be_visible(timeout=PATIENCE)
    return str(await chart.get_by_role("img").get_attribute("aria-label"))


async def test_it_is_downloaded_as_a_picture(new_page: NewPage, scripted: Served, model: ModelServer, tmp_path: Any):
    page = await new_page(scripted.url, reduced_motion="reduce", accept_downloads=True)
    chart = await charted(page, model)
    for kind in ("PNG", "SVG"):
        async with page.expect_download() as waiting:
            await chart.get_by_role("button", name=kind).click()
        download = await waiting.value
        assert download.suggested_filename == f"Revenue all branches.{kind.lower()}"
        await download.save_as(tmp_path / kind)
    assert (tmp_path / "PNG").read_bytes().startswith(b"\x89PNG")
    svg = (tmp_path / "SVG").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "Revenue: all branches" in svg
    assert "<img" not in svg


async def test_its_figures_are_taken_along_where_no_table_offers_them(
    new_page: NewPage, scripted: Served, model: ModelServer, tmp_path: Any
):
    page = await new_page(scripted.url, reduced_motion="reduce", accept_downloads=True)
    chart = await charted(page, model)
    await chart.get_by_test_id("export-csv").click()
    async with page.expect_download(timeout=PATIENCE) as waiting:
        await page.get_by_role("link", name="Revenue all branches.csv").click(timeout=PATIENCE)
    await (await waiting.value).save_as(tmp_path / "figures.csv")
    assert HOSTILE in (tmp_path / "figures.csv").read_text(encoding="utf-8-sig")


CONTRASTS = """async (figure) => {
  const { colours, dress } = await import(figure.dataset.drawing);
  const writing = await import(figure.dataset.writing);
  const payload = await (await fetch(figure.dataset.chart)).json();
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const contrast = (...pair) => {
    const [low, high] = pair.map(light).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const [series] = dress(payload, colours(figure), { writing, width: 800 }).series;
  return series.data.map((tile) => contrast(tile.itemStyle.color, series.label.color));
}"""


async def test_names_on_tiles_can_be_read_in_both_themes(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, color_scheme="light", reduced_motion="reduce")
    chart = await charted(page, model)
    await chart.get_by_text("Change", exact=True).click()
    await chart.get_by_label("Kind").select_option("treemap")
    await chart.get_by_role("button", name="Apply").click()
    await described(chart, "Treemap")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        contrasts = await page.get_by_test_id("chart").evaluate(CONTRASTS)
        assert contrasts
        assert min(contrasts) >= 4.5, scheme


async def test_a_kind_comes_with_columns_that_fit_it(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce")
    chart = await charted(page, model)
    await chart.get_by_text("Change", exact=True).click()
    kind = chart.get_by_label("Kind")
    await expect(kind.locator("option[value=heatmap]")).to_be_disabled()
    await chart.get_by_text("Why some kinds cannot be chosen").click()
    await expect(chart.get_by_text("A heatmap needs a column under “Split by”")).to_be_visible()
    await kind.select_option("scatter")
    await chart.get_by_role("button", name="Apply").click()
    await described(chart, "Scatter chart")


async def test_without_scripts_its_figures_are_shown(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce")
    await charted(page, model)
    cookies = await page.context.cookies()
    plain = await new_page(scripted.url, java_script_enabled=False)
    await plain.context.add_cookies([{**cookie} for cookie in cookies])  # type: ignore[typeddict-item]  # the same cookies as they came
    await plain.goto(page.url)
    chart = plain.get_by_test_id("chart")
    await expect(chart.locator("table")).to_be_visible()
    await expect(chart.get_by_text("Drawing the chart…")).to_be_hidden()
    await expect(chart.get_by_text("Charts need scripts.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_passes_axe_with_its_form_and_table_open(new_page: NewPage, scripted: Served, model: ModelServer, theme: str):
    page = await new_page(scripted.url, color_scheme=theme, viewport={"width": 390, "height": 900}, reduced_motion="reduce")
    chart = await charted(page, model)
    await chart.get_by_text("Change", exact=True).click()
    await expect(chart.get_by_label("Kind")).to_be_visible()
    await chart.get_by_text("Show data").click()
    found = await violations(page)
    assert not found, "\n".join(found)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_lost_library_is_told_and_the_table_stays(
    new_page: NewPage, scripted: Served, model: ModelServer, page_errors: list[str]
):
    page = await new_page(scripted.url)
    await page.route("**/vendor/echarts*", lambda route: route.abort())
    model.script = drawing
    await sign_in(page)
    await expect_status(await ask(page, "Draw revenue by branch"), "completed")
    chart = page.get_by_test_id("chart")
    await expect(chart.get_by_role("alert")).to_contain_text("This chart cannot be drawn.", timeout=PATIENCE)
    await chart.get_by_text("Show data").click()
    await expect(chart.locator("table")).to_be_visible()
    page_errors.clear()
