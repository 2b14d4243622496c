"""Numbers of sources change nothing of an answer but to stand behind its words."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.chat import source_marks
from app.chat.claim_marks import CLOSE, FIRST_SIGN, LAST_SIGN
from app.chat.markdown_blocks import MarkdownBlocks

LINK = re.compile(r'<sup class="cite"><a href="#s-[0-9]+" title="T&lt;&#34;">[0-9]+</a></sup>')
CHARACTERS = "12a *_`~[]()<>|#&;!\"'/\\:.-=+ \nʻж"
MARKDOWN = st.text(alphabet=st.sampled_from([*CHARACTERS, FIRST_SIGN, LAST_SIGN, CLOSE]), max_size=60)


def html(markdown: str, marks: list[tuple[int, int]], places: list[tuple[int, int]] | None = None) -> str:
    blocks = MarkdownBlocks("?", "s-")
    blocks.feed(markdown)
    blocks.take_finished()
    if marks:
        blocks.cite(marks, ['T<"'] * 9)
    if places:
        blocks.mark(places)
    return "\n".join([*blocks.take_finished(), blocks.open_block])


@given(MARKDOWN, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=4))
def test_without_the_numbers_the_answer_is_what_it_was(markdown: str, marks: list[tuple[int, int]]) -> None:
    assert LINK.sub("", html(markdown, marks)) == html(markdown, [])


def test_a_number_stands_behind_its_words_and_outside_of_links_and_code() -> None:
    text = "The **rate** is `5` ([cbu](https://cbu.uz)). More.\n\n```\ncode\n```\n"
    for words, behind in (
        ("rate", "rate"),
        ("`5`", "<code>5</code>"),
        ("[cbu", "cbu</a>"),
        ("https", "cbu</a>"),
        ("More", "More"),
    ):
        found = html(text, [(text.index(words) + len(words), 1)])
        assert f'{behind}<sup class="cite"><a href="#s-1"' in found, words
    assert '<sup class="cite">' not in html("```\ncode\n```", [(6, 1)])


def test_figures_not_found_and_numbers_of_sources_stand_side_by_side() -> None:
    found = html("It is 12 650 now, and 7.", [(12, 2)], [(6, 12), (22, 23)])
    assert found.count("<mark") == 2
    assert '12 650</mark><sup class="cite"><a href="#s-2"' in found
    assert ">7</mark>." in found


def test_nobody_can_write_a_number_of_a_source() -> None:
    assert "<sup" not in html(f"A {FIRST_SIGN}1{LAST_SIGN} b", [])
    assert html(f"A {FIRST_SIGN}1{LAST_SIGN} b", [(1, 3)]).count("<sup") == 1


def test_as_text_they_are_in_brackets() -> None:
    assert source_marks.as_text("It is 5.", [(7, 1)])[0] == "It is 5 \\[1\\]."
