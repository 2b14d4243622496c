"""Every tool of a recorded run is repeated as far as it can be, with today's results, and nothing of the company's changes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.agent.hosted import HostedCall
from app.agent.model import ModelEvent, ModelRequest, ModelResponse, TextDelta, Usage
from app.chat import tool_policies
from app.chat.desk import Desk
from app.evaluation import rehearsal
from app.evaluation.asking import ask
from app.evaluation.replaying import replay
from app.knowledge.editing import Said
from app.knowledge.library import Library
from tests.embedding_server import EmbeddingServer
from tests.evaluation.recorded import (
    PRICES,
    asking,
    by_agent,
    change,
    desk_with,
    done,
    drop_view,
    held,
    kept,
    person,
    replayed,
    with_result,
)
from tests.letters import Post
from tests.scripted_model import Call, ScriptedModel

PLACES = "SELECT name FROM warehouses ORDER BY name"
DEARER = "UPDATE products_t SET price = price + 7 WHERE name = 'Limonad Chinor 0.5 l'"


def bars(found: str) -> Call:
    return Call("draw_chart", {"result_id": found, "type": "bar", "x": "name", "y": ["price"]})


SHOWING = with_result(
    lambda found: Call("render_table", {"result_id": found}),
    bars,
    lambda found: Call("export_data_to_excel", {"result_id": found}),
    lambda _: Call("export_query_to_excel", {"query": PRICES}),
    lambda _: Call("export_to_pdf"),
)
MADE = ["sql_execute", "draw_chart", "export_data_to_excel", "export_query_to_excel", "export_to_pdf"]


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def desk(demo_dir: Path, model: ScriptedModel, post: Post) -> AsyncIterator[Desk]:
    async with desk_with(demo_dir, model, [post.tool]) as desk:
        yield desk


async def test_what_is_shown_and_exported_is_made_of_todays_results(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    model.add(asking(), SHOWING, done())
    run_id = await held(desk)
    before = await replayed(desk, run_id)
    assert {each.state for each in before.values()} == {"same"}
    assert "made again and dropped" in before["export_to_pdf"].what
    change(demo_dir, DEARER)
    after = await replayed(desk, run_id)
    assert {name: after[name].state for name in MADE} == dict.fromkeys(MADE, "differs")
    assert after["render_table"].state == "same"
    (cell,) = after["sql_execute"].details
    assert cell.startswith("Limonad Chinor 0.5 l: price ")
    assert after["export_data_to_excel"].what.startswith("its sheet has other cells")
    assert after["export_to_pdf"].what.startswith("it shows other figures")
    assert any("→" in line for line in after["draw_chart"].details)


async def test_a_result_of_an_earlier_answer_is_asked_again(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    model.add(asking(), done(), with_result(bars), done())
    first = await ask(desk, await person(desk), "Which prices?", (), None)
    run_id = await held(desk, "As bars", session=first.session_id)
    assert (await replayed(desk, run_id))["draw_chart"].state == "same"
    change(demo_dir, DEARER)
    (chart,) = await replay(desk, run_id)
    assert (chart.tool, chart.state) == ("draw_chart", "differs")
    drop_view(demo_dir, "products")
    (chart,) = await replay(desk, run_id)
    assert (chart.state, chart.what) == ("fails", "not_found: the call that gave this result fails today")


async def test_a_document_of_the_conversation_is_made_of_todays_results(
    desk: Desk, model: ScriptedModel, demo_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = with_result(lambda found: Call("render_table", {"result_id": found}))
    paper = Call("export_to_pdf", {"scope": "conversation"})
    model.add(asking(), table, done(), paper, done(), asking(PLACES), table, done())
    first = await ask(desk, await person(desk), "Which prices?", (), None)
    run_id = await held(desk, "As a document", session=first.session_id)
    await held(desk, "Where?", session=first.session_id)
    assert (await replayed(desk, run_id))["export_to_pdf"].state == "same"
    change(demo_dir, "UPDATE warehouses_t SET name = name || ' (old)'")
    assert (await replayed(desk, run_id))["export_to_pdf"].state == "same"
    change(demo_dir, DEARER)
    document = (await replayed(desk, run_id))["export_to_pdf"]
    assert (document.state, document.what.partition(";")[0]) == ("differs", "it shows other figures")
    drop_view(demo_dir, "products")
    document = (await replayed(desk, run_id))["export_to_pdf"]
    assert (document.state, document.details) == ("differs", ["1 of its results cannot be had today"])
    monkeypatch.setattr(rehearsal, "SHARE", 0)
    document = (await replayed(desk, run_id))["export_to_pdf"]
    assert document.state == "same"
    assert document.what.endswith("; 1 of its results are those of then: there was no time to ask again")


async def test_rows_more_in_a_file_are_counted(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    model.add(asking(), with_result(lambda found: Call("export_data_to_excel", {"result_id": found})), done())
    run_id = await held(desk)
    change(demo_dir, "UPDATE products_t SET name = name || ' (old)' WHERE name = 'Limonad Chinor 0.5 l'")
    change(demo_dir, "UPDATE products_t SET name = 'Limonad Chinor 7 l' WHERE name = (SELECT MIN(name) FROM products_t)")
    after = await replayed(desk, run_id)
    assert after["sql_execute"].details[0].startswith("+ Limonad Chinor 0.5 l (old), ")
    assert after["export_data_to_excel"].what.partition(";")[0].endswith(" rows")


async def test_nothing_is_kept_of_a_replay(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    query = {"question": "Which prices are there?", "query": PRICES}
    lesson = {"category": "business_rule", "title": "Prices", "learning": "Prices are with tax."}
    proposing = [Call("save_validated_query", query), Call("save_learning", lesson)]
    searching = [Call("search_learnings", {"query": "prices"}), Call("kb_search", {"query": "prices"})]
    model.add(asking(), SHOWING, [*searching, Call("search_validated_queries", {"question": "prices"})], proposing, done())
    run_id = await held(desk)
    before = kept(demo_dir)
    async with EmbeddingServer() as server, desk_with(demo_dir, model, embeddings=server.url) as another:
        after = await replayed(another, run_id)
    assert kept(demo_dir) == before
    assert server.asked == []
    assert (after["save_validated_query"].state, after["save_learning"].state) == ("checked", "checked")
    change(demo_dir, "UPDATE products_t SET price = price + 1 WHERE name LIKE 'Limonad%'")
    assert (await replayed(desk, run_id))["save_validated_query"].state == "checked"


async def test_what_was_found_by_meaning_is_told_as_it_was(demo_dir: Path, model: ScriptedModel) -> None:
    async with EmbeddingServer() as server:
        async with desk_with(demo_dir, model, embeddings=server.url) as desk:
            await Library(desk.database).add(await person(desk), "rule", Said("Prices", "Prices are with tax."))
            model.add([Call("kb_search", {"query": "prices"})], done())
            run_id = await held(desk)
        assert server.asked
        async with desk_with(demo_dir, model, embeddings=server.url) as desk:
            (search,) = await replay(desk, run_id)
    assert (search.tool, search.state) == ("kb_search", "recorded")
    assert search.what.startswith("meanings need the embeddings endpoint, which is not asked")
    async with desk_with(demo_dir, model) as desk:
        (search,) = await replay(desk, run_id)
    assert search.state == "differs"


async def test_a_query_that_was_saved_and_runs_no_more_fails(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    proposals = [{"question": "Where do we store?", "query": f"SELECT name FROM {table}"} for table in ("warehouses", "nowhere")]
    model.add([Call("save_validated_query", proposal) for proposal in proposals], done())
    run_id = await held(desk)
    assert [each.state for each in await replay(desk, run_id)] == ["checked", "same"]
    drop_view(demo_dir, "warehouses")
    saved, refused = await replay(desk, run_id)
    assert (saved.state, saved.what.partition(":")[0]) == ("fails", "invalid_arguments")
    assert refused.state == "same"


async def test_what_an_error_says_is_told_of_then_and_of_today(desk: Desk, model: ScriptedModel, demo_dir: Path) -> None:
    model.add([asking("SELECT nosuch FROM products"), asking("SELECT name FROM products JOIN nowhere")], done())
    run_id = await held(desk)
    assert {each.state for each in await replay(desk, run_id)} == {"same"}
    drop_view(demo_dir, "products")
    other_code, other_words = await replay(desk, run_id)
    assert (other_code.state, other_code.what) == ("fails", "unknown_table: no such table: products")
    assert other_code.details == ["then unknown_column: no such column: nosuch"]
    assert (other_words.state, other_words.what) == ("differs", "unknown_table: no such table: products")
    assert other_words.details == ["message: no such table: nowhere → no such table: products"]


async def test_an_error_that_is_gone_is_told(desk: Desk, model: ScriptedModel) -> None:
    await tool_policies.change(desk.database, await person(desk), desk.tools, {"sql_execute": "deny"})
    model.add(asking(), done())
    run_id = await held(desk)
    await tool_policies.change(desk.database, await person(desk), desk.tools, {"sql_execute": "allow"})
    (gone,) = await replay(desk, run_id)
    assert (gone.state, gone.what) == ("fails", "permission_denied then, not now")
    assert gone.details == ["then permission_denied: the company does not allow sql_execute"]


async def test_skills_are_read_again_and_a_clock_that_goes_on_is_no_difference(desk: Desk, model: ScriptedModel) -> None:
    model.add(
        [Call("get_current_time"), Call("load_skill", {"name": "monthly-report"}), Call("load_skill", {"name": "none"})], done()
    )
    clock, skill, unknown = await replay(desk, await held(desk))
    assert (clock.state, clock.tool) == ("same", "get_current_time")
    assert clock.what.endswith(" then")
    assert (skill.state, skill.what) == ("same", "")
    assert (unknown.state, unknown.what[:9]) == ("same", "not_found")


async def test_what_needs_a_result_fails_where_it_cannot_be_had(desk: Desk, model: ScriptedModel) -> None:
    model.add(asking(), SHOWING, done())
    run_id = await held(desk)
    await tool_policies.change(desk.database, await person(desk), desk.tools, {"sql_execute": "deny"})
    after = await replayed(desk, run_id)
    assert after["sql_execute"].what == "permission_denied: the company does not allow sql_execute"
    needing = ("sql_execute", "render_table", "draw_chart", "export_data_to_excel")
    assert {after[name].state for name in needing} == {"fails"}
    assert after["render_table"].what == "not_found: the call that gave this result fails today"


async def test_calls_for_a_task_are_repeated_and_the_task_is_as_they_are(
    desk: Desk, model: ScriptedModel, demo_dir: Path
) -> None:
    drawing = with_result(
        lambda found: Call("task", {"agent": "chart_maker", "instructions": f'Draw "result_id":"{found}" as bars.'})
    )
    by_agent(
        model,
        bi_analyst=[Call("task", {"agent": "sql_analyst", "instructions": "All prices."}), drawing, done()],
        sql_analyst=[[Call("schema_list"), asking()], "Found."],
        chart_maker=[with_result(bars), "Drawn."],
    )  # fmt: skip
    run_id = await held(desk)
    assert [(each.agent, each.tool, each.state) for each in await replay(desk, run_id)] == [
        ("", "task", "same"), ("sql_analyst", "schema_list", "same"), ("sql_analyst", "sql_execute", "same"),
        ("", "task", "same"), ("chart_maker", "draw_chart", "same"),
    ]  # fmt: skip
    change(demo_dir, DEARER)
    after = await replay(desk, run_id)
    assert [(each.tool, each.state) for each in after if each.state == "differs"] == [
        ("task", "differs"), ("sql_execute", "differs"), ("task", "differs"), ("draw_chart", "differs"),
    ]  # fmt: skip
    assert after[0].line == "differs  task: sql_analyst, 2 calls"
    assert after[2].line.splitlines()[0] == "differs    sql_analyst: sql_execute: 1 cells changed"


async def test_an_agent_has_its_own_tools_alone_and_a_task_for_nobody_fails_again(desk: Desk, model: ScriptedModel) -> None:
    tasks = [Call("task", {"agent": name, "instructions": "The prices."}) for name in ("chart_maker", "nobody")]
    letter = Call("send_letter", {"to": "ann@b.test"})
    by_agent(
        model,
        bi_analyst=[[*tasks, Call("task", {"agent": "sql_analyst"})], done()],
        chart_maker=[[asking(), letter, tasks[0]], "It could not be asked."],
    )  # fmt: skip
    repeated = await replay(desk, await held(desk))
    assert [(each.agent, each.tool, each.state, each.what.partition(":")[0]) for each in repeated] == [
        ("", "task", "same", "chart_maker, 3 calls"),
        ("chart_maker", "sql_execute", "same", "not_found"),
        ("chart_maker", "send_letter", "same", "not_found"),
        ("chart_maker", "task", "same", "not_found"),
        ("", "task", "same", "not_found"),
        ("", "task", "same", "invalid_arguments"),
    ]


async def test_questions_and_what_was_refused_are_told_as_they_were(desk: Desk, model: ScriptedModel, post: Post) -> None:
    options = [{"label": "Small"}, {"label": "Large"}]
    question = Call("ask_user_question", {"questions": [{"question": "Which bottle?", "header": "Bottle", "options": options}]})
    letters = [Call("send_letter", {"to": "ann@b.test"}), Call("send_letter", {"to": "bob@b.test"})]
    model.add(question, letters, done())
    run_id = await held(desk, answers=["Large", "allow"])
    assert post.sent == []
    model.add(letters[0], done())
    allowed = await held(desk, answers=["allow"])
    asked, *refused = await replay(desk, run_id)
    assert (asked.state, asked.what) == ("recorded", "asked: Which bottle? answered: Large")
    assert [(each.state, each.what) for each in refused] == [("recorded", "refused then")] * 2
    (sent,) = await replay(desk, allowed)
    assert (sent.state, sent.what) == ("recorded", "a tool of this installation, which may change something")
    assert post.sent == ["ann@b.test"]


async def test_tools_that_only_the_provider_has_are_told_with_what_was_asked(demo_dir: Path) -> None:
    async with desk_with(demo_dir, Searching()) as desk:
        (search,) = await replay(desk, await held(desk))
    assert (search.tool, search.state) == ("web_search", "recorded")
    assert search.what == "only the provider can repeat it: inflation in Uzbekistan"


class Searching(ScriptedModel):
    """Searches the web and answers."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:  # type: ignore[override]
        yield TextDelta("As far as is known.")
        search = HostedCall("web_search", {"action": "search", "query": "inflation in Uzbekistan"})
        yield ModelResponse(
            "As far as is known.", (), "stop", "scripted", request.model or "scripted", Usage(1, 0, 1), hosted=(search,)
        )
