"""Search in knowledge: words in any form and alphabet, the best first, each company its own, the same on both engines."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.agent.tool import ToolContext
from app.agent.tools.registry import BUILT_IN, built_in, decode
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import index, search, store
from app.knowledge.drafts import PIECE, Draft, pieces
from app.knowledge.editing import Said
from app.knowledge.folder import read_folder
from app.knowledge.library import Library
from app.knowledge.snippets import snippet
from app.knowledge.stems import counted
from tests.data.conftest import OURS, THEIRS
from tests.knowledge.conftest import two_companies


async def names(database: Database, actor: Actor, question: str, **options: object) -> list[str]:
    return [hit.name for hit in await Library(database).search(actor, question, **options)]  # type: ignore[arg-type] - options are of several types


def documents(**texts: str) -> list[Draft]:
    return [Draft("document", name, name, text) for name, text in texts.items()]


FOUND = {
    "вернуть товары": "delivery.md", "возврат": "delivery.md", "deliveries": "delivery.md",
    "yetkazib berish sharti": "delivery.md", "етказиб бериш": "delivery.md", "Ташкент": "delivery.md",
    "Тошкентда": "delivery.md", "toshkentdagi": "delivery.md", "Samarqand": "delivery.md", "Самарқандда": "delivery.md",
    "o‘zbekchada": "delivery.md", "financial years": "The financial year begins in April", "tiyin": "Amounts are in tiyin",
    "What is a regular customer?": "Regular customer", "largest order": "largest_orders", "nothing: zzz qqq": "", "?!": "",
}  # fmt: skip


async def test_words_are_found_in_any_form_and_alphabet(companies: Database, ours: Actor, folder: Path) -> None:
    await store.load(companies, OURS, read_folder(folder)[0], "sqlite")
    assert {question: (await names(companies, ours, question, limit=1) or [""])[0] for question in FOUND} == FOUND


async def test_excerpts_are_made_beside_the_event_loop(
    companies: Database, ours: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(*given: Any) -> str:
        threads.append(threading.current_thread())
        return snippet(*given)

    monkeypatch.setattr(search, "snippet", noted)
    await store.load(companies, OURS, read_folder(folder)[0], "sqlite")
    assert await Library(companies).search(ours, "Samarqand")
    assert threads
    assert threading.main_thread() not in threads


async def test_words_are_counted_beside_the_event_loop(
    companies: Database, ours: Actor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(title: str, text: str) -> tuple[Counter[str], int]:
        threads.append(threading.current_thread())
        return counted(title, text)

    monkeypatch.setattr(index, "counted", noted)
    await store.load(companies, OURS, read_folder(folder)[0], "sqlite")
    await store.load(companies, OURS, read_folder(folder)[0], "sqlite", rebuild=True)
    rule = await Library(companies).add(ours, "rule", Said("Rounding", "Round half up."))
    await Library(companies).set_status(ours, rule, "retired")
    assert threads
    assert threading.main_thread() not in threads


async def test_rare_words_and_short_texts_weigh_more(companies: Database, ours: Actor) -> None:
    said = documents(
        common="orders orders orders orders orders", long="margin " + "and many other words " * 3, short="the margin of orders"
    )
    said += documents(**{f"other{n}": "orders and stock" for n in range(6)})
    await store.load(companies, OURS, said, "sqlite")
    assert (await names(companies, ours, "margin of orders"))[:3] == ["short", "long", "common"]


async def test_one_company_finds_nothing_of_another(companies: Database, ours: Actor, theirs: Actor) -> None:
    await store.load(companies, OURS, documents(a="apricots"), "sqlite")
    await store.load(companies, THEIRS, documents(b="apricots and basalt"), "sqlite")
    assert (await names(companies, ours, "apricots basalt"), await names(companies, theirs, "apricots")) == (["a"], ["b"])


@pytest.mark.postgres
async def test_both_engines_give_the_same_results(
    database: Database, postgres_database: Database, ours: Actor, theirs: Actor, folder: Path
) -> None:
    told = []
    said = [
        *read_folder(folder)[0],
        *documents(**{f"d{n}": f"orders {n} " * (n % 7 + 1) + "склад " * (n % 3) for n in range(300)}),
    ]
    for each in (database, postgres_database):
        await two_companies(each, ours, theirs)
        await store.load(each, OURS, said, "sqlite")
        questions = [*FOUND, "orders", "склады и заказы", "orders 17 склад"]
        hits = [await Library(each).search(ours, question, limit=20) for question in questions]
        told.append([[(hit.name, hit.score, hit.excerpt) for hit in found] for found in hits])
    assert told[0] == told[1]
    assert len(told[0][-3]) == 20


async def test_the_model_gets_the_part_that_says_most(context_of_ours: ToolContext, database: Database) -> None:
    text = "# Guide\n\n" + "Words that say nothing. " * 120 + "\n\n## Holidays\n\n" + "Filler. " * 80 + "Closed on Navroʻz."
    await store.load(database, OURS, documents(guide=text), "sqlite")
    tool = next(tool for tool in BUILT_IN if tool.name == "kb_search")
    outcome = await tool.run(context_of_ours, decode(tool, '{"query": "Navro\'z", "limit": 3}'))
    (found,) = outcome.content["results"]
    assert (found["kind"], found["title"]) == ("document", "guide · Holidays")
    assert found["excerpt"].endswith("Closed on Navroʻz.")
    assert len(found["excerpt"]) < 400


def test_without_a_knowledge_base_its_tools_are_not_offered() -> None:
    gone = {tool.name for tool in built_in(knows=True)} - {tool.name for tool in built_in(knows=False)}
    assert gone == {"kb_search", "search_learnings", "save_learning", "save_validated_query"}


def test_long_texts_are_cut_into_pieces_that_hold_all_of_them() -> None:
    text = "\n\n".join(f"Paragraph {n} " + "word " * 50 for n in range(40)) + "\n\n" + "x" * 5000
    cut = [piece for _, piece in pieces("document", "T", text)]
    assert max(map(len, cut)) <= PIECE + 2
    assert "".join("".join(cut).split()) == "".join(text.split())
